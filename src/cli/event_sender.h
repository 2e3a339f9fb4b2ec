// Events to a running server as an SDK sends them: in batches, at a pace, and again when the server
// says that it is busy.
//
// 429 and 503 are waited out as long as Retry-After says, a broken connection and other failures of
// the server for 1 s, doubling to 30 s; after ten minutes without success it gives up. `sentAt` is
// said anew each time, or the server would take the wait for a wrong clock.
//
// Layer 8. Used by one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "net/http_client.h"

namespace throughline::cli {

struct SenderOptions {
    std::string url;
    std::string write_key;
    uint64_t events_a_second = 0;       // At most; 0: as fast as the server takes them.
    std::function<bool()> has_to_stop;  // Asked while it waits.
};

/// What the server said of the events so far.
struct Sent {
    uint64_t events = 0;
    uint64_t accepted = 0;
    uint64_t duplicates = 0;
    uint64_t rejected = 0;
    uint64_t retries = 0;  // Requests that had to be sent again.
};

class EventSender {
public:
    /// Errors: InvalidArgument for the URL.
    static Result<EventSender> make(SenderOptions options);

    /// Takes one event as JSON; sends when there is a batch of them. Errors: Cancelled; what the
    /// server answers when it will never take it; Unavailable after ten minutes.
    Status add(std::string_view json);
    /// Sends the rest.
    Status flush();
    /// Waits until the clock says so. Errors: Cancelled.
    Status wait_until(Micros at);

    bool is_empty() const { return count_ == 0; }
    const Sent& sent() const { return sent_; }

private:
    EventSender(SenderOptions options, net::HttpClient client);
    Status deliver(const std::string& body, Micros& pause, bool& is_done);
    Status take_answer(std::string_view body);
    Status keep_pace();
    Status pause_for(Micros time);

    SenderOptions options_;
    net::HttpClient client_;
    std::string batch_;
    uint64_t count_ = 0;
    Micros free_at_ = 0;  // When the pace allows the next batch; monotonic.
    Sent sent_;
};

}  // namespace throughline::cli

// Calls of other people's HTTP servers: one POST, its status back, over libcurl.
//
// Made for addresses that users of the product write: only http and https, no redirects, no proxy
// of the environment, TLS checked, and no address that is not public (address.h), whatever its name
// resolves to: the address that is connected to is the one that was looked at.
//
// The status is the answer; what follows is read to keep the connection and thrown away.
//
// Layer 1. HttpCaller: used by one thread at a time. Cost: a round trip, more where a connection is
// made. For our own server see http_client.h.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/http.h"

namespace throughline::net {

struct HttpCallOptions {
    Micros connect_timeout = 10 * kSecond;
    Micros timeout = 30 * kSecond;      // For the whole call.
    bool allows_private = false;        // Calls may go to any address: the operator's wish alone.
    bool keeps_connection = false;      // For the next call. One over a connection that the server
                                        // has just closed is made again: only for repeatable ones.
    bool verifies_peer = true;          // False only by a person's explicit wish.
    std::string authorities_path = {};  // PEM; empty: the system's.
    const std::atomic<bool>* is_cancelled = nullptr;  // Once true, a call ends within a second,
                                                      // unanswered. Outlives the caller.
};

struct HttpCallResult {
    int status = 0;             // 0: none came.
    bool was_begun = false;     // Bytes of the call may have left.
    bool is_forbidden = false;  // The host has no public address.
    Micros retry_after = 0;     // As the server asked for; 0: it did not.
    std::string failure;        // Why there is no status.
};

class HttpCaller {
public:
    /// Errors: InvalidArgument for time-outs that are not positive.
    static Result<HttpCaller> make(HttpCallOptions options);
    HttpCaller(HttpCaller&&) noexcept;
    HttpCaller& operator=(HttpCaller&&) noexcept;
    ~HttpCaller();

    /// Requires: parse_url takes the URL; headers without line breaks.
    HttpCallResult post(const std::string& url, const std::vector<Header>& headers,
                        std::string_view body);

private:
    struct Parts;
    explicit HttpCaller(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace throughline::net

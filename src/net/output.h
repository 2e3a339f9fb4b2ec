// Bytes waiting for a socket: a head we build and a body we are given, sent as one.
//
// Layer 1. Owned by its connection. Internal to net.
#pragma once

#include <string>
#include <string_view>

namespace throughline::net {

class Output {
public:
    bool is_empty() const { return sent_ == head_.size() + body_.size(); }

    /// The buffer to append to. Requires: no body was queued since it was last empty.
    std::string& head();
    /// Queues a body behind the head without copying it when it is large.
    void push_body(std::string body);

    enum class Outcome : unsigned char { Done, Blocked, Broken };
    /// Sends as much as the socket takes; adds what it took to `sent_bytes`.
    Outcome send(int fd, size_t& sent_bytes);

private:
    std::string head_;
    std::string body_;
    size_t sent_ = 0;  // Of both together.
};

}  // namespace throughline::net

// File descriptors that close themselves, and the few socket calls we make.
//
// Layer 1. Socket: used by one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/time.h"

namespace throughline::net {

class Socket {
public:
    Socket() = default;
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    int fd() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    void close() { *this = Socket(); }

private:
    int fd_ = -1;
};

/// Binds and listens without blocking. Errors: Unavailable.
Result<Socket> listen_on(const std::string& address, uint16_t port);
uint16_t local_port(const Socket& socket);

/// Takes one waiting connection, without blocking and without Nagle's delay. An empty Socket when
/// there is none; `errno` tells why.
Socket accept_from(const Socket& listener, std::string& peer);

/// Connects within `timeout`. The socket does not block afterwards. Errors: Unavailable.
Result<Socket> connect_to(const std::string& host, uint16_t port, Micros timeout);

}  // namespace throughline::net

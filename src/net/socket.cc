#include "net/socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace throughline::net {

namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<Addresses> resolve(const std::string& host, uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failure = getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                    std::to_string(port).c_str(), &hints, &found);
    if (failure != 0)
        return Error::unavailable("net: address: " + std::string(gai_strerror(failure)));
    return Addresses(found, &freeaddrinfo);
}

Error system_error(const char* what) {
    return Error::unavailable(std::string("net: ") + what + ": " + std::strerror(errno));
}

void set_option(int fd, int level, int option) {
    const int on = 1;
    // Each of these only makes things better; a socket that refuses one still works.
    [[maybe_unused]] const int outcome = setsockopt(fd, level, option, &on, sizeof on);
}

Result<Socket> connect_one(const addrinfo& address, Micros timeout) {
    Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return system_error("socket");
    set_option(socket.fd(), IPPROTO_TCP, TCP_NODELAY);
    if (connect(socket.fd(), address.ai_addr, address.ai_addrlen) == 0) return socket;
    if (errno != EINPROGRESS) return system_error("connect");
    pollfd wait{.fd = socket.fd(), .events = POLLOUT, .revents = 0};
    if (poll(&wait, 1, static_cast<int>(timeout / 1000)) != 1) {
        return Error{Code::DeadlineExceeded, "net: connect: no answer in time"};
    }
    int failure = 0;
    socklen_t size = sizeof failure;
    if (getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &failure, &size) != 0) {
        return system_error("connect");
    }
    if (failure == 0) return socket;
    errno = failure;
    return system_error("connect");
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

Socket::~Socket() {
    if (fd_ >= 0) ::close(fd_);
}

Result<Socket> listen_on(const std::string& address, uint16_t port) {
    TL_TRY_ASSIGN(const Addresses found, resolve(address, port, AI_PASSIVE));
    Socket socket(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return system_error("socket");
    set_option(socket.fd(), SOL_SOCKET, SO_REUSEADDR);
    if (bind(socket.fd(), found->ai_addr, found->ai_addrlen) != 0) return system_error("bind");
    if (listen(socket.fd(), SOMAXCONN) != 0) return system_error("listen");
    return socket;
}

uint16_t local_port(const Socket& socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    TL_ASSERT(getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const auto* any = &address;
    return address.ss_family == AF_INET6
               ? ntohs(reinterpret_cast<const sockaddr_in6*>(any)->sin6_port)
               : ntohs(reinterpret_cast<const sockaddr_in*>(any)->sin_port);
}

Socket accept_from(const Socket& listener, std::string& peer) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    Socket socket(accept4(listener.fd(), reinterpret_cast<sockaddr*>(&address), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return socket;
    set_option(socket.fd(), IPPROTO_TCP, TCP_NODELAY);
    set_option(socket.fd(), SOL_SOCKET, SO_KEEPALIVE);
    char text[INET6_ADDRSTRLEN] = "";
    const void* bytes =
        address.ss_family == AF_INET6
            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr)
            : &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
    inet_ntop(address.ss_family, bytes, text, sizeof text);
    peer = text;
    // An IPv4 client of a socket that listens on both.
    if (peer.starts_with("::ffff:") && peer.find('.') != std::string::npos) peer.erase(0, 7);
    return socket;
}

Result<Socket> connect_to(const std::string& host, uint16_t port, Micros timeout) {
    TL_TRY_ASSIGN(const Addresses found, resolve(host, port, 0));
    Error last = Error::unavailable("net: address: none found");
    for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
        auto socket = connect_one(*at, timeout);
        if (socket) return socket;
        last = socket.error();
    }
    return last;
}

}  // namespace throughline::net

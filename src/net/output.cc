#include "net/output.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"

namespace throughline::net {

namespace {

constexpr size_t kCopyBytesMax = 4096;       // Below this a copy is cheaper than a second iovec.
constexpr size_t kKeptBytesMax = 16 * 1024;  // An idle connection holds no more than this.

}  // namespace

std::string& Output::head() {
    TL_ASSERT(body_.empty());
    if (sent_ > kKeptBytesMax) {  // A stream may go on for days without ever running dry.
        head_.erase(0, sent_);
        sent_ = 0;
    }
    return head_;
}

void Output::push_body(std::string body) {
    TL_ASSERT(body_.empty());
    if (body.size() <= kCopyBytesMax) {
        head_ += body;
    } else {
        body_ = std::move(body);
    }
}

Output::Outcome Output::send(int fd, size_t& sent_bytes) {
    while (!is_empty()) {
        const size_t from_head = std::min(sent_, head_.size());
        const size_t from_body = sent_ - from_head;
        iovec pieces[2] = {{head_.data() + from_head, head_.size() - from_head},
                           {body_.data() + from_body, body_.size() - from_body}};
        msghdr message{};
        message.msg_iov = pieces[0].iov_len > 0 ? pieces : pieces + 1;
        message.msg_iovlen = (pieces[0].iov_len > 0 ? 1 : 0) + (pieces[1].iov_len > 0 ? 1 : 0);
        const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return errno == EAGAIN ? Outcome::Blocked : Outcome::Broken;
        sent_ += static_cast<size_t>(sent);
        sent_bytes += static_cast<size_t>(sent);
    }
    head_.clear();
    body_.clear();
    sent_ = 0;
    if (head_.capacity() > kKeptBytesMax) head_ = {};
    if (body_.capacity() > kKeptBytesMax) body_ = {};
    return Outcome::Done;
}

}  // namespace throughline::net

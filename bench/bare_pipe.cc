// The bare pipe: what durable ingest over HTTP costs when nothing of a product is in it. A
// yardstick for `throughline serve`, driven by the same `ingest_load` in the same minutes
// (compare.sh).
//
//   bare_pipe PORT LOG_FILE [IO_THREADS]
//
//   I/O threads    epoll, a head parser of ten lines, simdjson on demand with keys and strings as
//                  they stand, packed records with raw properties, one look-up of the person in a
//                  map of 10 million (prefetched by batch), message ids against a window of 16.8
//                  million
//   commit thread  appends what has gathered, fdatasync, and only then answers
//
// Left out, and so the room between both: escapes, numbers, odd keys, per-event verdicts, keyed
// hashes, identity itself, profiles, history, checkpoints, recovery, many sources, limits.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <simdjson.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xxhash.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/thread.h"
#include "base/time.h"

namespace throughline {
namespace {

constexpr size_t kPeople = 10'000'000;
constexpr size_t kRequestBytesMax = 1 << 20;
constexpr off_t kLogBytesMax = off_t{4} << 30;  // Then it begins again.

uint64_t hash_of(std::string_view text) {
    return XXH3_64bits(text.data(), text.size()) | 1;  // 0 is an empty slot.
}

/// Hash of a user id to a person: open addressing, 0.6 full, read-only.
class People {
public:
    People() {
        for (size_t i = 0; i < kPeople; ++i) {
            char id[16];
            std::snprintf(id, sizeof id, "u%010zu", i);
            const uint64_t hash = hash_of(id);
            size_t slot = hash >> kShift;
            while (slots_[slot] != 0) slot = (slot + 1) % slots_.size();
            slots_[slot] = hash;
        }
    }
    void prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash >> kShift]); }
    /// The place of the person; past the end if it is none.
    size_t find(uint64_t hash) const {
        size_t slot = hash >> kShift;
        while (slots_[slot] != hash) {
            if (slots_[slot] == 0) return slots_.size();
            slot = (slot + 1) % slots_.size();
        }
        return slot;
    }

private:
    static constexpr unsigned kShift = 64 - 24;
    std::vector<uint64_t> slots_ = std::vector<uint64_t>(size_t{1} << 24);
};

/// The last 16.8 million message ids or so: lines of eight, the newest first.
class Window {
public:
    void prefetch(uint64_t hash) const { __builtin_prefetch(&lines_[hash >> kShift], 1); }
    /// Returns whether the id is new, and remembers it.
    bool add(uint64_t hash) {
        Line& line = lines_[hash >> kShift];
        unsigned found = 0;
        for (const uint64_t seen : line.hashes) found |= static_cast<unsigned>(seen == hash);
        if (found != 0) return false;
        std::memmove(line.hashes + 1, line.hashes, 7 * sizeof(uint64_t));
        line.hashes[0] = hash;
        return true;
    }
    std::mutex mutex;  // Taken for a batch at a time.

private:
    static constexpr unsigned kShift = 64 - 21;
    struct alignas(64) Line {
        uint64_t hashes[8] = {};
    };
    std::vector<Line> lines_ = std::vector<Line>(size_t{1} << 21);
};

/// One client. It waits for its answer, so it is in one thread's hands at a time.
struct Connection {
    int fd = -1;
    std::unique_ptr<char[]> in =
        std::make_unique_for_overwrite<char[]>(kRequestBytesMax + simdjson::SIMDJSON_PADDING);
    size_t in_bytes = 0;
    std::string records;
    uint64_t frame[2] = {};  // What the log says before them: size and checksum.
    size_t events = 0;
    size_t duplicates = 0;
};

/// Makes what has gathered durable with one sync, then answers. Nothing waits for a timer.
class Committer {
public:
    explicit Committer(const char* path)
        : fd_(::open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600)), thread_([this] { run(); }) {
        TL_ASSERT(fd_ >= 0);
    }
    void add(Connection* connection) {
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(connection);
        }
        came_.notify_one();
    }

private:
    void run() {
        name_thread("bare-commit");
        std::vector<Connection*> group;
        for (;;) {
            {
                std::unique_lock lock(mutex_);
                came_.wait(lock, [&] { return !waiting_.empty(); });
                group.swap(waiting_);
            }
            append(group);
            TL_ASSERT(::fdatasync(fd_) == 0);
            for (const Connection* c : group) answer(*c);
            group.clear();
        }
    }
    void append(const std::vector<Connection*>& group) {
        pieces_.clear();
        size_t bytes = 0;
        for (Connection* c : group) {
            c->frame[0] = c->records.size();
            c->frame[1] = XXH3_64bits(c->records.data(), c->records.size());
            pieces_.push_back({c->frame, sizeof c->frame});
            pieces_.push_back({c->records.data(), c->records.size()});
            bytes += sizeof c->frame + c->records.size();
        }
        const auto count = static_cast<int>(pieces_.size());
        TL_ASSERT(::writev(fd_, pieces_.data(), count) == static_cast<ssize_t>(bytes));
        if (::lseek(fd_, 0, SEEK_CUR) > kLogBytesMax) ::lseek(fd_, 0, SEEK_SET);
    }
    static void answer(const Connection& c) {
        char text[256];
        const int body =
            std::snprintf(text + 128, 128, R"({"success":true,"accepted":%zu,"duplicates":%zu})",
                          c.events - c.duplicates, c.duplicates);
        const int head = std::snprintf(text, 128,
                                       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                       "Content-Length: %d\r\n\r\n",
                                       body);
        std::memmove(text + head, text + 128, static_cast<size_t>(body));
        const auto size = static_cast<size_t>(head + body);
        // A client that has gone is its own thread's affair.
        static_cast<void>(::send(c.fd, text, size, MSG_NOSIGNAL));
    }

    int fd_;
    std::vector<iovec> pieces_;
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<Connection*> waiting_;
    std::thread thread_;
};

// A string or any other scalar as it stands in the text.
std::string_view raw(simdjson::ondemand::value value) {
    std::string_view token = value.raw_json_token();
    while (token.ends_with(' ') || token.ends_with('\n')) token.remove_suffix(1);
    if (token.size() < 2 || token.front() != '"') return token;
    return token.substr(1, token.size() - 2);
}

/// Events to records: {time, hashes of both ids and of the message id, sizes, texts}.
class Packer {
public:
    Packer(const People& people, Window& window) : people_(people), window_(window) {}

    void pack(std::string_view body, Connection& out) {
        out.records.clear();
        users_.clear();
        messages_.clear();
        simdjson::ondemand::document document =
            parser_.iterate(body.data(), body.size(), body.size() + simdjson::SIMDJSON_PADDING);
        for (simdjson::ondemand::object event : document["batch"].get_array()) {
            pack_event(event, out.records);
        }
        out.events = users_.size();
        for (size_t i = 0; i < users_.size(); ++i) {
            people_.prefetch(users_[i]);
            window_.prefetch(messages_[i]);
        }
        for (const uint64_t user : users_) {
            ByteWriter(out.records).fixed(static_cast<uint32_t>(people_.find(user)));
        }
        const std::lock_guard lock(window_.mutex);
        out.duplicates = 0;
        for (const uint64_t message : messages_) out.duplicates += !window_.add(message);
    }

private:
    void pack_event(simdjson::ondemand::object event, std::string& out) {
        texts_.clear();
        std::string_view user, anonymous, message;
        Micros time = 0;
        for (simdjson::ondemand::field field : event) {
            const auto key = field.key();
            if (key == "properties" || key == "traits") {
                simdjson::ondemand::object object = field.value().get_object();
                texts_.push_back(object.raw_json());
            } else if (key == "context") {
                pack_context(field.value().get_object());
            } else {
                const std::string_view text = raw(field.value());
                if (key == "userId") user = text;
                if (key == "anonymousId") anonymous = text;
                if (key == "messageId") message = text;
                if (key == "timestamp") time = parse_instant(text).value_or(0);
                texts_.push_back(text);
            }
        }
        users_.push_back(hash_of(user));
        messages_.push_back(hash_of(message));
        ByteWriter writer(out);
        writer.fixed(time);
        writer.fixed(users_.back());
        writer.fixed(hash_of(anonymous));
        writer.fixed(messages_.back());
        for (const std::string_view text : texts_) {
            writer.fixed(static_cast<uint16_t>(text.size()));
            writer.raw(text);
        }
    }
    void pack_context(simdjson::ondemand::object context) {
        for (simdjson::ondemand::field field : context) {
            if (field.value().type() != simdjson::ondemand::json_type::object) {
                texts_.push_back(raw(field.value()));
                continue;
            }
            for (simdjson::ondemand::field inner : field.value().get_object()) {
                texts_.push_back(raw(inner.value()));
            }
        }
    }

    const People& people_;
    Window& window_;
    simdjson::ondemand::parser parser_;
    std::vector<std::string_view> texts_;
    std::vector<uint64_t> users_, messages_;
};

// Returns the body once it is all there: what follows the head, Content-Length bytes of it.
std::string_view whole_body(std::string_view in) {
    const size_t head = in.find("\r\n\r\n");
    if (head == std::string_view::npos) return {};
    const size_t length_at = in.find("Content-Length: ");
    if (length_at > head) return {};
    const size_t length = std::strtoull(in.data() + length_at + 16, nullptr, 10);
    return in.size() >= head + 4 + length ? in.substr(head + 4, length) : std::string_view{};
}

// Reads until there is nothing more or a request is whole. Returns false when the client has gone.
bool take(Connection& c, Packer& packer, Committer& committer) {
    std::string_view body;
    while (body.empty() && c.in_bytes < kRequestBytesMax) {
        const ssize_t got = ::recv(c.fd, c.in.get() + c.in_bytes, kRequestBytesMax - c.in_bytes, 0);
        if (got <= 0) return got < 0 && errno == EAGAIN;
        c.in_bytes += static_cast<size_t>(got);
        body = whole_body({c.in.get(), c.in_bytes});
    }
    if (body.empty()) return false;  // Larger than we take.
    c.in_bytes = 0;
    packer.pack(body, c);
    committer.add(&c);
    return true;
}

void serve(int epoll, const People& people, Window& window, Committer& committer) {
    name_thread("bare-io");
    Packer packer(people, window);
    epoll_event events[64];
    for (;;) {
        const int count = ::epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < count; ++i) {
            auto* connection = static_cast<Connection*>(events[i].data.ptr);
            if (take(*connection, packer, committer)) continue;
            ::close(connection->fd);  // The rest stays: the committer may hold it.
        }
    }
}

int run(int argc, char** argv) {
    if (argc < 3) {
        std::puts("usage: bare_pipe PORT LOG_FILE [IO_THREADS]");
        return 2;
    }
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[1])));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* any = reinterpret_cast<const sockaddr*>(&address);
    TL_ASSERT(::bind(listener, any, sizeof address) == 0 && ::listen(listener, 1024) == 0);

    const auto people = std::make_unique<People>();
    const auto window = std::make_unique<Window>();
    Committer committer(argv[2]);
    std::vector<int> epolls;
    for (int i = 0; i < (argc > 3 ? std::atoi(argv[3]) : 2); ++i) {
        epolls.push_back(::epoll_create1(0));
        std::thread([&, epoll = epolls.back()] {
            serve(epoll, *people, *window, committer);
        }).detach();
    }
    std::puts("ready");
    std::fflush(stdout);
    for (size_t next = 0;; ++next) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd < 0) continue;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        auto* connection = new Connection;  // For as long as the program runs.
        connection->fd = fd;
        epoll_event event{.events = EPOLLIN, .data = {.ptr = connection}};
        ::epoll_ctl(epolls[next % epolls.size()], EPOLL_CTL_ADD, fd, &event);
    }
}

}  // namespace
}  // namespace throughline

int main(int argc, char** argv) {
    return throughline::run(argc, argv);
}

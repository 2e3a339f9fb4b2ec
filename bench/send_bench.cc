// What an e-mail costs from template to provider: rendered, composed, and handed over SMTP to a
// sink in a process of its own. "CPU" is that of the sending process alone, so a rate by CPU is
// what one core can do.
//
//   build/bench/bench/send_bench [SENDERS [HOST PORT]]        from the project's root
//   build/bench/bench/send_bench sink                         the sink alone: tells its port
//
// With HOST and PORT the mails go to that server instead of the sink, e.g. to an smtp-server.

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/assert.h"
#include "channel/lane.h"
#include "channel/link.h"
#include "channel/mime.h"
#include "channel/smtp_sender.h"
#include "model/json.h"
#include "net/socket.h"
#include "template/template.h"

using namespace throughline;

namespace {

constexpr double kSeconds = 5;

double cpu_s() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
double wall_s() {
    return static_cast<double>(system_clock().monotonic()) / 1e6;
}

std::string content(const char* path) {
    std::ifstream file(path, std::ios::binary);
    TL_ASSERT(file.good());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// ---- The sink: says yes to everything -----------------------------------------------------------

void say(int fd, std::string_view line) {
    TL_ASSERT(::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
}

/// One conversation; false in the answer of read ends it.
void converse(net::Socket socket) {
    std::string inbox;
    bool is_data = false;
    char buffer[65536];
    say(socket.fd(), "220 sink\r\n");
    for (;;) {
        pollfd wait{.fd = socket.fd(), .events = POLLIN, .revents = 0};
        if (poll(&wait, 1, -1) != 1) return;
        const ssize_t got = ::read(socket.fd(), buffer, sizeof buffer);
        if (got <= 0) return;
        inbox.append(buffer, static_cast<size_t>(got));
        if (is_data) {
            if (!inbox.ends_with("\r\n.\r\n")) continue;
            is_data = false;
            say(socket.fd(), "250 taken\r\n");
        } else {
            if (!inbox.ends_with("\r\n")) continue;
            is_data = inbox.starts_with("DATA");
            say(socket.fd(), is_data ? "354 go\r\n" : "250 yes\r\n");
        }
        inbox.clear();
    }
}

[[noreturn]] void run_sink(const net::Socket& listener) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        pollfd wait{.fd = listener.fd(), .events = POLLIN, .revents = 0};
        if (poll(&wait, 1, -1) != 1) continue;
        std::string peer;
        net::Socket socket = net::accept_from(listener, peer);
        if (socket) std::thread(converse, std::move(socket)).detach();
    }
}

// ---- The mails ----------------------------------------------------------------------------------

class Writer {
public:
    Writer()
        : html_(compiled(tmpl::Escape::Html)),
          text_(compiled(tmpl::Escape::None)),
          data_(model::doc_from_json(content("bench/template/cart.json")).value()),
          links_(channel::Links::make("https://news.shop.example/", std::string(32, 's')).value()) {
        for (const model::DocField& field : model::DocView(data_).fields()) {
            variables_.push_back({field.key, field.value});
        }
    }

    channel::Message write(uint64_t number) {
        const Key128 key{mix(number), number};
        channel::Email email{.from = "shop@shop.example",
                             .from_name = "Mağaza",
                             .subject = "Sepetiniz sizi bekliyor, Işıl",
                             .unsubscribe = links_.unsubscribe(key, {})};
        TL_ASSERT(html_.render({.variables = variables_}, arena_, email.html).is_ok());
        TL_ASSERT(text_.render({.variables = variables_}, arena_, email.text).is_ok());
        return {.key = key, .to = "ana@example.org", .content = std::move(email)};
    }

private:
    static tmpl::Template compiled(tmpl::Escape escape) {
        return tmpl::Template::compile(content("bench/template/cart.liquid"), {.escape = escape})
            .value();
    }

    tmpl::Template html_;
    tmpl::Template text_;
    std::string data_;
    channel::Links links_;
    std::vector<tmpl::Variable> variables_;
    tmpl::Arena arena_;
};

void measure(const char* what, const auto& act) {
    const double began = cpu_s();
    double count = 0;
    while (cpu_s() - began < kSeconds / 2) {
        for (int i = 0; i < 200; ++i) act();
        count += 200;
    }
    std::printf("%-28s %8.1f us\n", what, (cpu_s() - began) / count * 1e6);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::string_view(argv[1]) == "sink") {
        const net::Socket listener = net::listen_on("127.0.0.1", 0).value();
        std::printf("%d\n", net::local_port(listener));
        std::fflush(stdout);
        run_sink(listener);
    }
    const int senders = argc > 1 ? std::atoi(argv[1]) : 8;
    net::SmtpOptions options{.host = "127.0.0.1", .tls = net::SmtpTls::None};
    if (argc > 3) {
        options.host = argv[2];
        options.port = static_cast<uint16_t>(std::atoi(argv[3]));
    } else {
        const net::Socket listener = net::listen_on("127.0.0.1", 0).value();
        options.port = net::local_port(listener);
        if (fork() == 0) run_sink(listener);
    }

    Writer writer;
    uint64_t number = 0;
    const channel::Message sample = writer.write(++number);
    const auto& email = std::get<channel::Email>(sample.content);
    std::printf("bytes on the wire %zu\n", channel::compose(sample, email, 0).value().size());
    measure("render text and HTML", [&] { writer.write(++number); });
    measure("compose", [&] { TL_ASSERT(channel::compose(sample, email, 0).is_ok()); });

    std::vector<std::unique_ptr<channel::Sender>> all;
    for (int i = 0; i < senders; ++i) {
        all.push_back(channel::SmtpSender::make(options, system_clock()).value());
    }
    std::atomic<uint64_t> delivered = 0;
    channel::Lane lane(
        {.queue_max = 256}, std::move(all),
        [&delivered](const channel::Message&, const channel::Outcome& outcome) {
            TL_ASSERT(outcome.verdict == channel::Verdict::Delivered);
            ++delivered;
        },
        system_clock());
    const double began_cpu = cpu_s();
    const double began = wall_s();
    while (wall_s() - began < kSeconds) {
        channel::Message message = writer.write(++number);
        while (!lane.offer(std::move(message))) {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
    }
    while (lane.waiting() > 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
    lane.stop();
    const auto count = static_cast<double>(delivered.load());
    const double cpu = cpu_s() - began_cpu;
    std::printf("rendered and handed over     %8.0f a second by the clock, %d connections\n",
                count / (wall_s() - began), senders);
    std::printf("                             %8.1f us of CPU a mail: %.0f a second and core\n",
                cpu / count * 1e6, count / cpu);
}

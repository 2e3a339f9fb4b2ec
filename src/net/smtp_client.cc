#include "net/smtp_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "net/curl_handle.h"

namespace throughline::net {

namespace {

constexpr size_t kTextMax = 300;
constexpr int kClosing = 421;  // "Service not available, closing transmission channel."

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_' || c == ':';
    });
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool is_plain_address(std::string_view text) {
    return std::ranges::none_of(
        text, [](char c) { return c <= ' ' || c == 0x7f || c == '<' || c == '>'; });
}

/// The way of one message, as libcurl tells it.
struct Exchange {
    std::string_view unsent;
    SmtpResult result;
    bool is_closing = false;  // We have said QUIT; what comes is about that.

    void begin(SmtpStep step) {
        result.step = step;
        result.code = 0;
        result.text.clear();
    }
    void sent(std::string_view command);
    void received(std::string_view line);
};

void Exchange::sent(std::string_view command) {
    if (command.starts_with("MAIL FROM:")) {
        begin(SmtpStep::Sender);
    } else if (command.starts_with("RCPT TO:")) {
        begin(SmtpStep::Recipient);
    } else if (command.starts_with("DATA\r\n")) {
        begin(SmtpStep::Data);
    } else if (command.starts_with("QUIT")) {
        is_closing = true;
    }
}

/// `250-…` or `250 …`: all lines of an answer have one code.
void Exchange::received(std::string_view line) {
    if (is_closing || line.size() < 3) return;
    if (result.step == SmtpStep::Connect) result.step = SmtpStep::Session;
    int code = 0;
    for (const char c : line.substr(0, 3)) {
        if (c < '0' || c > '9') return;
        code = code * 10 + (c - '0');
    }
    if (code != result.code) result.text.clear();
    result.code = code;
    line = line.substr(std::min<size_t>(4, line.size()));
    line = line.substr(0, line.find_last_not_of("\r\n") + 1);
    if (!result.text.empty()) result.text += ' ';
    result.text += line.substr(0, kTextMax - std::min(kTextMax, result.text.size()));
}

int on_trace(CURL*, curl_infotype type, char* bytes, size_t size, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    if (type == CURLINFO_HEADER_OUT) exchange.sent({bytes, size});
    if (type == CURLINFO_HEADER_IN) exchange.received({bytes, size});
    return 0;
}

size_t on_read(char* into, size_t one, size_t count, void* user) {
    auto& exchange = *static_cast<Exchange*>(user);
    const size_t size = std::min(one * count, exchange.unsent.size());
    if (size == 0) {
        exchange.begin(SmtpStep::End);  // libcurl ends the data now.
        return 0;
    }
    std::memcpy(into, exchange.unsent.data(), size);
    exchange.unsent.remove_prefix(size);
    return size;
}

int note_opened(void* open, curl_socket_t socket, curlsocktype) {
    *static_cast<curl_socket_t*>(open) = socket;
    return CURL_SOCKOPT_OK;
}

int note_closed(void* open, curl_socket_t socket) {
    auto& last = *static_cast<curl_socket_t*>(open);
    if (last == socket) last = CURL_SOCKET_BAD;
    return ::close(socket);
}

size_t drop(char*, size_t one, size_t count, void*) {
    return one * count;
}

}  // namespace

struct SmtpClient::Parts {
    explicit Parts(SmtpOptions wanted) : options(std::move(wanted)), handle(make_curl_handle()) {}
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    /// Says QUIT and waits for no answer to it: libcurl would, for a minute.
    ~Parts() {
        if (open != CURL_SOCKET_BAD) ::shutdown(open, SHUT_RD);
    }

    void set_up();
    SmtpResult attempt(const std::string& from, const std::string& to, std::string_view message,
                       bool& was_kept);

    SmtpOptions options;
    curl_socket_t open = CURL_SOCKET_BAD;  // Of the connection that is kept.
    CurlHandle handle;                     // Last: closing it closes the socket.
};

void SmtpClient::Parts::set_up() {
    CURL* curl = handle.get();
    const bool is_implicit = options.tls == SmtpTls::Implicit;
    std::string url = is_implicit ? "smtps://" : "smtp://";
    url += options.host.find(':') == std::string::npos ? options.host : '[' + options.host + ']';
    url += ':' + std::to_string(options.port) + '/' + options.hello;
    const curl_usessl use = options.tls == SmtpTls::None       ? CURLUSESSL_NONE
                            : options.tls == SmtpTls::Optional ? CURLUSESSL_TRY
                                                               : CURLUSESSL_ALL;
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, is_implicit ? "smtps" : "smtp");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(use));
    set_tls(curl, options.verifies_peer, options.authorities_path);
    if (!options.user.empty()) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, options.user.c_str());
        curl_easy_setopt(curl, CURLOPT_PASSWORD, options.password.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(options.timeout));
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                     static_cast<long>((options.answer_timeout + kSecond - 1) / kSecond));
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &on_read);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &drop);
    // Commands and answers are told to the debug function, and only with VERBOSE.
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, &on_trace);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    stop_once(curl, options.is_cancelled);
    curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, &note_opened);
    curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, &open);
    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, &note_closed);
    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, &open);
}

SmtpResult SmtpClient::Parts::attempt(const std::string& from, const std::string& to,
                                      std::string_view message, bool& was_kept) {
    CURL* curl = handle.get();
    Exchange exchange{.unsent = message, .result = {}};
    CurlList recipients(nullptr, &curl_slist_free_all);
    append_to(recipients, '<' + to + '>');
    const std::string sender = '<' + from + '>';
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &exchange);

    const CURLcode code = perform(curl);
    long connects = 0;
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects);
    was_kept = connects == 0;
    // The connection lives on, what it was told about does not.
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, nullptr);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, nullptr);

    SmtpResult result = std::move(exchange.result);
    result.is_accepted = code == CURLE_OK && result.step == SmtpStep::End;
    // An answer that let the message pass is not the reason of a failure after it.
    if (!result.is_accepted && result.code < 400) {
        result.code = 0;
        result.text = curl_easy_strerror(code);
    }
    return result;
}

SmtpClient::SmtpClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SmtpClient::SmtpClient(SmtpClient&&) noexcept = default;
SmtpClient& SmtpClient::operator=(SmtpClient&&) noexcept = default;
SmtpClient::~SmtpClient() = default;

Result<SmtpClient> SmtpClient::make(SmtpOptions options) {
    if (!is_host(options.host)) return Error::invalid("smtp: host: is not a host name");
    if (!options.hello.empty() && !is_host(options.hello)) {
        return Error::invalid("smtp: hello: is not a host name");
    }
    if (options.port == 0) return Error::invalid("smtp: port: is 0");
    if (options.connect_timeout < kSecond / 1'000 || options.answer_timeout < kSecond / 1'000 ||
        options.timeout < kSecond / 1'000) {
        return Error::invalid("smtp: timeout: below a millisecond");
    }
    const bool is_encrypted = options.tls == SmtpTls::Required || options.tls == SmtpTls::Implicit;
    if (!options.user.empty() && !is_encrypted && !is_loopback(options.host)) {
        return Error::invalid("smtp: tls: a login needs it to be required or implicit");
    }
    auto parts = std::make_unique<Parts>(std::move(options));
    parts->set_up();
    return SmtpClient(std::move(parts));
}

SmtpResult SmtpClient::send(const std::string& from, const std::string& to,
                            std::string_view message) {
    TL_ASSERT(is_plain_address(from) && is_plain_address(to));
    bool was_kept = false;
    SmtpResult result = parts_->attempt(from, to, message, was_kept);
    const bool is_too_old = was_kept && !result.is_accepted && result.step != SmtpStep::End &&
                            (result.code == 0 || result.code == kClosing);
    if (!is_too_old) return result;
    curl_easy_setopt(parts_->handle.get(), CURLOPT_FRESH_CONNECT, 1L);
    result = parts_->attempt(from, to, message, was_kept);
    curl_easy_setopt(parts_->handle.get(), CURLOPT_FRESH_CONNECT, 0L);
    return result;
}

}  // namespace throughline::net

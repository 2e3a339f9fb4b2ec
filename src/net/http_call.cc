#include "net/http_call.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "net/address.h"
#include "net/curl_handle.h"
#include "net/url.h"

namespace throughline::net {

namespace {

bool leads_to_public(const curl_sockaddr& address) {
    if (address.family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, &address.addr, sizeof four);
        Ipv4 bytes{};
        std::memcpy(bytes.data(), &four.sin_addr, bytes.size());
        return is_public(bytes);
    }
    if (address.family != AF_INET6 || address.addrlen < sizeof(sockaddr_in6)) return false;
    // libcurl's structure ends with the address, which is longer than its type says.
    sockaddr_in6 six{};
    std::memcpy(&six, static_cast<const void*>(&address.addr), sizeof six);
    Ipv6 bytes{};
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return is_public(bytes);
}

curl_socket_t open_public_socket(void* user, curlsocktype, curl_sockaddr* address) {
    if (!leads_to_public(*address)) {
        *static_cast<bool*>(user) = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

size_t drop(char*, size_t one, size_t count, void*) {
    return one * count;
}

bool is_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

}  // namespace

struct HttpCaller::Parts {
    CurlHandle handle = make_curl_handle();
    bool has_met_private = false;
};

HttpCaller::HttpCaller(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
HttpCaller::HttpCaller(HttpCaller&&) noexcept = default;
HttpCaller& HttpCaller::operator=(HttpCaller&&) noexcept = default;
HttpCaller::~HttpCaller() = default;

Result<HttpCaller> HttpCaller::make(HttpCallOptions options) {
    if (options.connect_timeout < kSecond / 1'000 || options.timeout < kSecond / 1'000) {
        return Error::invalid("http: timeout: below a millisecond");
    }
    auto parts = std::make_unique<Parts>();
    CURL* curl = parts->handle.get();
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Throughline");
    set_tls(curl, options.verifies_peer, options.authorities_path);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(options.timeout));
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, options.keeps_connection ? 0L : 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &drop);
    stop_once(curl, options.is_cancelled);
    if (!options.allows_private) {
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &open_public_socket);
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &parts->has_met_private);
    }
    return HttpCaller(std::move(parts));
}

HttpCallResult HttpCaller::post(const std::string& url, const std::vector<Header>& headers,
                                std::string_view body) {
    TL_ASSERT(parse_url(url).is_ok());
    CURL* curl = parts_->handle.get();
    CurlList lines(nullptr, &curl_slist_free_all);
    append_to(lines, "Expect:");  // Else long bodies wait for a permission that few servers give.
    for (const auto& header : headers) {
        TL_ASSERT(is_line(header.name) && is_line(header.value));
        append_to(lines, header.name + ": " + header.value);
    }
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    parts_->has_met_private = false;

    const CURLcode code = perform(curl);
    long status = 0;
    curl_off_t began_us = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &began_us);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, nullptr);

    HttpCallResult result;
    result.status = status >= 200 ? static_cast<int>(status) : 0;
    result.was_begun = began_us > 0;
    result.is_forbidden = code == CURLE_COULDNT_CONNECT && parts_->has_met_private;
    result.retry_after = std::min<Micros>(retry_after_s, 365 * 24 * 3'600) * kSecond;
    if (result.status == 0) result.failure = curl_easy_strerror(code);
    return result;
}

}  // namespace throughline::net

// What both users of libcurl share: the library made ready once, a handle, what each handle gets.
//
// Layer 1. For smtp_client.cc and http_call.cc only.
#pragma once

#include <curl/curl.h>
#include <signal.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/assert.h"
#include "base/time.h"

namespace throughline::net {

/// Without signals of its own libcurl leaves SIGPIPE, which writes of OpenSSL raise, to us: a
/// thread that calls it does not get that one any more.
inline void block_broken_pipes() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

struct CurlClose {
    void operator()(CURL* handle) const {
        block_broken_pipes();  // It says goodbye.
        curl_easy_cleanup(handle);
    }
};
using CurlHandle = std::unique_ptr<CURL, CurlClose>;
using CurlList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// Makes a handle that reads nothing from the environment and raises no signals.
inline CurlHandle make_curl_handle() {
    static const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    TL_ASSERT(is_ready);
    CurlHandle handle(curl_easy_init());
    TL_ASSERT(handle);
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");  // Not that of the environment either.
    return handle;
}

inline CURLcode perform(CURL* handle) {
    block_broken_pipes();
    return curl_easy_perform(handle);
}

inline int is_over(void* flag, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0;
}

/// What the handle does ends within a second or so of the flag becoming true. Nothing: null.
inline void stop_once(CURL* handle, const std::atomic<bool>* flag) {
    if (flag == nullptr) return;
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &is_over);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, flag);
}

inline void append_to(CurlList& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    TL_ASSERT(longer);  // Else: out of memory.
    static_cast<void>(list.release());
    list.reset(longer);
}

inline long milliseconds(Micros time) {
    return static_cast<long>(time / 1'000);
}

/// Authorities in PEM; empty: the system's.
inline void set_tls(CURL* handle, bool verifies_peer, const std::string& authorities_path) {
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, verifies_peer ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, verifies_peer ? 2L : 0L);
    if (!authorities_path.empty()) {
        curl_easy_setopt(handle, CURLOPT_CAINFO, authorities_path.c_str());
    }
}

}  // namespace throughline::net

#include "cli/event_sender.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "base/json_text.h"
#include "model/json.h"

namespace throughline::cli {

namespace {

constexpr uint64_t kEventsABatch = 200;
constexpr size_t kBatchBytes = 300 << 10;  // SDKs stop at 500 KB.
constexpr Micros kPauseFirst = kSecond;
constexpr Micros kPauseMost = 30 * kSecond;
constexpr Micros kGiveUpAfter = 10 * kMinute;
constexpr Micros kStep = kSecond / 10;  // Between two looks at has_to_stop.

// Seconds, as our server says it; a date is not understood.
Micros retry_after(const net::HttpResponse& response, Micros otherwise) {
    const auto text = response.header("Retry-After");
    int64_t seconds = 0;
    if (!text) return otherwise;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), seconds);
    return read.ec == std::errc{} ? std::clamp<int64_t>(seconds, 0, 600) * kSecond : otherwise;
}

}  // namespace

EventSender::EventSender(SenderOptions options, net::HttpClient client)
    : options_(std::move(options)), client_(std::move(client)) {}

Result<EventSender> EventSender::make(SenderOptions options) {
    TL_TRY_ASSIGN(net::HttpClient client, net::HttpClient::make(options.url));
    return EventSender(std::move(options), std::move(client));
}

Status EventSender::add(std::string_view json) {
    if (count_ > 0 && batch_.size() + json.size() > kBatchBytes) TL_TRY(flush());
    batch_ += count_++ == 0 ? R"({"batch":[)" : ",";
    batch_ += json;
    return count_ < kEventsABatch ? Status::ok() : flush();
}

Status EventSender::flush() {
    if (count_ == 0) return Status::ok();
    TL_TRY(keep_pace());
    batch_ += R"(],"writeKey":)";
    append_json_string(batch_, options_.write_key);
    const Micros begin = system_clock().monotonic();
    Micros pause = kPauseFirst;
    for (bool is_done = false;;) {
        const std::string body =
            batch_ + R"(,"sentAt":")" + format_instant(system_clock().now()) + "\"}";
        Micros wait = pause;
        const Status status = deliver(body, wait, is_done);
        if (is_done) {
            TL_TRY(status);
            break;
        }
        if (system_clock().monotonic() - begin > kGiveUpAfter) return status;
        ++sent_.retries;
        pause = std::min(pause * 2, kPauseMost);
        TL_TRY(pause_for(wait));
    }
    sent_.events += count_;
    count_ = 0;
    batch_.clear();
    return Status::ok();
}

// Done means that trying again would change nothing.
Status EventSender::deliver(const std::string& body, Micros& pause, bool& is_done) {
    const auto response = client_.post("/v1/batch", body, {{"Content-Type", "application/json"}});
    is_done = false;
    if (!response) return response.error();
    if (response->status == 200) {
        is_done = true;
        return take_answer(response->body);
    }
    const std::string said = "server: answered " + std::to_string(response->status);
    if (response->status == 429 || response->status == 503) {
        pause = retry_after(*response, pause);
        return Error::unavailable(said);
    }
    if (response->status >= 500) return Error::unavailable(said);
    is_done = true;
    const auto doc = model::doc_from_json(response->body);
    const std::string_view why =
        doc ? model::DocView(*doc).find("message").as_string() : std::string_view();
    return Error::precondition(why.empty() ? said : said + ": " + std::string(why));
}

Status EventSender::take_answer(std::string_view body) {
    TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(body));
    const model::DocView answer(doc);
    const auto number = [&](std::string_view key) {
        return static_cast<uint64_t>(answer.find(key).as_integer().value_or(0));
    };
    sent_.accepted += number("accepted");
    sent_.duplicates += number("duplicates");
    for ([[maybe_unused]] const model::DocView rejected : answer.find("rejected").items()) {
        ++sent_.rejected;
    }
    return Status::ok();
}

Status EventSender::keep_pace() {
    const Micros now = system_clock().monotonic();
    if (options_.events_a_second == 0) return Status::ok();
    if (free_at_ > now) TL_TRY(pause_for(free_at_ - now));
    free_at_ = std::max(free_at_, now) + static_cast<Micros>(count_) * kSecond /
                                             static_cast<Micros>(options_.events_a_second);
    return Status::ok();
}

Status EventSender::wait_until(Micros at) {
    for (Micros now = system_clock().now(); now < at; now = system_clock().now()) {
        TL_TRY(pause_for(std::min(at - now, kSecond)));
    }
    return Status::ok();
}

Status EventSender::pause_for(Micros time) {
    const Micros end = system_clock().monotonic() + time;
    for (Micros now = system_clock().monotonic(); now < end; now = system_clock().monotonic()) {
        if (options_.has_to_stop()) return Error{Code::Cancelled, "simulate: stopped"};
        std::this_thread::sleep_for(std::chrono::microseconds(std::min(end - now, kStep)));
    }
    return Status::ok();
}

}  // namespace throughline::cli

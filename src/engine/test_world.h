// A small world for tests: a temporary data directory, and a seeded stream of records with people
// who browse, sign in, share devices, join accounts, get merged and split.
#pragma once

#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/engine.h"
#include "model/event.h"
#include "model/json.h"
#include "privacy/reading.h"

namespace throughline::engine::testing {

/// A directory that goes when the test ends.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern = "/tmp/throughline-test-XXXXXX";
        TL_ASSERT(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TemporaryDirectory() {
        const Status removed = store::remove_tree(store::posix_files(), path_);
        TL_ASSERT(removed.is_ok());
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// A FakeClock for several threads.
class SharedClock final : public Clock {
public:
    explicit SharedClock(Micros now) : now_(now) {}
    Micros now() const override { return now_; }
    Micros monotonic() const override { return now_; }
    void advance(Micros by) { now_ += by; }

private:
    std::atomic<Micros> now_;
};

/// An engine of little memory on the machine's disk, whose files nobody merges.
inline std::unique_ptr<Engine> open_small_engine(const TemporaryDirectory& directory,
                                                 const Clock& clock) {
    auto engine = Engine::open(store::posix_files(), clock,
                               {.directory = directory.path(),
                                .memory_bytes = 64 << 20,
                                .log_file_bytes = 4 << 20,
                                .merges_files = false,
                                .reply_scope = {},
                                .on_fatal = {}});
    TL_ASSERT(engine.is_ok());
    return std::move(*engine);
}

inline constexpr SecretKey kSecret{1, 2, 3, 4};

struct EventSpec {
    model::EventType type = model::EventType::Track;
    std::string user;        // Empty: none.
    std::string anonymous;   // Empty: none.
    std::string email;       // Empty: none. Also becomes a trait of identify.
    std::string phone = {};  // Empty: none.
    std::string name = "Page Viewed";
    std::string message_id;
    std::string extra = "{}";  // Further top-level fields, as a JSON object.
    Micros time = 0;
    uint8_t flags = 0;
    model::SourceId source = 1;
};

inline std::string event_payload(const EventSpec& spec, const SecretKey& secret = kSecret) {
    std::string json = R"({"event":")" + spec.name + R"(","messageId":")" + spec.message_id + "\"";
    if (!spec.user.empty()) json += R"(,"userId":")" + spec.user + "\"";
    if (!spec.anonymous.empty()) json += R"(,"anonymousId":")" + spec.anonymous + "\"";
    if (!spec.email.empty()) json += R"(,"traits":{"email":")" + spec.email + "\"}";
    if (spec.extra != "{}") json += "," + spec.extra.substr(1, spec.extra.size() - 2);
    const auto doc = model::doc_from_json(json + "}");
    TL_ASSERT(doc.is_ok());

    model::Event event{
        .type = spec.type,
        .flags = spec.flags,
        .source = spec.source,
        .time = spec.time,
        .original = spec.time,
        .sent = spec.time,
        .received = spec.time,
        .message_key = keyed_hash(secret, std::to_string(spec.source) + spec.message_id),
        .name = spec.name,
        .message_id = spec.message_id,
        .doc = *doc};
    const auto add = [&](model::NamespaceId space, const std::string& value) {
        if (value.empty()) return;
        event.identifiers.push_back({space, 0, model::identifier_key(secret, space, value), value});
    };
    add(model::kUserId, spec.user);
    add(model::kEmail, spec.email);
    add(model::kPhone, spec.phone);
    add(model::kAnonymousId, spec.anonymous);
    std::string payload;
    model::append_event(payload, event);
    return payload;
}

/// Makes record `i` of the world of a seed: mostly events, now and then a duplicate or a reject.
class RecordStream {
public:
    explicit RecordStream(uint64_t seed, const SecretKey& secret = kSecret)
        : random_(seed), secret_(secret) {}

    std::string next() {
        const uint64_t i = count_++;
        if (random_.chance(0.02)) return reject(i);
        EventSpec spec;
        spec.message_id = "m" + std::to_string(random_.chance(0.03) ? random_.below(i + 1) : i);
        spec.time = static_cast<Micros>(1'700'000'000) * kSecond +
                    static_cast<Micros>(random_.below(90 * 24)) * kHour;
        const uint64_t person = random_.below(40);
        spec.anonymous = "a" + std::to_string(random_.below(60));
        if (random_.chance(0.4)) spec.user = "u" + std::to_string(person);
        if (random_.chance(0.2)) {
            spec.type = model::EventType::Identify;
            spec.user = "u" + std::to_string(person);
            if (random_.chance(0.5)) spec.email = "e" + std::to_string(person) + "@example.org";
        } else if (random_.chance(0.05)) {
            spec.type = model::EventType::Group;
            spec.extra = R"({"groupId":"g)" + std::to_string(random_.below(5)) +
                         R"(","traits":{"plan":")" + std::to_string(random_.below(3)) + "\"}}";
        }
        spec.name = random_.chance(0.3) ? "Order Completed" : "Page Viewed";
        if (random_.chance(0.15)) say_something(spec);
        return event_payload(spec, secret_);
    }

private:
    // Consents given and withdrawn, and what a banner is set to.
    void say_something(EventSpec& spec) {
        const bool gives = random_.chance(0.6);
        spec.flags = privacy::kEventConsent;
        if (random_.chance(0.3)) spec.flags |= model::kEventHistory;
        if (random_.chance(0.4)) {
            spec.extra = std::string(R"({"context":{"consent":{"categoryPreferences":{"ads":)") +
                         (gives ? "true" : "false") + "}}}}";
            return;
        }
        spec.type = model::EventType::Track;
        spec.name = gives ? "Consent Given" : "Consent Withdrawn";
        spec.extra = R"({"properties":{"purpose":"p)" + std::to_string(random_.below(3)) + R"("}})";
    }

    std::string reject(uint64_t i) {
        const auto doc =
            model::doc_from_json(R"({"source":1,"code":"no_id","message":"no id","received":)" +
                                 std::to_string(i) + R"(,"path":"track","body":"{}"})");
        return model::make_record(model::RecordKind::Reject, *doc);
    }

    SeededRandom random_;
    const SecretKey& secret_;
    uint64_t count_ = 0;
};

}  // namespace throughline::engine::testing

// Forwards at work, with a receiver on loopback that answers as the test wants.
#include "engine/forwarding/forwarder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/person.h"
#include "engine/test_fold.h"
#include "net/http_server.h"

namespace throughline::engine {
namespace {

using testing::decision_record;
using testing::definition_record;
using testing::event_payload;
using testing::SharedClock;
using testing::TemporaryDirectory;

constexpr Micros kNow = 1'760'000'000LL * kSecond;

// Notes the message ids of what it takes.
class Receiver {
public:
    using Answer = std::function<net::HttpResponse(const std::vector<std::string>& ids)>;

    Receiver() {
        server_ =
            net::HttpServer::start(
                {},
                {.handle = [this](net::HttpRequest&& request,
                                  net::Responder responder) { responder.send(take(request)); }},
                system_clock())
                .value();
    }
    void set_answer(Answer answer) {
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
    }
    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(server_->port()) + "/v1/batch";
    }
    std::vector<std::string> taken() const {
        const std::lock_guard lock(mutex_);
        return taken_;
    }
    size_t calls() const {
        const std::lock_guard lock(mutex_);
        return calls_;
    }
    std::string authorization() const {
        const std::lock_guard lock(mutex_);
        return authorization_;
    }

private:
    net::HttpResponse take(const net::HttpRequest& request) {
        const std::string doc = model::doc_from_json(request.body).value_or("");
        std::vector<std::string> ids;
        for (const model::DocView event : model::DocView(doc).find("batch").items()) {
            ids.emplace_back(event.find("messageId").as_string());
        }
        const std::lock_guard lock(mutex_);
        ++calls_;
        authorization_ = request.header("Authorization").value_or("");
        net::HttpResponse response = answer_ ? answer_(ids) : net::HttpResponse::empty(200);
        if (response.status < 300) taken_.insert(taken_.end(), ids.begin(), ids.end());
        return response;
    }

    mutable std::mutex mutex_;
    Answer answer_;
    std::vector<std::string> taken_;
    size_t calls_ = 0;
    std::string authorization_;
    std::unique_ptr<net::HttpServer> server_;
};

class ForwardLanes : public ::testing::Test {
protected:
    ForwardLanes() { open(); }
    void open() {
        engine = Engine::open(store::posix_files(), clock,
                              {.directory = directory.path(),
                               .memory_bytes = 64 << 20,
                               .log_file_bytes = 1 << 20,
                               .merges_files = false})
                     .value();
    }
    void define(const std::string& fields = "") {
        const Outcome outcome = engine->submit_and_wait(
            definition_record("forwards", "w",
                              R"({"name":"W","write_key":"k","allows_private":true,"url":")" +
                                  receiver.url() + "\"" + fields + "}"));
        ASSERT_TRUE(outcome.status && outcome.refused.empty());
    }
    /// Sends an event; the id is its number.
    void send(int id, testing::EventSpec spec = {}) {
        spec.message_id = std::to_string(id);
        if (spec.user.empty() && spec.anonymous.empty()) spec.user = "ana";
        if (spec.time == 0) spec.time = kNow;
        ASSERT_TRUE(engine->submit_and_wait(event_payload(spec, engine->secret())).status);
    }
    std::unique_ptr<ForwardLane> make_lane() {
        const Definition* const definition = engine->settings()->find("forwards", "w");
        auto forward = Forward::make(model::DocView(definition->value));
        return ForwardLane::make({*engine, clock, [this] { return may_send; }}, "w",
                                 std::move(*forward))
            .value();
    }
    /// Steps until nothing is left to do but to wait.
    static void run(ForwardLane& lane) {
        for (int i = 0; i < 10'000 && lane.step() == 0; ++i) continue;
    }
    static std::vector<std::string> numbers(int from, int end) {
        std::vector<std::string> all;
        for (int i = from; i < end; ++i) all.push_back(std::to_string(i));
        return all;
    }
    ForwardRow noted() { return find_forward(engine->view().tables.forwarding, "w")->value(); }

    TemporaryDirectory directory;
    SharedClock clock{kNow};
    std::unique_ptr<Engine> engine;
    Receiver receiver;
    bool may_send = true;
};

TEST_F(ForwardLanes, SendWhatIsWantedInItsOrderAndNoDuplicate) {
    send(-1);
    define(R"(,"where":{"property":"$.event","op":"ne","value":"Scrolled"},"batch_events":7)");
    auto lane = make_lane();
    for (int i = 0; i < 50; ++i) {
        send(i);
        send(i / 2);
        send(1000 + i, {.name = "Scrolled"});
        if (i % 10 == 0) run(*lane);
    }
    run(*lane);
    EXPECT_EQ(receiver.taken(), numbers(0, 50));
    EXPECT_EQ(receiver.authorization(), "Basic azo=");  // "k:"
    EXPECT_LE(receiver.calls(), 20u);
    const ForwardReport report = lane->report();
    EXPECT_EQ(report.state, ForwardState::Current);
    EXPECT_EQ(report.row.sent, 50u);
    EXPECT_EQ(report.row.position, engine->view().state.next_position);

    // A clean stop repeats nothing.
    lane->stop();
    EXPECT_EQ(noted(), lane->report().row);
    lane = make_lane();
    send(50);
    run(*lane);
    EXPECT_EQ(receiver.taken(), numbers(0, 51));
    EXPECT_EQ(lane->report().row.sent, 51u);
}

// Any events may be bad: all others arrive, in their order, and those are counted.
TEST_F(ForwardLanes, SplitARefusedBatchDownToTheEventsThatAreRefused) {
    SeededRandom random(8);
    std::set<std::string> bad;
    receiver.set_answer([&](const std::vector<std::string>& ids) {
        const bool is_good =
            std::ranges::none_of(ids, [&](const auto& id) { return bad.contains(id); });
        return net::HttpResponse::empty(is_good ? 200
                                                : 400 + 13 * static_cast<int>(ids.size() % 2));
    });
    define(R"(,"batch_events":16)");
    auto lane = make_lane();
    std::vector<std::string> good;
    for (int i = 0; i < 200; ++i) {
        send(i);
        if (random.chance(0.15)) {
            bad.insert(std::to_string(i));
        } else {
            good.push_back(std::to_string(i));
        }
    }
    run(*lane);
    EXPECT_EQ(receiver.taken(), good);
    EXPECT_EQ(lane->report().row.refused, bad.size());
    EXPECT_EQ(lane->report().row.sent, good.size());
    EXPECT_EQ(lane->report().state, ForwardState::Current);
    EXPECT_TRUE(lane->report().last_error.starts_with("HTTP 4")) << lane->report().last_error;
}

TEST_F(ForwardLanes, StandStillWhereAllIsRefused) {
    receiver.set_answer([](const auto&) { return net::HttpResponse::empty(400); });
    define();
    auto lane = make_lane();
    for (int i = 0; i < 150; ++i) send(i);
    run(*lane);
    EXPECT_EQ(lane->report().state, ForwardState::Failing);
    EXPECT_EQ(lane->report().row.refused, 100u);
    receiver.set_answer(nullptr);
    clock.advance(kMinute);
    run(*lane);
    EXPECT_EQ(receiver.taken(), numbers(100, 150));
}

TEST_F(ForwardLanes, TryAgainWhereTheAnswerSaysNothingOfTheEvents) {
    int status = 401;
    receiver.set_answer([&](const auto&) {
        return net::HttpResponse::empty(status).with("Retry-After", status == 429 ? "40" : "0");
    });
    define();
    auto lane = make_lane();
    for (int i = 0; i < 3; ++i) send(i);
    // So long it waits between two tries, whatever is answered.
    Micros pause = kSecond;
    size_t calls = 0;
    for (const int one : {401, 404, 503, 302, 500, 409, 429, 401, 401, 401, 401}) {
        status = one;
        run(*lane);
        ASSERT_EQ(receiver.calls(), ++calls);
        EXPECT_EQ(lane->report().state, ForwardState::Failing);
        EXPECT_EQ(lane->report().failures, calls);
        EXPECT_TRUE(lane->report().last_error.starts_with("HTTP " + std::to_string(one)));
        const Micros wait = std::max(pause, one == 429 ? 40 * kSecond : 0);
        EXPECT_EQ(lane->report().next_try, clock.now() + wait);
        clock.advance(wait - 1);
        run(*lane);
        ASSERT_EQ(receiver.calls(), calls);
        clock.advance(1);
        pause = std::min(2 * pause, 5 * kMinute);
    }
    EXPECT_EQ(lane->report().row.sent, 0u);
    EXPECT_EQ(lane->report().row.repeated, 6u) << "after 503 and 500 nobody knows";
    EXPECT_EQ(lane->report().since, kNow);
    status = 200;
    run(*lane);
    EXPECT_EQ(receiver.taken(), numbers(0, 3));
    EXPECT_EQ(lane->report().state, ForwardState::Current);
    EXPECT_EQ(lane->report().row.refused, 0u);
}

TEST_F(ForwardLanes, SendNothingWhileHeldOrSwitchedOff) {
    define(R"(,"enabled":false)");
    auto lane = make_lane();
    send(0);
    run(*lane);
    EXPECT_EQ(lane->report().state, ForwardState::Off);
    define();
    may_send = false;
    lane = make_lane();
    run(*lane);
    EXPECT_EQ(lane->report().state, ForwardState::Held);
    EXPECT_EQ(lane->report().since, kNow);
    EXPECT_EQ(receiver.calls(), 0u);
    may_send = true;
    run(*lane);
    EXPECT_EQ(receiver.taken(), numbers(0, 1));
}

bool directory_holds(const std::string& path, std::string_view bytes) {
    store::Files& files = store::posix_files();
    const auto names = files.list(path);
    return std::ranges::any_of(*names, [&](const std::string& name) {
        const std::string child = store::join_path(path, name);
        if (files.stat(child)->is_directory) return directory_holds(child, bytes);
        return store::read_file(files, child)->find(bytes) != std::string::npos;
    });
}

// Over 3 MB, so over several files of the log.
constexpr int kMany = 800;
const std::string kLong = R"({"properties":{"text":")" + std::string(4000, 't') + R"("}})";

TEST_F(ForwardLanes, FindTheLogAsFarAsTheSlowestHasToRead) {
    define();
    for (int i = 0; i < kMany; ++i) send(i, {.extra = kLong});
    ASSERT_TRUE(engine->checkpoint());
    EXPECT_EQ(engine->log_begins_at(), 0u);
    engine.reset();
    open();
    auto lane = make_lane();
    run(*lane);
    EXPECT_EQ(receiver.taken(), numbers(0, kMany));
    lane->stop();
    ASSERT_TRUE(engine->checkpoint());
    EXPECT_GT(engine->log_begins_at(), 500u) << "nobody reads it any more";

    // One that is switched off keeps nothing, and says so.
    define(R"(,"enabled":false)");
    for (int i = 0; i < kMany; ++i) send(kMany + i, {.extra = kLong});
    ASSERT_TRUE(engine->checkpoint());
    define();
    lane = make_lane();
    run(*lane);
    EXPECT_EQ(lane->report().state, ForwardState::Behind);
    define(R"(,"from":"now")");
    send(9999);
    lane = make_lane();
    run(*lane);
    EXPECT_EQ(receiver.taken().size(), kMany + 1u);
    EXPECT_EQ(receiver.taken().back(), "9999");
}

TEST_F(ForwardLanes, SendNothingOfTheErasedAlsoNotOutOfWhatWaits) {
    int status = 503;
    receiver.set_answer([&](const auto&) { return net::HttpResponse::empty(status); });
    define(R"(,"batch_events":2000)");
    for (int i = 0; i < kMany; ++i) {
        // She has a device of her own, and one that others use as well.
        const bool is_hers = i % 2 == 1;
        send(i, {.user = is_hers ? "vanishing-4417" : "stays",
                 .anonymous = i % 4 < 2 ? "shared" : "",
                 .extra = kLong});
    }
    // What happened on that device is of who had it then.
    send(kMany + 1, {.anonymous = "shared", .time = kNow + kMinute});
    send(kMany + 2, {.user = "stays", .anonymous = "shared", .time = kNow + kHour});
    send(kMany + 3, {.anonymous = "shared", .time = kNow + kHour + kMinute});
    auto lane = make_lane();
    run(*lane);
    EXPECT_EQ(lane->report().state, ForwardState::Failing);
    const View before = engine->view();
    const auto ref = PersonRef::parse(before, "user_id:vanishing-4417");
    const auto root = load_person(before, *ref)->root;
    engine->submit_and_wait(decision_record(R"({"action":"erase","actor":"t","identity":)" +
                                            std::to_string(root) + "}"));
    EXPECT_TRUE(directory_holds(directory.path(), "vanishing-4417"));
    ASSERT_TRUE(engine->run_erasure());
    EXPECT_EQ(engine->log_begins_at(), 0u) << "what others did is still to be read";
    EXPECT_FALSE(directory_holds(directory.path(), "vanishing-4417"));

    status = 200;
    clock.advance(kMinute);
    run(*lane);
    lane->stop();
    std::vector<std::string> others;
    for (int i = 0; i < kMany; i += 2) others.push_back(std::to_string(i));
    others.push_back(std::to_string(kMany + 2));
    others.push_back(std::to_string(kMany + 3));
    EXPECT_EQ(receiver.taken(), others);
    receiver.set_answer(nullptr);
    define(R"(,"from":"0:0")");
    lane = make_lane();
    run(*lane);
    EXPECT_EQ(receiver.taken().size(), 2 * others.size()) << "read once more: the same";
}

TEST_F(ForwardLanes, OfAForwarderFollowTheDefinitions) {
    Forwarder forwarder({*engine, clock, [] { return true; }});
    EXPECT_FALSE(forwarder.report("w"));
    define();
    send(0);
    const auto eventually = [&](auto&& condition) {
        for (int i = 0; i < 2000 && !condition(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return condition();
    };
    EXPECT_TRUE(eventually([&] { return receiver.taken().size() == 1; }));
    define(R"(,"enabled":false)");
    const auto is_off = [&] {
        const auto report = forwarder.report("w");
        return report && report->state == ForwardState::Off;
    };
    EXPECT_TRUE(eventually(is_off));
    send(1);
    define(R"(,"batch_events":2)");
    EXPECT_TRUE(eventually([&] { return receiver.taken() == numbers(0, 2); }));
    engine->submit_and_wait(definition_record("forwards", "w", "null"));
    EXPECT_TRUE(eventually([&] { return !forwarder.report("w"); }));
    forwarder.stop();
}

}  // namespace
}  // namespace throughline::engine

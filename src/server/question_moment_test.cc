// Questions of an engine about who people are, and about earlier moments: those that say
// `as_known_at` are answered as by an engine that was given the log up to then and nothing more.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/person.h"
#include "engine/test_world.h"
#include "query/query.h"
#include "server/view_past.h"
#include "server/view_people.h"
#include "server/view_profiles.h"

namespace throughline::server {
namespace {

using engine::testing::TemporaryDirectory;
using model::DocView;

constexpr Micros kBegin = 1'710'000'000 * kSecond;

std::string decision(const std::string& json) {
    return model::make_record(model::RecordKind::Decision, model::doc_from_json(json).value());
}

/// An engine on a clock of its own.
struct Installation {
    TemporaryDirectory directory;
    FakeClock clock{kBegin};
    std::unique_ptr<engine::Engine> engine;

    Installation() { open(); }
    void open() {
        engine.reset();
        auto opened = engine::Engine::open(store::posix_files(), clock,
                                           {.directory = directory.path(), .tail_bytes = 1 << 20});
        TL_ASSERT(opened.is_ok());
        engine = std::move(*opened);
    }
    Result<std::string> ask(const std::string& json) const {
        const std::string question = model::doc_from_json(json).value();
        const engine::QueryView view = engine->query_view();
        const ViewPeople people(view);
        const ViewPast past(*engine, view);
        query::Environment environment = environment_of(clock, view, people, nullptr);
        environment.past = &past;
        const ViewProfiles profiles(*engine);
        environment.profiles = &profiles;
        environment.threads = 2;
        environment.thread_rows_min = 50;
        auto answer = query::run_query(DocView(question), environment);
        if (!answer) return answer.error();
        return answer->substr(0, answer->find("\"meta\""));
    }
    size_t identities() const { return engine->query_view().roots.size(); }
    uint32_t root_of(uint32_t identity) const {
        return engine::root_of_word(engine->query_view().roots[identity]);
    }
};

/// Records in the order in which they come; decisions name identities, which are the same in every
/// engine that was given the same records.
class Log {
public:
    Log(uint64_t seed, const Installation& first)
        : random_(seed), secret_(first.engine->secret()), stream_(seed, secret_), first_(first) {}

    std::string next(bool may_erase) {
        if (random_.chance(0.9) || first_.identities() < 10) return stream_.next();
        const uint32_t a = any();
        if (random_.chance(0.5)) {
            return decision(R"({"action":"merge","actor":"t","reason":"r","a":)" +
                            std::to_string(a) + R"(,"b":)" + std::to_string(any()) + "}");
        }
        if (may_erase && random_.chance(0.2)) {
            return decision(R"({"action":"erase","actor":"t","identity":)" + std::to_string(a) +
                            "}");
        }
        return split(a);
    }

private:
    uint32_t any() { return static_cast<uint32_t>(1 + random_.below(first_.identities() - 1)); }
    std::string split(uint32_t of) {
        const auto person = engine::load_person(first_.engine->view(), engine::IdentityId{of});
        std::string part = std::to_string(of);
        for (const auto& identity :
             person ? person->identities : std::vector<engine::PersonIdentity>{}) {
            if (identity.id != of && random_.chance(0.4)) {
                part += "," + std::to_string(identity.id);
            }
        }
        return decision(R"({"action":"split","actor":"t","reason":"r","identities":[)" + part +
                        "]}");
    }

    SeededRandom random_;
    const SecretKey secret_;
    engine::testing::RecordStream stream_;
    const Installation& first_;
};

const char* const kQuestions[] = {
    R"({"kind":"trend","from":"2023-11-01","interval":"week",
        "series":[{},{"measure":"people"},{"event":"Order Completed","measure":"people"}])",
    R"({"kind":"trend","from":"2023-11-01","interval":"month","known":true,
        "series":[{"measure":"people"}])",
    R"({"kind":"trend","from":"2023-11-01","interval":"month","where":
        {"did":"Order Completed","count":{"gte":2},"within":"60d"},
        "series":[{"measure":"people"}])",
    R"({"kind":"funnel","from":"2023-11-01","window":"30d",
        "steps":[{"event":"Page Viewed"},{"event":"Order Completed"},{"event":"Page Viewed"}])",
    R"({"kind":"retention","from":"2023-11-01","to":"2024-03-01","interval":"week",
        "cohort":{"event":"Page Viewed"},"return":{"event":"Order Completed"}})",
    R"({"kind":"attribution","from":"2023-11-01","known":false,
        "conversion":{"event":"Order Completed"},"models":["first","last"]})"};

/// A question with more fields.
std::string with(std::string question, const std::string& fields) {
    if (question.back() == '}') question.pop_back();
    return question + fields + "}";
}

/// The message ids of the rows that are left of whom was erased.
std::string ids_of_erased(const Installation& whole, const Installation& then) {
    std::string ids = "[\"none\"";
    const auto status = then.engine->query_view().history->scan(
        kNoTime + 1, INT64_MAX, {}, [&](const sequence::ScanBlock& block) -> Status {
            for (size_t row = 0; row < block.size(); ++row) {
                if (whole.root_of(block.identity[row]) != engine::kErasedRoot) continue;
                TL_TRY_ASSIGN(const auto payload, block.payload(row));
                ids += ",\"" + std::string(model::EventView(payload).message_id()) + "\"";
            }
            return Status::ok();
        });
    EXPECT_TRUE(status);
    return ids + "]";
}

/// Gives both the first records, and one of them as many more; then asks both.
void compare(uint64_t seed, bool may_erase) {
    SCOPED_TRACE(seed);
    Installation whole;
    Installation then;
    // Keys of identifiers hang on the secret: the other engine is told the first one's ids by the
    // same records, so it must have the same.
    ASSERT_TRUE(engine::write_secret(store::posix_files(), then.directory.path() + "/secret",
                                     whole.engine->secret()));
    then.open();
    Log log(seed, whole);
    constexpr int kRecords = 500;
    SeededRandom random(seed * 7);
    const int cut = 100 + static_cast<int>(random.below(300));
    Micros moment = 0;
    for (int i = 0; i < kRecords; ++i) {
        whole.clock.advance(7 * kSecond);
        if (i == cut) {  // The next record is the first of a minute.
            whole.clock.set((floor_div(whole.clock.now(), kMinute) + 1) * kMinute);
            moment = whole.clock.now();
        }
        const std::string record = log.next(may_erase);
        if (i < cut) {
            then.clock.set(whole.clock.now());
            then.engine->submit_and_wait(record);
        }
        whole.engine->submit_and_wait(record);
        if (random.chance(0.01)) {
            ASSERT_TRUE(whole.engine->checkpoint());
        }
        if (random.chance(0.01)) whole.engine->merge_files();
        if (random.chance(0.005)) whole.open();
    }
    then.clock.set(moment);
    const std::string at = R"(,"as_known_at":")" + format_instant(moment) + "\"";
    const std::string left = R"(,"where":{"property":"$.messageId","op":"not_in","value":)" +
                             ids_of_erased(whole, then) + "}";
    size_t different = 0;
    for (const std::string question : kQuestions) {
        const bool asks_who =
            question.find("known") != question.npos || question.find("where") != question.npos;
        if (may_erase && asks_who) continue;  // Who is known may hang on what was erased.
        const auto expected = then.ask(with(question, may_erase ? left : ""));
        ASSERT_TRUE(expected) << expected.error().message;
        const auto answer = whole.ask(with(question, at));
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(*answer, *expected) << question;
        different += whole.ask(with(question, R"(,"to":"2024-03-10")")).value() != *expected;
    }
    EXPECT_GT(different, 0u);  // Something was learned since.
}

TEST(PastQuestion, IsAnsweredAsByALogThatEndedThere) {
    for (uint64_t seed = 1; seed <= 6; ++seed) compare(seed, false);
}

TEST(PastQuestion, LeavesOutWhomWasErasedSince) {
    for (uint64_t seed = 11; seed <= 14; ++seed) compare(seed, true);
}

/// What is asked of people, as their golden records say it.
struct AskedOfPeople {
    std::string where;
    std::function<bool(const engine::View&, const engine::Person&)> holds;
};

std::string email_trait(const engine::View& view, const engine::Person& person) {
    const auto value = profile::trait_doc(person.record, "email", view.settings->survivorship(),
                                          view.settings->source_names());
    return value ? std::string(DocView(*value).as_string()) : "";
}

bool has_identifier(const engine::Person& person, model::NamespaceId space,
                    const std::set<std::string>& values) {
    return std::ranges::any_of(person.identities, [&](const engine::PersonIdentity& identity) {
        return identity.node.space == space &&
               (values.empty() || values.contains(identity.node.value));
    });
}

TEST(ProfileQuestion, AgreesWithTheGoldenRecordOfEachPerson) {
    const AskedOfPeople kAsked[] = {
        {R"({"trait":"email","op":"eq","value":"e3@example.org"})",
         [](const auto& view, const auto& person) {
             return email_trait(view, person) == "e3@example.org";
         }},
        {R"({"trait":"email","op":"matches","value":"^e1\\d@"})",
         [](const auto& view, const auto& person) {
             const std::string email = email_trait(view, person);
             return email.starts_with("e1") && email.size() > 3 && email[3] == '@';
         }},
        {R"({"identifier":"email","op":"not_exists"})",
         [](const auto&, const auto& person) {
             return !has_identifier(person, model::kEmail, {});
         }},
        {R"({"identifier":"email","op":"in","value":[" E5@Example.ORG ","e6@example.org"]})",
         [](const auto&, const auto& person) {
             return has_identifier(person, model::kEmail, {"e5@example.org", "e6@example.org"});
         }},
        {R"({"identifier":"user_id","op":"eq","value":"u7"})", [](const auto&, const auto& person) {
             return has_identifier(person, model::kUserId, {"u7"});
         }}};
    for (uint64_t seed = 21; seed <= 23; ++seed) {
        Installation one;
        Log log(seed, one);
        for (int i = 0; i < 400; ++i) {
            one.clock.advance(kSecond);
            one.engine->submit_and_wait(log.next(true));
            if (i == 250) {
                ASSERT_TRUE(one.engine->checkpoint());
            }
        }
        for (const AskedOfPeople& asked : kAsked) {
            int64_t events = 0;
            const engine::View view = one.engine->view();
            const Status scanned =
                view.history->scan(kNoTime + 1, INT64_MAX, {}, [&](const auto& block) -> Status {
                    for (const uint32_t identity : block.identity) {
                        const auto person = engine::load_person(view, engine::IdentityId{identity});
                        events += person && asked.holds(view, *person);
                    }
                    return Status::ok();
                });
            ASSERT_TRUE(scanned);
            const auto answer = one.ask(
                R"({"kind":"trend","from":"2023-11-01","interval":"month","series":[{"where":)" +
                asked.where + "}]}");
            ASSERT_TRUE(answer) << answer.error().message;
            EXPECT_NE(answer->find("\"total\":" + std::to_string(events) + ","), std::string::npos)
                << asked.where << *answer;
        }
    }
}

TEST(PastQuestion, SaysWhenItIsAskedOfTheFutureOrOfWhatPeopleAre) {
    Installation one;
    const std::string question = R"({"kind":"trend","series":[{}])";
    const auto refusal = [&](const std::string& fields) {
        const auto answer = one.ask(with(question, fields));
        return answer ? "accepted" : answer.error().message;
    };
    EXPECT_EQ(refusal(R"(,"as_known_at":"2036-01-01")"),
              "query: as_known_at: must not be after now");
    EXPECT_EQ(
        refusal(R"(,"as_known_at":"yesterday")"),
        "query: as_known_at: neither a date (2026-01-31), an RFC 3339 instant nor a duration such "
        "as -30d");
    EXPECT_EQ(refusal(R"(,"as_known_at":"-1d","where":{"trait":"plan","op":"exists"})"),
              "query: where: traits and identifiers are as of now, and cannot be asked here");
    EXPECT_EQ(refusal(R"(,"as_known_at":"-1d")"), "accepted");  // Nothing was known.
}

}  // namespace
}  // namespace throughline::server

#include "query/joint_pass.h"

#include <gtest/gtest.h>

#include "query/test_world.h"

namespace throughline::query {
namespace {

using model::DocView;

/// The answer without what was looked at and how long it took.
std::string without_meta(const Result<std::string>& answer) {
    if (!answer) return answer.error().message;
    const std::string doc = model::doc_from_json(*answer).value();
    std::string out;
    model::DocWriter writer(out);
    const size_t mark = writer.open_object();
    for (const model::DocField& field : DocView(doc).fields()) {
        if (field.key == "meta" || field.key == "previous") continue;
        writer.key(field.key);
        writer.copy(field.value);
    }
    writer.close(mark);
    return model::to_json(DocView(out));
}

std::string range(SeededRandom& random) {
    static constexpr const char* kRanges[] = {
        R"("from":"2026-01-01","to":"2026-04-01")", R"("from":"2026-01-10","to":"2026-02-20")",
        R"("from":"2026-02-01","to":"2026-03-01")", R"("from":"2026-03-25","to":"2026-03-28")"};
    return kRanges[random.below(4)];
}

/// A question of any kind, with much in common with others.
std::string random_question(SeededRandom& random) {
    static constexpr const char* kBodies[] = {
        R"("kind":"trend","interval":"week","series":[{"event":"Order Completed","measure":"people"}],
           "breakdown":{"property":"currency"})",
        R"("kind":"trend","interval":"month","series":[{"event":"Order Completed","measure":"sum",
           "property":"revenue"},{"measure":"events"},{"measure":"sessions"}])",
        R"("kind":"trend","series":[{"type":"page","measure":"events",
           "where":{"property":"quantity","op":"gte","value":4}}],"breakdown":{"source":true})",
        R"("kind":"funnel","window":"30d","steps":[{"event":"*","type":"page"},
           {"event":"*","where":{"property":"quantity","op":"gte","value":3}},
           {"event":"Order Completed","type":"track"}],"breakdown":{"property":"currency"})",
        R"("kind":"funnel","order":"strict","steps":[{"event":"*","type":"page"},
           {"event":"Order Completed","type":"track"}],
           "where":{"property":"quantity","op":"lt","value":7})",
        R"("kind":"funnel","hold":["currency"],"steps":[{"event":"Order Completed","type":"track"},
           {"event":"*","type":"page"}],"count":"totals")",
        R"("kind":"retention","interval":"week","cohort":{"event":"Order Completed"},
           "return":{"event":"*"},"breakdown":{"property":"currency"})",
        R"("kind":"attribution","by":"channel",
           "conversion":{"event":"Order Completed","value":"revenue"})",
        R"("kind":"trend","series":[{"measure":"p75"}])"};  // Not understood.
    std::string question = "{" + range(random) + "," + kBodies[random.below(std::size(kBodies))];
    if (random.chance(0.3)) question += R"(,"known":true)";
    return question + "}";
}

TEST(JointPass, AnswersEachQuestionAsIfItHadBeenAskedAlone) {
    World world(11, 2000, {.identities = 300, .padding_max = 10});
    SeededRandom random(3);
    for (int round = 0; round < 60; ++round) {
        std::vector<std::string> docs;
        std::vector<DocView> queries;
        for (uint64_t left = 1 + random.below(8); left > 0; --left) {
            docs.push_back(model::doc_from_json(random_question(random)).value());
        }
        for (const std::string& doc : docs) queries.push_back(DocView(doc));
        world.ask([&](const Environment& environment) {
            const auto answers = run_queries(queries, environment);
            ASSERT_EQ(answers.size(), queries.size());
            for (size_t i = 0; i < queries.size(); ++i) {
                ASSERT_EQ(without_meta(answers[i]),
                          without_meta(run_query(queries[i], environment)))
                    << model::to_json(queries[i]);
            }
        });
    }
}

TEST(JointPass, TakesMoreConditionsThanOnePassHoldsInSeveral) {
    World world(12, 500, {.identities = 50, .padding_max = 10});
    std::vector<std::string> docs;
    for (int i = 0; i < 40; ++i) {
        const std::string at_least = std::to_string(i);
        docs.push_back(model::doc_from_json(
                           R"({"kind":"trend","from":"2026-01-01","to":"2026-04-01","series":[
            {"event":"Order Completed"},{"where":{"property":"salt","op":"gte","value":)" +
                           at_least + R"(}},{"where":{"property":"salt","op":"lt","value":)" +
                           at_least + "}}]}")
                           .value());
    }
    std::vector<DocView> queries(docs.begin(), docs.end());
    world.ask([&](const Environment& environment) {
        const auto answers = run_queries(queries, environment);
        for (size_t i = 0; i < queries.size(); ++i) {
            ASSERT_EQ(without_meta(answers[i]), without_meta(run_query(queries[i], environment)));
        }
    });
}

struct ComparedCase {
    const char* range;
    const char* compare;
    const char* before;
};

TEST(Comparison, CarriesTheAnswerOfTheRangeBefore) {
    World world(13, 2000, {.identities = 300, .padding_max = 10});
    const ComparedCase cases[] = {
        // Full months, of 28 and 31 days.
        {R"("from":"2026-02-01","to":"2026-03-01")", "previous",
         R"("from":"2026-01-01","to":"2026-02-01")"},
        {R"("from":"2026-02-01","to":"2026-04-01")", "previous",
         R"("from":"2025-12-01","to":"2026-02-01")"},
        // Full days; clocks change on 29 March.
        {R"("from":"2026-03-20","to":"2026-04-01")", "previous",
         R"("from":"2026-03-08","to":"2026-03-20")"},
        {R"("from":"2026-02-10T06:00:00Z","to":"2026-02-10T18:00:00Z")", "previous",
         R"("from":"2026-02-09T18:00:00Z","to":"2026-02-10T06:00:00Z")"},
        {R"("from":"2027-01-05","to":"2027-02-05")", "year",
         R"("from":"2026-01-05","to":"2026-02-05")"}};
    for (const auto& [range, compare, before] : cases) {
        for (const std::string body :
             {R"("kind":"trend","series":[{"measure":"people"}],"breakdown":{"source":true})",
              R"("kind":"funnel","steps":[{"event":"*"},{"event":"Order Completed"}])",
              R"("kind":"retention","cohort":{"event":"*"},"return":{"event":"*"})",
              R"("kind":"attribution","conversion":{"event":"Order Completed"})"}) {
            const std::string head = R"({"timezone":"Europe/Bucharest",)" + body + ",";
            const auto both =
                world.run(head + range + R"(,"compare":")" + std::string(compare) + "\"}");
            ASSERT_TRUE(both) << both.error().message;
            EXPECT_EQ(without_meta(both), without_meta(world.run(head + range + "}")));
            const std::string doc = model::doc_from_json(*both).value();
            const std::string previous = model::to_json(DocView(doc).find("previous"));
            EXPECT_EQ(without_meta(previous), without_meta(world.run(head + before + "}")))
                << body << range;
        }
    }
}

TEST(Comparison, RefusesWhatItDoesNotKnow) {
    World world(1, 1);
    const auto refusal = world.run(R"({"kind":"trend","series":[{}],"compare":"yesterday"})");
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().message, "query: compare: must be one of previous year");
    const auto bad = world.run(R"({"kind":"trend","series":[],"compare":"previous"})");
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().message, "query: series: need at least 1");
}

}  // namespace
}  // namespace throughline::query

#include "journey/definition.h"

#include <gtest/gtest.h>

#include "model/json.h"

namespace throughline::journey {
namespace {

Compiled compile(std::string_view json) {
    const auto document = model::doc_from_json(json);
    EXPECT_TRUE(document) << document.error().message;
    return Definition::compile(model::DocView(*document));
}

std::string lines(const std::vector<Problem>& problems) {
    std::string all;
    for (const Problem& problem : problems) all += problem.path + ": " + problem.message + '\n';
    return all;
}

// The given steps in a journey that is right otherwise.
Compiled with_steps(const std::string& steps) {
    return compile(R"({"key":"j","trigger":{"event":"A"},"steps":[)" + steps + "]}");
}

TEST(Definition, OfTheWholeFormIsCompiledToStepsWithEdgesByIndex) {
    const auto compiled = compile(R"({
        "key":"cart","name":"Abandoned cart",
        "trigger":{"event":"Cart Updated","where":{"property":"total","op":"gte","value":20},
                   "if":{"trait":"plan","op":"eq","value":"pro"},"key":"cart_id","include":"late"},
        "reentry":{"after":"7d"},
        "goals":[{"name":"ordered","event":"Order Completed","hold":["cart_id"]}],
        "exits":[{"name":"gone","segment":"customers","move":"out"}],
        "steps":[
          {"id":"hour","type":"wait","for":"1h","until":"09:00","days":["mon","sun"]},
          {"id":"halves","type":"split","parts":[
             {"name":"mail","share":90.5,"next":"mail"},
             {"name":"nobody","share":9.5,"holdout":true,"next":"end"}]},
          {"id":"mail","type":"message","channel":"email","template":"cart","purpose":"marketing",
           "topic":"offers","deadline":"4h"},
          {"id":"seen","type":"wait_for","timeout":"2d","next":"halves","events":[
             {"event":"Cart Updated","next":"vip"}]},
          {"id":"vip","type":"branch","paths":[{"if":{"trait":"vip","op":"exists"},"next":"call"}],
           "else":"note"},
          {"id":"call","type":"task","team":"sales","title":"Call her","due":"2h",
           "store":"shop.key","escalated":"hook"},
          {"id":"note","type":"update","traits":{"reminded":true}},
          {"id":"hook","type":"webhook","url":"https://example.com/x"},
          {"id":"won","type":"goal","goal":"called"},
          {"id":"done","type":"end"}]})");
    ASSERT_TRUE(compiled.definition) << lines(compiled.problems);
    EXPECT_EQ(lines(compiled.warnings), "");
    const Definition& cart = *compiled.definition;
    EXPECT_EQ(cart.name(), "Abandoned cart");
    EXPECT_EQ(cart.event_names(), (std::vector<std::string>{"Cart Updated", "Order Completed"}));
    EXPECT_EQ(cart.conditions().size(), 2u);
    EXPECT_EQ(cart.conditions()[1].path, "steps[4].paths[0].if");
    EXPECT_EQ(cart.reentry_after(), 7 * kDay);
    ASSERT_EQ(cart.steps().size(), 10u);
    EXPECT_EQ(std::get<WaitStep>(cart.steps()[0].what).days, 0b1000001);
    EXPECT_EQ(std::get<SplitStep>(cart.steps()[1].what).parts[0].parts, 9050u);
    EXPECT_EQ(cart.steps()[3].next, 1);
    EXPECT_EQ(std::get<WaitForStep>(cart.steps()[3].what).events[0].next, 4);
    EXPECT_EQ(cart.steps()[4].next, 6);
    EXPECT_EQ(std::get<TaskStep>(cart.steps()[5].what).escalated_next, 7);
    EXPECT_EQ(targets_of(cart.steps()[5]), (std::vector<StepIndex>{6, 7}));
    EXPECT_EQ(targets_of(cart.steps()[9]), (std::vector<StepIndex>{kEnd}));
    EXPECT_EQ(type_name(cart.steps()[3]), "wait_for");
}

TEST(Definition, TellsEveryProblemAtOnceWithItsPlaceAndWhatToDo) {
    const auto compiled = compile(R"({
        "key":"Cart!","colour":"red","trigger":{"event":"A","kee":"x","include":"early"},
        "reentry":"sometimes","goals":[{"event":"B","segment":"s"}],
        "steps":[
          {"id":"a","type":"wait","next":"remnd"},
          {"id":"remind","type":"mesage"},
          {"id":"a","type":"wait","for":"soon"},
          {"id":"end","type":"split","parts":[{"name":"x","share":50},{"name":"y","share":49.99}]},
          {"id":"w","type":"wait_for","events":[{"event":"E","where":{"property":"p","op":"is"}}]},
          7,
          {"id":"t","type":"task","team":"t","title":"x","store":7,"escalated":"end"}]})");
    EXPECT_FALSE(compiled.definition);
    EXPECT_EQ(lines(compiled.problems),
              R"(colour: not known here
key: must be at most 100 of a-z, 0-9, - and _
trigger.include: can only be late
trigger.kee: not known here; did you mean key?
reentry: must be never, after_end or {"after":"7d"}
goals[0].name: is missing; must be a text
goals[0]: name either an event or a segment
steps[2].id: a step above is called a already
steps[3].id: end is the name of the end
steps[0].next: no step is called remnd; did you mean remind?
steps[0]: say how long (for: 1h), until what time (until: "09:00"), or both
steps[1].type: no type of step is called mesage; did you mean message?
steps[2].for: need a whole number with s, m, h, d, w or mo, such as 7d, up to 10 years
steps[3].parts: the shares must add up to 100, not to 99.99
steps[4].timeout: is missing; nobody waits for ever: such as 2d
)"
              "steps[4].events[0].where.op: must be one of eq ne lt lte gt gte in not_in contains "
              "starts_with matches exists not_exists\n"
              "steps[5]: must be an object\n"
              "steps[6].store: must be the name of a property\n"
              "steps[6].escalated: goes with due only\n");
}

TEST(Definition, RefusesWhatIsNoJourneyAtAll) {
    for (const char* json : {"null", "[]", "7", "{}", R"({"key":"j","steps":[]})",
                             R"({"key":"j","trigger":{"event":"A"},"steps":{"a":1}})"}) {
        EXPECT_FALSE(compile(json).definition) << json;
    }
}

TEST(Definition, WarnsOfStepsThatNoRunReaches) {
    const auto compiled = with_steps(R"({"id":"a","type":"goal","goal":"g","next":"end"},
                                        {"id":"b","type":"end"})");
    ASSERT_TRUE(compiled.definition) << lines(compiled.problems);
    EXPECT_EQ(lines(compiled.warnings),
              "steps[1]: no run comes to b: let a step above it go on to it, or remove it\n");
}

TEST(Definition, WarnsOfATaskThatEndsOnlyWhenSomebodyDoesIt) {
    const auto compiled = with_steps(R"({"id":"a","type":"task","team":"t","title":"x","due":"1h"},
                                        {"id":"b","type":"task","team":"t","title":"y"})");
    ASSERT_TRUE(compiled.definition) << lines(compiled.problems);
    EXPECT_EQ(lines(compiled.warnings),
              "steps[1]: the task b never ends by itself: say when it is due, and by escalated "
              "what follows then\n");
}

TEST(Definition, WarnsOfALoopWithoutAWait) {
    const std::string loop = R"({"id":"a","type":"goal","goal":"g"},
                                {"id":"b","type":"branch","paths":[
                                 {"if":{"trait":"t","op":"exists"},"next":"end"}],"else":"a"})";
    EXPECT_EQ(
        lines(with_steps(loop).warnings),
        "steps[0]: a loop leads back to a without a wait: put one in, or runs end as stuck\n");
    const std::string pause = R"({"id":"w","type":"wait","for":"1h","next":"a"})";
    const std::string waits = R"({"id":"a","type":"goal","goal":"g"},
                                 {"id":"b","type":"branch","paths":[
                                  {"if":{"trait":"t","op":"exists"},"next":"end"}],"else":"w"},)" +
                              pause;
    EXPECT_EQ(lines(with_steps(waits).warnings), "");
}

TEST(Definition, OfAnItemIsAnEventOfItsOwnerKeyedByTheItem) {
    const auto compiled = compile(R"({"key":"pickup","trigger":{"item":"order","state":"ready",
        "where":{"property":"store","op":"exists"}},"steps":[{"id":"x","type":"end"}]})");
    ASSERT_TRUE(compiled.definition) << lines(compiled.problems);
    EXPECT_EQ(compiled.definition->event_names(), (std::vector<std::string>{"Item Changed"}));
    EXPECT_TRUE(compiled.definition->trigger().key);
    EXPECT_FALSE(
        compile(R"({"key":"p","trigger":{"item":"order"},"steps":[{"id":"x","type":"end"}]})")
            .definition);
}

TEST(Definition, OfTheMostStepsInARowIsCompiled) {
    std::string steps;
    for (size_t i = 0; i < kStepsMax; ++i) {
        steps += (i == 0 ? "" : ",");
        steps += R"({"id":"s)" + std::to_string(i) + R"(","type":"goal","goal":"g"})";
    }
    EXPECT_TRUE(with_steps(steps).definition);
    EXPECT_EQ(lines(with_steps(steps + R"(,{"id":"one","type":"end"})").problems),
              "steps: more than 500\n");
}

TEST(Definition, OfMistakesAloneIsReadInBoundedTime) {
    std::string steps;
    for (size_t i = 0; i < kStepsMax; ++i) {
        steps += (i == 0 ? "" : ",");
        steps += R"({"id":"a-step-with-a-rather-long-name-)" + std::to_string(i) +
                 R"(","type":"wait","for":"1h","next":"no-step-with-a-rather-long-name-at-all"})";
    }
    EXPECT_EQ(with_steps(steps).problems.size(), 100u);
}

}  // namespace
}  // namespace throughline::journey

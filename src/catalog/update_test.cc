#include "catalog/update.h"

#include <gtest/gtest.h>

#include "catalog/test_types.h"

namespace throughline::catalog {
namespace {

using testing::json_of;
using testing::order_type;
using testing::type_from;
using testing::update_from;

std::string problem_of(const Type& type, std::string_view json, Form form = Form::Json) {
    const auto update = update_from(type, json, form);
    return update ? "" : update.error().message;
}

TEST(ItemUpdate, IsReadIntoOneFormWhateverTheOrderAndTheZone) {
    const Type type = order_type();
    const auto update = update_from(type, R"({"total":12.50,"ready_by":"2026-03-01T10:00:00+02:00",
        "customer_id":4711,"state":"placed","id":17,"updated_at":"2026-02-28","lines":[{"sku":"a"}],
        "note":null})");
    ASSERT_TRUE(update) << update.error().message;
    EXPECT_EQ(update->id, "17");
    EXPECT_EQ(format_instant(update->updated_at), "2026-02-28T00:00:00.000Z");
    EXPECT_EQ(json_of(update->fields),
              R"({"customer_id":"4711","state":"placed","total":12.50,)"
              R"("ready_by":"2026-03-01T08:00:00Z","lines":[{"sku":"a"}],"note":null})");
}

TEST(ItemUpdate, NamesTheFieldThatIsWrong) {
    const Type type = order_type();
    EXPECT_EQ(problem_of(type, R"([])"), "item: need an object");
    EXPECT_EQ(problem_of(type, R"({"state":"placed"})"), "item: id: need an id of 1 to 200 bytes");
    EXPECT_EQ(problem_of(type, R"({"id":"a\u0000b","state":"placed"})"),
              "item: id: need an id of 1 to 200 bytes");
    EXPECT_EQ(problem_of(type, R"({"id":"a","state":"lost"})"),
              "item: state: is none of the states of order");
    EXPECT_EQ(problem_of(type, R"({"id":"a","state":null})"), "item: state: is required");
    EXPECT_EQ(problem_of(type, R"({"id":"a","total":"12"})"),
              "item: total: need an amount of at most 18 digits, such as 12.50");
    EXPECT_EQ(problem_of(type, R"({"id":"a","total":1e300})"),
              "item: total: need an amount of at most 18 digits, such as 12.50");
    EXPECT_EQ(problem_of(type, R"({"id":"a","ready_by":5})"),
              "item: ready_by: need a time such as 2026-01-31T09:15:00Z");
    EXPECT_EQ(problem_of(type, R"({"id":"a","lines":"x"})"), "item: lines: need a list");
    EXPECT_EQ(problem_of(type, R"({"id":"a","note":["x"]})"), "item: note: need text");
    EXPECT_EQ(problem_of(type, R"({"id":"a","colour":1})"), "item: colour: no such field of order");
    EXPECT_EQ(problem_of(type, R"({"id":"a","history":"yes"})"),
              "item: history: need true or false");
    EXPECT_EQ(problem_of(type, R"({"id":"a","if_state":""})"), "item: if_state: need a state");
    EXPECT_EQ(problem_of(type, R"({"id":"a","if_state":5})"), "item: if_state: need a state");
    EXPECT_EQ(problem_of(type_from(R"({"fields":[{"name":"a","type":"bool"}]})"),
                         R"({"id":"a","if_state":"placed"})"),
              "item: if_state: items of order have no state");
    EXPECT_EQ(problem_of(type, R"({"id":"a","updated_at":"now"})"),
              "item: updated_at: need a time such as 2026-01-31T09:15:00Z");
    EXPECT_EQ(problem_of(type, R"({"id":"a","note":")" + std::string(33'000, 'x') + R"("})"),
              "item: fields: more than 32 KiB");
}

TEST(ItemUpdate, DropsFieldsThatTheTypeDoesNotHaveWhereTheTypeSaysSo) {
    const Type type = type_from(
        R"({"fields":[{"name":"a","type":"bool"},{"name":"b","type":"number"}],"unknown":"drop"})");
    const auto update = update_from(type, R"({"id":"x","a":false,"c":[1,2]})");
    ASSERT_TRUE(update);
    EXPECT_EQ(json_of(update->fields), R"({"a":false})");
}

TEST(ItemUpdate, ReadsCellsAsTheTypeSays) {
    const Type type = type_from(R"({"fields":[{"name":"a","type":"bool"},
        {"name":"b","type":"number"},{"name":"c","type":"money"},{"name":"d","type":"list"},
        {"name":"e","type":"text"},{"name":"f","type":"time"}]})");
    const auto update = update_from(type, R"({"id":"x","a":"1","b":"-2.5","c":"12.50",
        "d":"[1]","e":"0012","f":"","updated_at":"","history":"true"})",
                                    Form::Text);
    ASSERT_TRUE(update) << update.error().message;
    EXPECT_EQ(json_of(update->fields),
              R"({"a":true,"b":-2.5,"c":12.50,"d":[1],"e":"0012","f":null})");
    EXPECT_TRUE(update->is_history);
    EXPECT_EQ(update->updated_at, kNoTime);
    EXPECT_EQ(problem_of(type, R"({"id":"x","b":"two"})", Form::Text), "item: b: need a number");
    EXPECT_EQ(problem_of(type, R"({"id":"x","a":"maybe"})", Form::Text),
              "item: a: need true or false");
    EXPECT_EQ(problem_of(type, R"({"id":"x","d":"1,2"})", Form::Text), "item: d: need a list");
}

TEST(ItemUpdate, ComesBackFromTheLogAsItWas) {
    const Type type = order_type();
    auto update = update_from(type, R"({"id":"a","state":"ready","history":true,"remove":true,
        "updated_at":"2026-02-28T01:02:03.456Z"})");
    ASSERT_TRUE(update);
    update->rest = Fields::Whole;
    for (const bool has_time : {true, false}) {
        if (!has_time) update->updated_at = kNoTime;
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_object();
        write_update(out, *update);
        out.close(mark);
        const auto back = update_of(model::DocView(doc));
        ASSERT_TRUE(back);
        EXPECT_EQ(*back, *update);
    }
    for (const std::string state : {"", "placed"}) {
        update->if_state = state;
        std::string doc;
        model::DocWriter out(doc);
        const size_t mark = out.open_object();
        write_update(out, *update);
        out.close(mark);
        EXPECT_EQ(update_of(model::DocView(doc))->if_state, state);
    }
    EXPECT_FALSE(update_of(model::DocView()));
}

}  // namespace
}  // namespace throughline::catalog

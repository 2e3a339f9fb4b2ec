#include "catalog/type.h"

#include <gtest/gtest.h>

#include "catalog/shipped.h"
#include "model/json.h"

namespace throughline::catalog {
namespace {

Result<Type> type_of(const std::string& json) {
    const auto doc = model::doc_from_json(json);
    EXPECT_TRUE(doc) << json;
    return Type::from_doc("order", model::DocView(*doc), model::Namespaces::built_in());
}

std::string problem_of(const std::string& json) {
    const auto type = type_of(json);
    return type ? "" : type.error().message;
}

const std::string kFields =
    R"("fields":[{"name":"customer","type":"text"},{"name":"state","type":"text"},
                 {"name":"ready_by","type":"time"}])";

TEST(Type, ThatShipsCanBeRead) {
    ASSERT_EQ(shipped_types().size(), 5u);
    for (const std::string_view key : shipped_types()) {
        const auto type = type_of(std::string(shipped_type(key)));
        EXPECT_TRUE(type) << key << ": " << type.error().message;
    }
    EXPECT_EQ(shipped_type("nothing"), "");
}

TEST(Type, NamesWhatIsWrongAndWhere) {
    const std::pair<std::string, std::string> cases[] = {
        {R"({})", "catalog: fields: need a list"},
        {R"({"fields":[]})", "catalog: fields: need at least one"},
        {R"({"fields":[{"name":"a b","type":"text"}]})",
         "catalog: fields[0].name: need 1 to 64 of a-z, A-Z, 0-9, _ and -"},
        {R"({"fields":[{"name":"a","type":"int"}]})",
         "catalog: fields[0].type: need text, number, bool, time, list or money"},
        {R"({"fields":[{"name":"a","type":"text","must":true}]})",
         "catalog: fields[0].must: no such field"},
        {R"({"fields":[{"name":"a","type":"text"},{"name":"a","type":"bool"}]})",
         "catalog: fields[1].name: is there twice"},
        {R"({"fields":[{"name":"item","type":"text"}]})",
         "catalog: fields[0].name: item has a meaning of its own, take another name"},
        {"{" + kFields + R"(,"id":"customer"})",
         "catalog: id: need the name of a required field of type text"},
        {"{" + kFields + "}",
         "catalog: fields[1].name: state has a meaning of its own, take another name"},
        {"{" + kFields + R"(,"owner":{"field":"ready_by","namespace":"user_id"}})",
         "catalog: owner.field: need the name of a field of type text"},
        {"{" + kFields + R"(,"owner":{"field":"customer","namespace":"nobody"}})",
         "catalog: owner.namespace: no namespace has this key"},
        {"{" + kFields + R"(,"owner":{"field":"customer"}})",
         "catalog: owner: need a namespace of people, or account: true"},
        {"{" + kFields + R"(,"state":{"field":"state","values":["a","a"]}})",
         "catalog: state.values[1]: is there twice"},
        {"{" + kFields + R"(,"state":{"field":"state","values":["a"],"moves":{"b":["a"]}}})",
         "catalog: state.moves.b: is none of the states"},
        {"{" + kFields + R"(,"state":{"field":"state","values":["a"]},
            "due":{"field":"ready_by","in":["b"]}})",
         "catalog: due.in[0]: is none of the states"},
        {"{" + kFields + R"(,"state":{"field":"state","values":["a"]},"late_after_hours":-1})",
         "catalog: late_after_hours: need a whole number from 0 to 8760"},
    };
    for (const auto& [json, problem] : cases) EXPECT_EQ(problem_of(json), problem) << json;
}

TEST(Type, TakesFieldsOfPeopleAsPersonalUnlessTheySayThatTheyAreNot) {
    const std::string rest = R"(,"state":{"field":"state","values":["a"]}})";
    const auto company = type_of("{" + kFields + rest);
    ASSERT_TRUE(company);
    EXPECT_FALSE(company->find("customer")->is_personal);
    const auto hers =
        type_of("{" + kFields + R"(,"owner":{"field":"customer","namespace":"user_id"})" + rest);
    ASSERT_TRUE(hers);
    EXPECT_TRUE(hers->find("ready_by")->is_personal);
    const auto order = type_of(std::string(shipped_type("order")));
    EXPECT_FALSE(order->find("store")->is_personal);
    EXPECT_TRUE(order->find("note")->is_personal);
}

TEST(Type, LetsItemsMoveWhereItSaysAndAnywhereWhereItDoesNot) {
    const auto free = type_of(std::string(shipped_type("order")));
    EXPECT_TRUE(free->may_move("returned", "placed"));
    const auto bound = type_of("{" + kFields + R"(,"state":{"field":"state","values":["a","b","c"],
        "moves":{"a":["b"],"b":["c","a"]}}})");
    ASSERT_TRUE(bound);
    EXPECT_TRUE(bound->may_move("a", "b"));
    EXPECT_FALSE(bound->may_move("a", "c"));
    EXPECT_FALSE(bound->may_move("c", "a"));
    EXPECT_TRUE(bound->may_move("gone", "a"));
}

TEST(Type, KeepsOwnerStateAndDueTimeWhileThereAreItems) {
    const std::string state = R"(,"state":{"field":"state","values":["a"]})";
    const std::string owner = R"(,"owner":{"field":"customer","namespace":"user_id"})";
    const auto one = type_of("{" + kFields + state + owner + "}");
    EXPECT_TRUE(one->may_become(
        *type_of("{" + kFields + owner + R"(,"state":{"field":"state","values":["a","b"]}})")));
    EXPECT_FALSE(one->may_become(*type_of("{" + kFields + state + "}")));
    EXPECT_FALSE(one->may_become(
        *type_of("{" + kFields + state + owner + R"(,"due":{"field":"ready_by"}})")));
}

}  // namespace
}  // namespace throughline::catalog

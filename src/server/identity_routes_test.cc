// Why identifiers are one person, and what a person decides about it, as the API answers.
#include "server/identity_routes.h"

#include "server/audit_routes.h"
#include "server/test_people.h"

namespace throughline::server {
namespace {

using testing::Answer;
using testing::PeopleTest;

class Identities : public PeopleTest {
protected:
    static constexpr std::string_view kSisters = "two sisters share a tablet";

    std::string id_of(const std::string& ref) { return get("/api/profiles/" + ref).at("id"); }

    Answer merge(const std::string& ref, const std::string& with, bool dry_run = false) {
        return post("/api/profiles/" + ref + "/merge" + (dry_run ? "?dry_run=true" : ""),
                    R"({"with":")" + with + R"(","reason":"said so on the phone"})");
    }
    Answer split(const std::string& ref, const std::string& identifiers, bool dry_run = false) {
        return post(
            "/api/profiles/" + ref + "/split" + (dry_run ? "?dry_run=true" : ""),
            R"({"identifiers":)" + identifiers + R"(,"reason":"two sisters share a tablet"})");
    }
    Answer lift(const std::string& ref, const std::string& decision, bool dry_run = false) {
        return post("/api/profiles/" + ref + "/lift" + (dry_run ? "?dry_run=true" : ""),
                    R"({"decision":")" + decision + R"(","reason":"one person after all"})");
    }
    Answer explain(const std::string& ref) {
        const Answer answer = get("/api/profiles/" + ref + "/explain");
        expect_fits(answer, "Explanation");
        return answer;
    }
    /// Everything that can be read of two people, as text.
    std::string all_of(const std::string& a, const std::string& b) {
        std::string text;
        for (const std::string& ref : {a, b}) {
            text += get("/api/profiles/" + ref).json() +
                    get("/api/profiles/" + ref + "/explain").json();
        }
        return text;
    }
};

TEST_F(Identities, ALinkIsExplainedByTheEventThatShowedIt) {
    const auto shown = send({.user = "u1",
                             .email = "elif@example.com",
                             .name = "Signed Up",
                             .message_id = "m-0",
                             .time = kNow - kDay});
    send({.user = "u1", .email = "elif@example.com", .time = kNow - kHour});
    const Answer why = explain("user_id:u1");
    EXPECT_EQ(why.at("profile"), id_of("user_id:u1"));
    ASSERT_EQ(why.size("nodes"), 2u);
    EXPECT_EQ(why.at("nodes.0.event_count"), "2");
    EXPECT_EQ(why.at("nodes.1.event_count"), "0");
    EXPECT_EQ(why.at("nodes.1.last_seen"), format_instant(kNow - kHour));
    ASSERT_EQ(why.size("links"), 1u);
    EXPECT_EQ(why.at("links.0.from"), why.at("nodes.0.id"));
    EXPECT_EQ(why.at("links.0.to"), why.at("nodes.1.id"));
    EXPECT_EQ(why.at("links.0.state"), "active");
    EXPECT_EQ(why.at("links.0.rule"), "same_event");
    EXPECT_EQ(why.at("links.0.observations"), "2");
    EXPECT_EQ(why.at("links.0.evidence.position"), model::format_position(shown.position));
    EXPECT_EQ(why.at("links.0.evidence.message_id"), "m-0");
    EXPECT_EQ(why.at("links.0.evidence.event"), "Signed Up");
    EXPECT_EQ(why.at("links.0.evidence.source"), "web");
    EXPECT_EQ(why.at("links.0.evidence.at"), format_instant(kNow - kDay));
}

TEST_F(Identities, MergeExplainSplitLiftAndMergeAgain) {
    send({.user = "u1", .email = "elif@example.com"});
    send({.anonymous = "a-77"});
    const std::string elif = id_of("user_id:u1");
    const std::string device = id_of("anonymous_id:a-77");

    const Answer merged = merge("user_id:u1", device);
    expect_fits(merged, "IdentityChange");
    EXPECT_EQ(merged.at("dry_run"), "false");
    EXPECT_EQ(merged.at("before.0.id") + merged.at("before.1.id"), elif + device);
    ASSERT_EQ(merged.size("after"), 1u);
    EXPECT_EQ(merged.at("after.0.id"), elif);
    EXPECT_EQ(merged.at("after.0.event_count"), "2");
    EXPECT_EQ(merged.at("cannot_link"), "false");
    EXPECT_EQ(merged.at("decision"), "d_" + merged.at("position").substr(2));
    EXPECT_EQ(get("/api/profiles/" + device).at("id"), elif);
    EXPECT_EQ(get("/api/profiles/" + device).at("merged_from"), device);
    EXPECT_EQ(get("/api/profiles/anonymous_id:a-77").at("merged_from"), "missing");

    Answer why = explain("user_id:u1");
    ASSERT_EQ(why.size("links"), 2u);
    EXPECT_EQ(why.at("links.1.rule"), "merged_by_hand");
    EXPECT_EQ(why.at("links.1.reason"), "said so on the phone");
    EXPECT_EQ(why.at("links.1.evidence.actor"), "token:test");
    EXPECT_EQ(why.at("links.1.evidence.decision"), merged.at("decision"));
    ASSERT_EQ(why.size("decisions"), 1u);
    EXPECT_EQ(why.at("decisions.0.kind"), "merge");
    EXPECT_EQ(why.at("decisions.0.profiles.0") + why.at("decisions.0.profiles.1"), elif + device);

    const Answer cut = split(elif, R"([{"namespace":"anonymous_id","value":"a-77"}])");
    expect_fits(cut, "IdentityChange");
    EXPECT_EQ(cut.at("links_cut"), "1");
    EXPECT_EQ(cut.at("cannot_link"), "true");
    ASSERT_EQ(cut.size("after"), 2u);
    EXPECT_EQ(cut.at("after.0.id") + cut.at("after.1.id"), elif + device);
    why = explain("user_id:u1");
    ASSERT_EQ(why.size("cannot_links"), 1u);
    EXPECT_EQ(why.at("cannot_links.0.decision"), cut.at("decision"));
    EXPECT_EQ(why.at("cannot_links.0.reason"), kSisters);
    EXPECT_EQ(why.at("cannot_links.0.left.0.value"), "u1");
    EXPECT_EQ(why.at("cannot_links.0.right.0.value"), "a-77");
    EXPECT_EQ(why.at("cannot_links.0.other_profile"), device);

    // What would join them is refused, in the words of the decision.
    send({.user = "u1", .anonymous = "a-77"});
    why = explain("user_id:u1");
    ASSERT_EQ(why.size("links"), 2u);
    EXPECT_EQ(why.at("links.1.state"), "refused");
    EXPECT_EQ(why.at("links.1.refused_by"), "cannot_link");
    EXPECT_EQ(why.at("links.1.reason"), kSisters);
    EXPECT_EQ(why.at("nodes.2.member"), "false");
    EXPECT_EQ(why.at("nodes.2.profile"), device);

    const Answer lifted = lift("user_id:u1", cut.at("decision"));
    expect_fits(lifted, "Decision");
    EXPECT_EQ(lifted.at("state"), "lifted");
    EXPECT_EQ(lifted.at("kind"), "split");
    EXPECT_EQ(lifted.size("profiles"), 2u);
    EXPECT_EQ(explain("user_id:u1").size("cannot_links"), 0u);
    expect_error(lift("user_id:u1", cut.at("decision")), 422, "lifted already");

    expect_fits(merge(device, "user_id:u1"), "IdentityChange");
    EXPECT_EQ(id_of("anonymous_id:a-77"), elif);
    EXPECT_EQ(get("/api/profiles/user_id:u1").at("event_count"), "3");
}

TEST_F(Identities, DryRunsShowWhatThenHappensAndChangeNothing) {
    send({.user = "u1", .email = "elif@example.com"});
    send({.user = "u1", .anonymous = "a-1"});
    send({.email = "other@example.com"});
    send({.anonymous = "a-2", .email = "other@example.com"});
    const std::string one = "user_id:u1";
    const std::string two = "email:other@example.com";
    const auto position = engine->view().state.next_position;

    const std::string before = all_of(one, two);
    const Answer would_merge = merge(one, two, true);
    expect_fits(would_merge, "IdentityChange");
    EXPECT_EQ(would_merge.at("dry_run"), "true");
    EXPECT_EQ(would_merge.at("decision"), "null");
    EXPECT_EQ(would_merge.at("position"), "null");
    EXPECT_EQ(all_of(one, two), before);
    const Answer merged = merge(one, two);
    EXPECT_EQ(would_merge.at("before"), merged.at("before"));
    EXPECT_EQ(would_merge.at("after"), merged.at("after"));

    // What hangs on the named only goes along.
    const std::string named = R"(["email:other@example.com"])";
    const std::string joined = all_of(one, two);
    const Answer would_split = split(one, named, true);
    expect_fits(would_split, "IdentityChange");
    EXPECT_EQ(all_of(one, two), joined);
    const Answer cut = split(one, named);
    EXPECT_EQ(would_split.at("before"), cut.at("before"));
    EXPECT_EQ(would_split.at("after"), cut.at("after"));
    EXPECT_EQ(would_split.at("links_cut"), cut.at("links_cut"));
    EXPECT_EQ(cut.size("after.1.identifiers"), 2u);

    const std::string apart = all_of(one, two);
    const Answer would_lift = lift(one, cut.at("decision"), true);
    expect_fits(would_lift, "Decision");
    EXPECT_EQ(all_of(one, two), apart);
    const Answer lifted = lift(one, cut.at("decision"));
    expect_fits(lifted, "Decision");
    for (const char* field : {"id", "state", "left", "right", "profiles"}) {
        EXPECT_EQ(would_lift.at(field), lifted.at(field));
    }
    EXPECT_EQ(engine->view().state.next_position, position + 3);  // The three that were real.
}

TEST_F(Identities, AConflictIsExplainedFromBothSides) {
    send({.user = "u1", .email = "shared@example.com"});
    send({.user = "u2", .email = "shared@example.com"});
    const Answer one = explain("user_id:u1");
    const Answer two = explain("user_id:u2");
    ASSERT_EQ(two.size("links"), 1u);
    EXPECT_EQ(two.at("links.0.state"), "refused");
    EXPECT_EQ(two.at("links.0.refused_by"), "immutable_conflict");
    EXPECT_EQ(two.at("nodes.1.member"), "false");
    EXPECT_EQ(two.at("nodes.1.profile"), id_of("user_id:u1"));
    EXPECT_EQ(one.size("links"), 2u);
    EXPECT_EQ(one.size("nodes"), 3u);
}

TEST_F(Identities, ADeviceThatChangedHandsIsExplained) {
    send({.user = "u1", .anonymous = "tablet", .time = kNow - 2 * kDay});
    send({.user = "u2", .anonymous = "tablet", .name = "Signed In", .time = kNow - kDay});
    const Answer before = explain("user_id:u1");
    ASSERT_EQ(before.size("links"), 2u);
    EXPECT_EQ(before.at("links.1.refused_by"), "switched");
    EXPECT_EQ(before.at("links.1.from"), before.at("nodes.0.id"));
    EXPECT_EQ(before.at("links.1.evidence.event"), "Signed In");
    EXPECT_EQ(before.at("nodes.2.slice"), "1");
    EXPECT_EQ(before.at("nodes.2.profile"), id_of("user_id:u2"));
    const Answer after = explain("user_id:u2");
    EXPECT_EQ(after.at("links.1.refused_by"), "switched");
    EXPECT_EQ(after.at("nodes.2.profile"), id_of("user_id:u1"));
    EXPECT_EQ(get("/api/profiles/anonymous_id:tablet").at("id"), id_of("user_id:u2"));
}

TEST_F(Identities, WhatCannotBeIsRefusedWithAReason) {
    send({.user = "u1", .email = "elif@example.com"});
    send({.user = "u2"});
    expect_error(merge("user_id:u1", "user_id:nobody"), 404, "nobody");
    expect_error(merge("user_id:nobody", "user_id:u1"), 404, "nobody");
    expect_error(merge("user_id:u1", "email:elif@example.com"), 422, "one profile already");
    expect_error(post("/api/profiles/user_id:u1/merge", R"({"with":"user_id:u2"})"), 400, "reason");
    expect_error(post("/api/profiles/user_id:u1/merge", R"({"reason":"r"})"), 400, "with");
    expect_error(split("user_id:u1", "[]"), 400, "at least 1");
    expect_error(split("user_id:u1", R"(["user_id:u1","email:elif@example.com"])"), 422,
                 "at least 1 must remain");
    expect_error(split("user_id:u1", R"(["user_id:u2"])"), 400, "identifiers of this profile");
    expect_error(split("user_id:u1", R"(["shoe_size:42"])"), 400, "known namespace");
    expect_error(lift("user_id:u1", "d_0"), 404, "no such split");
    expect_error(lift("user_id:u1", "seven"), 400, "decision");
    const std::string decision =
        split("user_id:u1", R"(["email:elif@example.com"])").at("decision");
    expect_error(lift("user_id:u2", decision), 404, "no such split of this profile");
}

// The audit names profiles, never identifiers.
TEST_F(Identities, DecisionsAreInTheAuditWithoutPersonalData) {
    send({.user = "u1", .email = "elif@example.com"});
    split("user_id:u1", R"(["email:elif@example.com"])");
    const auto view = engine->view();
    const auto rows = view.tables.audit.scan({}, 100);
    ASSERT_TRUE(rows);
    const std::string row = model::to_json(model::DocView(rows->back().second));
    EXPECT_NE(row.find(id_of("user_id:u1")), std::string::npos) << row;
    EXPECT_NE(row.find("token:test"), std::string::npos) << row;
    EXPECT_EQ(row.find("elif"), std::string::npos) << row;
}

TEST_F(Identities, WhatWasTakenBackIsStillTold) {
    send({.user = "u1", .email = "elif@example.com"});
    send({.user = "u2"});
    const std::string cut = split("user_id:u1", R"(["email:elif@example.com"])").at("decision");
    EXPECT_EQ(explain("user_id:u1").at("decisions.0.state"), "in_force");
    lift("user_id:u1", cut);
    for (const char* ref : {"user_id:u1", "email:elif@example.com"}) {
        const Answer told = explain(ref);
        ASSERT_EQ(told.size("decisions"), 1u) << told.json();
        EXPECT_EQ(told.at("decisions.0.id"), cut);
        EXPECT_EQ(told.at("decisions.0.state"), "lifted");
        EXPECT_EQ(told.at("decisions.0.reason"), kSisters);
        EXPECT_EQ(told.at("decisions.0.ended.kind"), "lift");
        EXPECT_EQ(told.at("decisions.0.ended.actor"), "token:test");
        EXPECT_EQ(told.at("decisions.0.ended.reason"), "one person after all");
        EXPECT_EQ(told.size("cannot_links"), 0u);
    }
    const std::string joined = merge("user_id:u1", "user_id:u2").at("decision");
    EXPECT_EQ(explain("user_id:u1").at("decisions.0.state"), "in_force");
    split("user_id:u1", R"(["user_id:u2"])");
    const Answer told = explain("user_id:u2");
    ASSERT_EQ(told.size("decisions"), 2u) << told.json();
    EXPECT_EQ(told.at("decisions.0.kind"), "split");
    EXPECT_EQ(told.at("decisions.1.id"), joined);
    EXPECT_EQ(told.at("decisions.1.state"), "undone");
    EXPECT_EQ(told.at("decisions.1.ended.decision"), told.at("decisions.0.id"));
    EXPECT_EQ(told.at("decisions.1.ended.reason"), kSisters);
}

TEST_F(Identities, TheAuditTellsWhyUntilThePersonIsErased) {
    add_audit_routes(router, *app);
    send({.user = "u1", .email = "elif@example.com"});
    const std::string cut = split("user_id:u1", R"(["email:elif@example.com"])").at("decision");
    lift("user_id:u1", cut);
    post("/api/profiles/user_id:u1/pin", R"({"trait":"plan","value":"gold","reason":"a promise"})");
    const Answer audit = get("/api/audit?action=profile.");
    expect_fits(audit, "AuditEntryList");
    ASSERT_EQ(audit.size("items"), 3u) << audit.json();
    EXPECT_EQ(audit.at("items.0.reason"), "a promise");
    EXPECT_EQ(audit.at("items.0.details.trait"), "plan");
    EXPECT_EQ(audit.at("items.1.reason"), "one person after all");
    EXPECT_EQ(audit.at("items.1.details.lifts"), cut);
    EXPECT_EQ(audit.at("items.2.reason"), kSisters);
    EXPECT_EQ(audit.at("items.2.details.decision"), cut);

    EXPECT_EQ(ask("DELETE", "/api/profiles/user_id:u1").status, 202);
    const Answer after = get("/api/audit?action=profile.");
    ASSERT_EQ(after.size("items"), 4u);
    for (const char* entry : {"items.1.reason", "items.2.reason", "items.3.reason"}) {
        EXPECT_EQ(after.at(entry), "null") << after.json();
    }
}

}  // namespace
}  // namespace throughline::server

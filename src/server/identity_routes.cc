#include "server/identity_routes.h"

#include <algorithm>
#include <set>

#include "model/normalise.h"
#include "server/explanation.h"
#include "server/profile_json.h"
#include "server/profile_routes.h"
#include "server/write_fields.h"

namespace throughline::server {

namespace {

using engine::IdentityId;
using engine::Person;
using engine::PersonIdentity;
using engine::View;
using identity::Members;
using identity::Node;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

/// What a change would leave behind, and what it did: the answer of split and merge.
struct Change {
    std::vector<Person> before;
    std::vector<Person> after;
    std::optional<model::Position> position;  // Nothing in a dry run.
    bool leaves_cannot_link = false;
    size_t links_cut = 0;
};

Status write_people(const View& view, std::string_view key, const std::vector<Person>& people,
                    DocWriter& out) {
    out.key(key);
    const size_t list = out.open_array();
    for (const Person& person : people) TL_TRY(write_profile(view, person, out));
    out.close(list);
    return Status::ok();
}

Result<HttpResponse> change_answer(const View& before, const View& after, const Change& change) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_flag(out, "dry_run", !change.position);
    const auto position = change.position;
    write_text(out, "decision", position ? decision_name(*position) : "");
    write_text(out, "position", position ? model::format_position(*position) : "");
    TL_TRY(write_people(before, "before", change.before, out));
    TL_TRY(write_people(after, "after", change.after, out));
    write_flag(out, "cannot_link", change.leaves_cannot_link);
    out.field("links_cut", static_cast<int64_t>(change.links_cut));
    out.close(mark);
    return doc_response(doc);
}

// The person that some identities would be, which all stand in `people`.
Result<Person> imagine(const View& view, const std::vector<Person>& people,
                       const Members& members) {
    Person person;
    person.root = members.front();
    person.asked = members.front();
    std::vector<profile::Leaf> leaves;
    for (const Person& one : people) {
        for (const PersonIdentity& identity : one.identities) {
            if (!std::ranges::binary_search(members, identity.id)) continue;
            const model::Namespace* space = view.settings->namespaces().find(identity.node.space);
            person.is_known |= space != nullptr && space->person;
            person.identities.push_back(identity);
            TL_TRY_ASSIGN(profile::Leaf leaf, read_leaf(view, identity.id));
            leaves.push_back(std::move(leaf));
        }
    }
    std::ranges::sort(person.identities, {}, &PersonIdentity::id);
    person.record = profile::combine(std::move(leaves));
    return person;
}

// The people that the identities of `before` belong to now.
Result<std::vector<Person>> people_now(const View& view, const std::vector<Person>& before) {
    std::set<IdentityId> roots;
    const auto nodes = nodes_of(view);
    for (const Person& person : before) {
        for (const PersonIdentity& identity : person.identities) {
            Node node;
            TL_TRY(nodes.node(identity.id, node));
            if (!node.has(identity::kNodeErased)) roots.insert(node.root);
        }
    }
    std::vector<Person> people;
    for (const IdentityId root : roots) {
        TL_TRY_ASSIGN(Person person, engine::load_person(view, root));
        people.push_back(std::move(person));
    }
    return people;
}

// Takes the decision that `change` shows, and answers with what has become of it.
Result<HttpResponse> carry_out(App& app, const View& planned, Change change,
                               const std::function<Result<engine::Outcome>()>& take) {
    TL_TRY_ASSIGN(const engine::Outcome outcome, take());
    change.position = outcome.position;
    const View now = app.engine.view();
    TL_TRY_ASSIGN(change.after, people_now(now, change.before));
    return change_answer(planned, now, change);
}

// One identifier of a split: {"namespace":…,"value":…} or "namespace:value".
Result<std::pair<model::NamespaceId, std::string>> identifier_of(const View& view, DocView item) {
    std::string_view space = item.find("namespace").as_string();
    std::string value = item.find("value").as_text().value_or("");
    if (item.is_string()) {
        const std::string_view text = item.as_string();
        space = text.substr(0, text.find(':'));
        value = text.substr(std::min(space.size() + 1, text.size()));
    }
    const model::Namespace* known = view.settings->namespaces().find(space);
    if (known == nullptr || value.empty()) {
        return Error::invalid("split: identifiers: need namespace and value of a known namespace");
    }
    return std::pair(known->id, std::move(value));
}

// The identities of a person that a split names.
Result<Members> named_identities(const View& view, const Person& person, DocView list) {
    Members named;
    for (const DocView item : list.items()) {
        TL_TRY_ASSIGN(const auto identifier, identifier_of(view, item));
        const auto& [space_id, value] = identifier;
        const model::Namespace* space = view.settings->namespaces().find(space_id);
        const auto normal = model::normalise(space->normaliser, value, "");
        const size_t before = named.size();
        for (const PersonIdentity& identity : person.identities) {
            const Node& node = identity.node;
            if (node.space == space_id && (node.value == value || node.value == normal)) {
                named.push_back(identity.id);
            }
        }
        if (named.size() == before) {
            return Error::invalid(
                "split: identifiers: not all are identifiers of this profile: load it anew");
        }
    }
    if (named.empty()) return Error::invalid("split: identifiers: need at least 1");
    std::ranges::sort(named);
    named.erase(std::ranges::unique(named).begin(), named.end());
    if (named.size() == person.identities.size()) {
        return Error::precondition("split: identifiers: at least 1 must remain: leave one out");
    }
    return named;
}

Result<HttpResponse> split(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const std::string reason, reason_of(request, "split"));
    const View view = app.engine.view();
    TL_TRY_ASSIGN(Person person, person_of(view, request));
    TL_TRY_ASSIGN(const Members named,
                  named_identities(view, person, request.body().find("identifiers")));
    const auto nodes = nodes_of(view);
    TL_TRY_ASSIGN(const Members part, identity::part_of(nodes, view.settings->namespaces(), named));
    TL_TRY_ASSIGN(const identity::SplitPlan plan, identity::plan_split(nodes, part));
    const std::string subject = person.public_id(view);
    Change change;
    change.before.push_back(std::move(person));
    change.leaves_cannot_link = true;
    change.links_cut = plan.removed.size();
    if (!request.is_set("dry_run")) {
        return carry_out(app, view, std::move(change), [&] {
            return decide(app, request.caller, "split", [&](DocWriter& out) {
                out.key("identities");
                const size_t list = out.open_array();
                for (const IdentityId id : part) out.integer(id);
                out.close(list);
                out.field("reason", reason);
                out.field("subject", subject);
            });
        });
    }
    for (const Members& members : plan.profiles) {
        TL_TRY_ASSIGN(Person imagined, imagine(view, change.before, members));
        change.after.push_back(std::move(imagined));
    }
    return change_answer(view, view, change);
}

Result<HttpResponse> merge(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const std::string reason, reason_of(request, "merge"));
    const std::string_view with = request.body().find("with").as_string();
    if (with.empty()) return Error::invalid("merge: with: need p_… or namespace:value");
    const View view = app.engine.view();
    TL_TRY_ASSIGN(Person one, person_of(view, request));
    TL_TRY_ASSIGN(Person other, person_of(view, with));
    const IdentityId a = one.root;
    const IdentityId b = other.root;
    TL_TRY_ASSIGN(const identity::MergePlan plan,
                  identity::plan_merge(nodes_of(view), view.settings->namespaces(), a, b));
    const std::string subject = one.public_id(view);
    Change change;
    change.before.push_back(std::move(one));
    change.before.push_back(std::move(other));
    if (!request.is_set("dry_run")) {
        return carry_out(app, view, std::move(change), [&] {
            return decide(app, request.caller, "merge", [&](DocWriter& out) {
                out.field("a", int64_t{a});
                out.field("b", int64_t{b});
                out.field("reason", reason);
                out.field("subject", subject);
            });
        });
    }
    TL_TRY_ASSIGN(Person imagined, imagine(view, change.before, plan.profile));
    change.after.push_back(std::move(imagined));
    return change_answer(view, view, change);
}

// The split whose cannot-link is to go: one that this person stands on a side of.
Result<identity::Decision> split_to_lift(const View& view, const Person& person,
                                         std::string_view name) {
    const auto id = decision_named(name);
    if (!id) return Error::invalid("lift: decision: need the id of a split, d_…");
    identity::Decision decision;
    const Status read = nodes_of(view).decision(*id, decision);
    if (!read && read.error().code != Code::NotFound) return read.error();
    const bool concerns_her =
        read.is_ok() && decision.kind == identity::DecisionKind::Split &&
        std::ranges::any_of(person.identities, [&](const PersonIdentity& identity) {
            return std::ranges::find(decision.left, identity.id) != decision.left.end() ||
                   std::ranges::find(decision.right, identity.id) != decision.right.end();
        });
    if (!concerns_her) return Error::not_found("lift: decision: no such split of this profile");
    if (decision.is_lifted)
        return Error::precondition("lift: decision: it is lifted already: nothing is left to do");
    return decision;
}

Result<HttpResponse> lift(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const std::string reason, reason_of(request, "lift"));
    std::string doc;
    DocWriter out(doc);
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Person person, person_of(view, request));
    TL_TRY_ASSIGN(identity::Decision decision,
                  split_to_lift(view, person, request.body().find("decision").as_string()));
    if (request.is_set("dry_run")) {
        decision.is_lifted = true;
        TL_TRY(write_decision(view, decision, out));
        return doc_response(doc);
    }
    TL_TRY(decide(app, request.caller, "lift", [&](DocWriter& fields) {
        fields.field("decision", static_cast<int64_t>(decision.id));
        fields.field("reason", reason);
        fields.field("subject", person.public_id(view));
    }));
    const View now = app.engine.view();
    TL_TRY(nodes_of(now).decision(decision.id, decision));
    TL_TRY(write_decision(now, decision, out));
    return doc_response(doc);
}

Result<HttpResponse> explain(App& app, const ApiRequest& request) {
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Person person, person_of(view, request));
    std::string doc;
    DocWriter out(doc);
    TL_TRY(write_explanation(view, person, out));
    return doc_response(doc);
}

}  // namespace

void add_identity_routes(Router& router, App& app) {
    router.get("/api/profiles/{ref}/explain",
               [&app](ApiRequest& request) { return explain(app, request); });
    router.post("/api/profiles/{ref}/split",
                [&app](ApiRequest& request) { return split(app, request); });
    router.post("/api/profiles/{ref}/merge",
                [&app](ApiRequest& request) { return merge(app, request); });
    router.post("/api/profiles/{ref}/lift",
                [&app](ApiRequest& request) { return lift(app, request); });
}

}  // namespace throughline::server

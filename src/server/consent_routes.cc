#include "server/consent_routes.h"

#include <algorithm>
#include <climits>
#include <map>
#include <memory>

#include "engine/consents.h"
#include "privacy/reading.h"
#include "server/consent_json.h"
#include "server/definitions.h"
#include "server/profile_routes.h"
#include "server/write_fields.h"

namespace throughline::server {

using engine::Person;
using engine::View;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;
using privacy::Statement;
using privacy::Subject;

namespace {

constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr size_t kItemsMax = 500;
constexpr size_t kReasonBytesMost = 1000;

// --- list

// What is asked for: ?profile=, ?purpose= or ?topic=, ?state=.
Result<engine::StatementFilter> filter_of(const ApiRequest& request) {
    engine::StatementFilter filter;
    const std::string purpose = request.query("purpose");
    const std::string topic = request.query("topic");
    if (!purpose.empty() && !topic.empty()) {
        return Error::invalid("query: topic: ask for a purpose or a topic, not both");
    }
    if (!purpose.empty()) filter.subject = Subject::Purpose;
    if (!topic.empty()) filter.subject = Subject::Topic;
    filter.key = purpose.empty() ? topic : purpose;
    const std::string state = request.query("state");
    if (state == "given" || state == "subscribed") filter.is_given = true;
    if (state == "withdrawn" || state == "unsubscribed") filter.is_given = false;
    if (!state.empty() && !filter.is_given) {
        return Error::invalid("query: state: need given, withdrawn, subscribed or unsubscribed");
    }
    return filter;
}

bool passes(const engine::StatementFilter& filter, const Statement& statement) {
    return (!filter.subject || *filter.subject == statement.subject) &&
           (filter.key.empty() || filter.key == statement.key) &&
           (!filter.is_given || *filter.is_given == statement.is_given);
}

// All that one person said: a few dozen at most, so that there are no pages.
Result<engine::StatementPage> statements_of_person(const View& view, std::string_view ref,
                                                   const engine::StatementFilter& filter) {
    TL_TRY_ASSIGN(const Person person, person_of(view, ref));
    TL_TRY_ASSIGN(const engine::PersonBooks all, engine::load_books(view, person));
    engine::StatementPage page;
    for (size_t i = 0; i < all.books.size(); ++i) {
        for (const Statement& statement : all.books[i].statements) {
            if (!passes(filter, statement)) continue;
            page.statements.push_back({all.identities[i], statement});
        }
    }
    std::ranges::sort(page.statements, [](const auto& a, const auto& b) {
        return std::pair(a.statement.at, a.statement.position) >
               std::pair(b.statement.at, b.statement.position);
    });
    return page;
}

Result<HttpResponse> list(App& app, const ApiRequest& request) {
    TL_TRY(wait_for_position(app, request));
    TL_TRY_ASSIGN(const auto filter, filter_of(request));
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    const View view = app.engine.view();
    const std::string ref = request.query("profile");
    auto found = ref.empty() ? engine::list_statements(view, filter, request.query("cursor"), limit)
                             : statements_of_person(view, ref, filter);
    TL_TRY(found);
    Status status;
    const std::string doc = list_doc([&](DocWriter& out) {
        for (const engine::ListedStatement& one : found->statements) {
            if (status) status = write_statement_line(view, one, out);
        }
        return found->next;
    });
    TL_TRY(status);
    return doc_response(doc);
}

// --- write down

struct Wish {
    std::string profile;
    std::string reason;
    Statement statement;
};

Result<std::string> text_of(DocView item, std::string_view field, size_t most) {
    const DocView value = item.find(field);
    if (value.is_missing() || value.is_null()) return std::string();
    if (!value.is_string() || value.as_string().size() > most) {
        return Error::invalid("consent: " + std::string(field) + ": need text of at most " +
                              std::to_string(most) + " bytes");
    }
    return std::string(value.as_string());
}

// Purpose or topic, and which way.
Status read_subject(DocView item, const privacy::Rules& rules, Statement& statement) {
    const std::string_view purpose = item.find("purpose").as_string();
    const std::string_view topic = item.find("topic").as_string();
    if (purpose.empty() == topic.empty()) {
        return Error::invalid("consent: purpose: need a purpose or a topic");
    }
    statement.subject = topic.empty() ? Subject::Purpose : Subject::Topic;
    statement.key = topic.empty() ? purpose : topic;
    const bool is_known =
        topic.empty() ? rules.purpose(purpose) != nullptr : rules.topic(topic) != nullptr;
    const std::string_view state = item.find("state").as_string();
    statement.is_given = state == stand_name(statement.subject, true);
    if (!statement.is_given && state != stand_name(statement.subject, false)) {
        return Error::invalid(
            "consent: state: need given or withdrawn, of a topic subscribed or unsubscribed");
    }
    const bool is_everything = statement.key == privacy::kEverything && !statement.is_given;
    if (is_known || is_everything) return Status::ok();
    return Error::invalid("consent: " + std::string(privacy::subject_name(statement.subject)) +
                          ": no " + std::string(privacy::subject_name(statement.subject)) +
                          " has this key");
}

Result<Wish> wish_of(DocView item, const privacy::Rules& rules, Micros now) {
    Wish wish;
    if (!item.is_object()) return Error::invalid("consent: items: need objects");
    wish.profile = item.find("profile").as_string();
    if (wish.profile.empty()) {
        return Error::invalid("consent: profile: need p_… or namespace:value");
    }
    Statement& statement = wish.statement;
    TL_TRY(read_subject(item, rules, statement));
    TL_TRY_ASSIGN(wish.reason, text_of(item, "reason", kReasonBytesMost));
    TL_TRY_ASSIGN(statement.only, text_of(item, "only", privacy::kKeyBytesMax));
    TL_TRY_ASSIGN(statement.notice, text_of(item, "notice_version", privacy::kTextBytesMax));
    TL_TRY_ASSIGN(statement.channel, text_of(item, "channel", privacy::kTextBytesMax));
    TL_TRY_ASSIGN(statement.evidence, text_of(item, "evidence", privacy::kEvidenceBytesMax));
    TL_TRY_ASSIGN(const std::string basis, text_of(item, "basis", privacy::kTextBytesMax));
    if (!basis.empty() && !privacy::basis_named(basis)) {
        return Error::invalid("consent: basis: not one of those a purpose may have");
    }
    statement.basis = privacy::basis_named(basis).value_or(privacy::Basis::Unsaid);
    TL_TRY_ASSIGN(const std::string at, text_of(item, "at", privacy::kTextBytesMax));
    const auto instant = at.empty() ? now : parse_instant(at);
    if (!instant || *instant > now) {
        return Error::invalid("consent: at: need a time that has been, RFC 3339");
    }
    statement.at = *instant;
    if (statement.is_given && statement.evidence.empty()) {
        return Error::invalid("consent: evidence: a giving needs its proof");
    }
    return wish;
}

// Where what is said of a whole person is kept: at her strongest identifier, the oldest of them,
// and not at a browser that a split may take away.
engine::IdentityId strongest_identity(const View& view, const Person& person) {
    const auto priority = [&](const engine::PersonIdentity& identity) {
        const model::Namespace* space = view.settings->namespaces().find(identity.node.space);
        return space == nullptr ? INT_MAX : space->priority;
    };
    return std::ranges::min_element(person.identities, {}, priority)->id;
}

// The record of a wish, for the identity that its reference names.
Result<std::string> record_of(const View& view, const Wish& wish, const Caller& caller) {
    TL_TRY_ASSIGN(const auto ref, engine::PersonRef::parse(view, wish.profile));
    TL_TRY_ASSIGN(auto identity, engine::find_identity(view, ref));
    TL_TRY_ASSIGN(const Person person, engine::load_person(view, identity));
    if (ref.id) identity = strongest_identity(view, person);
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("action", std::string_view("consent"));
    out.field("actor", caller.actor);
    out.field("identity", int64_t{identity});
    out.field("subject", person.public_id(view));
    if (!wish.reason.empty()) out.field("reason", wish.reason);
    out.key("statements");
    const size_t list = out.open_array();
    privacy::write_statement(out, wish.statement);
    out.close(list);
    out.close(mark);
    return model::make_record(model::RecordKind::Decision, doc);
}

// A person may have been erased since the view that found her.
Status taken(const engine::Outcome& outcome) {
    TL_TRY(outcome.status);
    if (outcome.refused.empty()) return Status::ok();
    return Error::not_found(outcome.refused.front().message);
}

Result<HttpResponse> write_one(App& app, const ApiRequest& request) {
    std::string record;
    {
        const View view = app.engine.view();
        TL_TRY_ASSIGN(const Wish wish,
                      wish_of(request.body(), view.settings->privacy(), app.clock.now()));
        TL_TRY_ASSIGN(record, record_of(view, wish, request.caller));
    }
    TL_TRY(taken(app.engine.submit_and_wait(std::move(record))));
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Person person, person_of(view, request.body().find("profile").as_string()));
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("profile", person.public_id(view));
    TL_TRY(write_consents(view, person, out));
    out.close(mark);
    return doc_response(doc, 201);
}

void write_refusal(DocWriter& out, size_t index, const Error& error) {
    const size_t mark = out.open_object();
    write_count(out, "index", index);
    out.field("code", code_name(error.code));
    out.field("message", error.message);
    out.close(mark);
}

Result<HttpResponse> write_many(App& app, const ApiRequest& request, DocView items) {
    std::map<size_t, Error> refused;  // By the place of the item.
    std::vector<size_t> places;       // Of each record.
    engine::Submission submission;
    std::string bytes;
    size_t count = 0;
    {
        const View view = app.engine.view();
        for (const DocView item : items.items()) {
            if (count == kItemsMax) return Error::invalid("consent: items: at most 500");
            const size_t place = count++;
            const auto wish = wish_of(item, view.settings->privacy(), app.clock.now());
            auto record =
                wish ? record_of(view, *wish, request.caller) : Result<std::string>(wish.error());
            if (!record) {
                refused.emplace(place, record.error());
                continue;
            }
            bytes += *record;
            submission.ends.push_back(static_cast<uint32_t>(bytes.size()));
            places.push_back(place);
        }
    }
    if (!places.empty()) {
        submission.bytes = std::make_shared<const std::string>(std::move(bytes));
        const engine::Outcome outcome = app.engine.submit_and_wait(std::move(submission));
        TL_TRY(outcome.status);
        for (const engine::LateRefusal& one : outcome.refused) {
            refused.emplace(places[one.index], Error::not_found(one.message));
        }
    }
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, "accepted", count - refused.size());
    out.key("rejected");
    const size_t list = out.open_array();
    for (const auto& [place, error] : refused) write_refusal(out, place, error);
    out.close(list);
    out.close(mark);
    return doc_response(doc);
}

}  // namespace

void add_consent_routes(Router& router, App& app) {
    router.get("/api/consents", [&app](ApiRequest& request) { return list(app, request); });
    router.post("/api/consents", [&app](ApiRequest& request) {
        const DocView items = request.body().find("items");
        return items.is_array() ? write_many(app, request, items) : write_one(app, request);
    });
}

}  // namespace throughline::server

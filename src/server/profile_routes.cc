#include "server/profile_routes.h"

#include <algorithm>
#include <charconv>

#include "engine/membership.h"
#include "identity/plan.h"
#include "identity/public_id.h"
#include "server/activity.h"
#include "server/explanation.h"
#include "server/export.h"
#include "server/profile_json.h"
#include "server/write_fields.h"

namespace throughline::server {

namespace {

using engine::IdentityId;
using engine::Person;
using engine::PersonRef;
using engine::View;
using model::DocView;
using model::DocWriter;
using net::HttpResponse;

constexpr size_t kPageUsual = 50;
constexpr size_t kPageMost = 500;
constexpr size_t kSearchedMost = 2000;     // Hits that paging reaches.
constexpr size_t kLookedUpMost = 100;      // Identifiers of one look-up.
constexpr size_t kFilteredMost = 10'000;   // Events looked at for one page of a filtered timeline.
constexpr size_t kReasonBytesMost = 1000;  // A sentence or two.
constexpr size_t kTraitBytesMost = 200;

Result<size_t> offset_of(const ApiRequest& request) {
    const std::string text = request.query("cursor");
    size_t offset = 0;
    if (text.empty()) return offset;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), offset);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || offset > kSearchedMost) {
        return Error::invalid("search: cursor: not one that a page gave");
    }
    return offset;
}

// {"items":[…],"next":…}; `items` are packed values one after the other.
HttpResponse list_answer(const std::string& items, std::string_view next) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.key("items");
    const size_t list = out.open_array();
    doc += items;
    out.close(list);
    write_text(out, "next", next);
    out.close(mark);
    return doc_response(doc);
}

// People by words. The cursor is how many hits came before.
/// The number of the segment that is asked for, if one is. Errors: InvalidArgument: there is none.
Result<std::optional<uint32_t>> segment_of(const View& view, const ApiRequest& request) {
    const std::string key = request.query("segment");
    if (key.empty()) return std::optional<uint32_t>();
    const engine::LiveSegment* const live = view.settings->segments().find(key);
    if (live == nullptr) return Error::invalid("search: segment: no segment has this key");
    return std::optional(live->id);
}

Status keep_members(const View& view, uint32_t segment, std::vector<engine::SearchHit>& hits) {
    Status status;
    std::erase_if(hits, [&](const engine::SearchHit& hit) {
        const auto is_in = engine::is_member(view, segment, hit.root);
        if (!is_in) status = is_in.error();
        return !is_in || !*is_in;
    });
    return status;
}

Result<HttpResponse> search_words(const View& view, const ApiRequest& request, size_t limit) {
    TL_TRY_ASSIGN(const size_t offset, offset_of(request));
    TL_TRY_ASSIGN(const auto segment, segment_of(view, request));
    // With a segment all that are found are looked at: few of them may be in it.
    const size_t wanted = segment ? kSearchedMost : offset + limit + 1;
    TL_TRY_ASSIGN(auto hits, engine::search_people(view, request.query("q"), wanted));
    if (segment) TL_TRY(keep_members(view, *segment, hits));
    std::string items;
    DocWriter out(items);
    const size_t end = std::min(hits.size(), offset + limit);
    for (size_t i = offset; i < end; ++i) {
        TL_TRY_ASSIGN(const Person person, engine::load_person(view, hits[i].root));
        write_summary(view, person, hits[i].word, out);
    }
    const bool has_more = end < hits.size() && end <= kSearchedMost;
    return list_answer(items, has_more ? std::to_string(end) : "");
}

/// A page of people; more than `limit` roots say that there is another.
Result<HttpResponse> list_people(const View& view, std::vector<IdentityId> roots, size_t limit) {
    const bool has_more = roots.size() > limit;
    if (has_more) roots.resize(limit);
    std::string items;
    DocWriter out(items);
    for (const IdentityId root : roots) {
        TL_TRY_ASSIGN(const Person person, engine::load_person(view, root));
        write_summary(view, person, "", out);
    }
    return list_answer(items, has_more ? identity::public_id(view.secret, roots.back()) : "");
}

// All people, newest first. The cursor is the id of the last one shown.
Result<HttpResponse> list_latest(const View& view, const ApiRequest& request, size_t limit) {
    IdentityId before = view.state.next_identity;
    if (const std::string cursor = request.query("cursor"); !cursor.empty()) {
        const auto last = identity::identity_of_public_id(view.secret, cursor);
        if (!last) return Error::invalid("search: cursor: not one that a page gave");
        before = std::min(before, *last);
    }
    TL_TRY_ASSIGN(auto roots, engine::latest_people(view, before, limit + 1));
    return list_people(view, std::move(roots), limit);
}

// Of a segment, the oldest first. The cursor is the id of the last one shown.
Result<HttpResponse> list_members(const View& view, const ApiRequest& request, uint32_t segment,
                                  size_t limit) {
    engine::MemberRange range{.segment = segment, .end = view.state.next_identity};
    if (const std::string cursor = request.query("cursor"); !cursor.empty()) {
        const auto last = identity::identity_of_public_id(view.secret, cursor);
        if (!last) return Error::invalid("search: cursor: not one that a page gave");
        range.after = *last;
    }
    TL_TRY_ASSIGN(auto roots, engine::member_ids(view.tables, view.pin, range, limit + 1));
    return list_people(view, std::move(roots), limit);
}

Result<HttpResponse> search(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    const View view = app.engine.view();
    const bool has_words = request.query("q").find_first_not_of(' ') != std::string::npos;
    if (has_words) return search_words(view, request, limit);
    TL_TRY_ASSIGN(const auto segment, segment_of(view, request));
    if (segment) return list_members(view, request, *segment, limit);
    return list_latest(view, request, limit);
}

// One identifier of a look-up: an object, or `namespace:value` as in an address.
Result<PersonRef> looked_up(const View& view, DocView item) {
    std::string text(item.as_string());
    if (item.is_object()) {
        text = std::string(item.find("namespace").as_string()) + ":" +
               item.find("value").as_text().value_or("");
    }
    auto ref = PersonRef::parse(view, text);
    if (!ref || ref->id) {
        return Error::invalid("lookup: identifiers: need namespace and value of a known namespace");
    }
    return ref;
}

Result<HttpResponse> look_up(App& app, const ApiRequest& request) {
    std::vector<DocView> items;
    for (const DocView item : request.body().find("identifiers").items()) items.push_back(item);
    if (items.empty() || items.size() > kLookedUpMost) {
        return Error::invalid("lookup: identifiers: need 1 to " + std::to_string(kLookedUpMost));
    }
    const View view = app.engine.view();
    const Names names(view);
    std::string doc;
    DocWriter out(doc);
    const size_t object = out.open_object();
    out.key("items");
    const size_t list = out.open_array();
    for (const DocView item : items) {
        TL_TRY_ASSIGN(const PersonRef ref, looked_up(view, item));
        const size_t mark = out.open_object();
        out.key("identifier");
        write_identifier(names.space(ref.space), ref.value, out);
        out.key("profile");
        const auto person = engine::load_person(view, ref);
        if (!person && person.error().code != Code::NotFound) return person.error();
        if (person) {
            TL_TRY(write_profile(view, *person, out));
        } else {
            out.null();
        }
        out.close(mark);
    }
    out.close(list);
    out.close(object);
    return doc_response(doc);
}

Result<HttpResponse> profile_answer(const View& view, const Person& person) {
    std::string doc;
    DocWriter out(doc);
    TL_TRY(write_profile(view, person, out));
    return doc_response(doc);
}

Result<HttpResponse> read_profile(App& app, const ApiRequest& request) {
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Person person, person_of(view, request));
    return profile_answer(view, person);
}

/// Which events of a timeline are asked for.
struct EventFilter {
    std::string name;
    std::string source;

    bool is_any() const { return name.empty() && source.empty(); }
    bool takes(const Names& names, const model::EventView& event) const {
        return (name.empty() || event_title(event) == name) &&
               (source.empty() || names.source(event.source()) == source);
    }
};

// A page of the events that a filter takes: pages of all events, until it is full, the timeline
// ends, or kFilteredMost were looked at (then it is short, and `next` goes on from there).
Result<sequence::TimelinePage> filtered_page(const View& view, const Person& person,
                                             const ApiRequest& request, size_t limit) {
    const EventFilter filter{request.query("name"), request.query("source")};
    const auto members = person.members();
    std::string cursor = request.query("cursor");
    if (filter.is_any()) return view.history->timeline(members, cursor, limit);

    const Names names(view);
    sequence::TimelinePage found;
    for (size_t looked_at = 0; looked_at < kFilteredMost;) {
        TL_TRY_ASSIGN(auto page, view.history->timeline(members, cursor, kPageMost));
        looked_at += page.events.size();
        for (size_t i = 0; i < page.events.size(); ++i) {
            if (!filter.takes(names, page.events[i].event())) continue;
            found.events.push_back(std::move(page.events[i]));
            if (found.events.size() < limit) continue;
            // Full: the page that ends with this very event has the cursor behind it.
            TL_TRY_ASSIGN(auto last, view.history->timeline(members, cursor, i + 1));
            found.next = std::move(last.next);
            return found;
        }
        cursor = std::move(page.next);
        if (cursor.empty()) break;
    }
    found.next = std::move(cursor);
    return found;
}

Result<HttpResponse> list_events(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const size_t limit, request.limit(kPageUsual, kPageMost));
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Person person, person_of(view, request));
    TL_TRY_ASSIGN(const auto page, filtered_page(view, person, request, limit));
    const Names names(view);
    std::string items;
    DocWriter out(items);
    for (const sequence::StoredEvent& stored : page.events) write_event(names, stored, out);
    return list_answer(items, page.next);
}

Result<HttpResponse> read_activity(App& app, const ApiRequest& request) {
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Person person, person_of(view, request));
    TL_TRY_ASSIGN(const std::string doc, activity_doc(view, person));
    return doc_response(doc);
}

Result<HttpResponse> erase(App& app, const ApiRequest& request) {
    IdentityId root = 0;
    std::string id;
    {
        const View view = app.engine.view();
        TL_TRY_ASSIGN(const Person person, person_of(view, request));
        root = person.root;
        id = person.public_id(view);
    }
    TL_TRY_ASSIGN(const auto outcome, decide(app, request.caller, "erase", [&](DocWriter& out) {
                      out.field("identity", int64_t{root});
                      out.field("subject", id);
                  }));
    const Micros now = app.clock.now();
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("profile", id);
    out.field("decision", decision_name(outcome.position));
    write_time(out, "hidden_at", now);
    write_time(out, "complete_by", now + kDay);
    write_time(out, "backups_by", now + 7 * kDay);
    out.close(mark);
    return doc_response(doc, 202);
}

// Which of her identities carry a pinned value of a trait: one, or several after a merge.
Result<std::vector<IdentityId>> pinned_at(const View& view, const Person& person,
                                          std::string_view trait) {
    std::vector<IdentityId> pinned;
    for (const engine::PersonIdentity& identity : person.identities) {
        TL_TRY_ASSIGN(const auto leaf, read_leaf(view, identity.id));
        const bool has = std::ranges::any_of(leaf.traits, [&](const profile::TraitEntry& entry) {
            return entry.source == profile::kPinnedSource && entry.name == trait;
        });
        if (has) pinned.push_back(identity.id);
    }
    return pinned;
}

struct PinWish {
    std::string trait;
    std::string reason;
    DocView value;  // Null: the pin goes.
};

Result<PinWish> pin_wish(const ApiRequest& request) {
    PinWish wish;
    TL_TRY_ASSIGN(wish.reason, reason_of(request, "pin"));
    wish.trait = request.body().find("trait").as_string();
    wish.value = request.body().find("value");
    if (wish.trait.empty() || wish.trait.size() > kTraitBytesMost) {
        return Error::invalid("pin: trait: need the name of a trait");
    }
    if (wish.value.is_missing()) return Error::invalid("pin: value: need a value, or null");
    return wish;
}

// Pins a value at the person's root, and takes earlier pins off her other identities: a person has
// one pinned value, or none.
Result<HttpResponse> pin(App& app, const ApiRequest& request) {
    TL_TRY_ASSIGN(const PinWish wish, pin_wish(request));
    IdentityId root = 0;
    std::string subject;
    std::vector<IdentityId> pinned;
    {
        const View view = app.engine.view();
        TL_TRY_ASSIGN(const Person person, person_of(view, request));
        TL_TRY_ASSIGN(pinned, pinned_at(view, person, wish.trait));
        root = person.root;
        subject = person.public_id(view);
    }
    const auto decide_pin = [&](IdentityId identity, bool sets) {
        return decide(app, request.caller, "pin", [&](DocWriter& out) {
            out.field("identity", int64_t{identity});
            out.field("trait", wish.trait);
            if (sets) {
                out.key("value");
                out.copy(wish.value);
            }
            out.field("subject", subject);
            out.field("reason", wish.reason);
        });
    };
    const bool sets = !wish.value.is_null();
    if (!sets && pinned.empty()) return Error::precondition("pin: trait: it is not pinned");
    if (sets) TL_TRY(decide_pin(root, true));
    for (const IdentityId identity : pinned) {
        if (!sets || identity != root) TL_TRY(decide_pin(identity, false));
    }
    const View view = app.engine.view();
    TL_TRY_ASSIGN(const Person person, engine::load_person(view, root));
    return profile_answer(view, person);
}

}  // namespace

Result<Person> person_of(const View& view, std::string_view ref) {
    TL_TRY_ASSIGN(const PersonRef parsed, PersonRef::parse(view, ref));
    return engine::load_person(view, parsed);
}

Result<Person> person_of(const View& view, const ApiRequest& request) {
    return person_of(view, request.parameters.front());
}

Result<std::string> reason_of(const ApiRequest& request, std::string_view area) {
    const std::string_view reason = request.body().find("reason").as_string();
    if (reason.find_first_not_of(' ') == std::string_view::npos ||
        reason.size() > kReasonBytesMost) {
        return Error::invalid(std::string(area) + ": reason: need a text of at most " +
                              std::to_string(kReasonBytesMost) + " bytes");
    }
    return std::string(reason);
}

void add_profile_routes(Router& router, App& app) {
    router.get("/api/profiles", [&app](ApiRequest& request) { return search(app, request); });
    router.post(
        "/api/profiles/lookup", [&app](ApiRequest& request) { return look_up(app, request); },
        Scope::Read);
    router.get("/api/profiles/{ref}",
               [&app](ApiRequest& request) { return read_profile(app, request); });
    router.remove(
        "/api/profiles/{ref}", [&app](ApiRequest& request) { return erase(app, request); },
        Scope::Erase);
    router.get("/api/profiles/{ref}/events",
               [&app](ApiRequest& request) { return list_events(app, request); });
    router.get("/api/profiles/{ref}/activity",
               [&app](ApiRequest& request) { return read_activity(app, request); });
    router.post("/api/profiles/{ref}/pin",
                [&app](ApiRequest& request) { return pin(app, request); });
    add_export_route(router, app);
}

}  // namespace throughline::server

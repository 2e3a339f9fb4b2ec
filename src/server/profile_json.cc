#include "server/profile_json.h"

#include <algorithm>
#include <climits>

#include "engine/membership.h"
#include "identity/public_id.h"
#include "profile/account.h"
#include "profile/search_words.h"
#include "server/consent_json.h"
#include "server/write_fields.h"

namespace throughline::server {

namespace {

using engine::Person;
using engine::PersonIdentity;
using engine::View;
using model::DocWriter;

constexpr size_t kSummaryIdentifiersMax = 5;

bool is_device(model::NamespaceId space) {
    return space == model::kDeviceId || space == model::kAdvertisingId ||
           space == model::kPushToken;
}

// The identities of a person, strongest namespace first, then oldest.
std::vector<const PersonIdentity*> by_strength(const View& view, const Person& person) {
    const auto priority = [&](const PersonIdentity* identity) {
        const model::Namespace* space = view.settings->namespaces().find(identity->node.space);
        return space == nullptr ? INT_MAX : space->priority;
    };
    std::vector<const PersonIdentity*> identities;
    for (const PersonIdentity& identity : person.identities) identities.push_back(&identity);
    std::ranges::stable_sort(identities, {}, priority);
    return identities;
}

std::string name_of(const View& view, const profile::GoldenRecord& record) {
    return profile::display_name(record, view.settings->survivorship(),
                                 view.settings->source_names());
}

/// One golden record as an object, part by part.
class ProfileForm {
public:
    ProfileForm(const View& view, const Person& person, DocWriter& out)
        : view_(view), person_(person), names_(view), out_(out) {}

    Status write() {
        TL_TRY(read_times());
        const size_t mark = out_.open_object();
        out_.field("id", person_.public_id(view_));
        write_text(out_, "name", name_of(view_, person_.record));
        write_flag(out_, "known", person_.is_known);
        write_identifiers();
        out_.key("traits");
        profile::write_traits(out_, person_.record, view_.settings->survivorship(),
                              view_.settings->source_names());
        TL_TRY(write_segments());
        TL_TRY(write_accounts());
        TL_TRY(write_consents(view_, person_, out_));
        write_devices();
        write_empty_object("computed");
        write_empty_object("scores");
        write_time(out_, "last_contact", kNoTime);
        write_time(out_, "first_seen", person_.record.first_seen);
        write_time(out_, "last_seen", person_.record.last_seen);
        out_.field("event_count", static_cast<int64_t>(person_.record.event_count));
        TL_TRY_ASSIGN(const size_t sessions, engine::count_sessions(view_, person_));
        out_.field("session_count", static_cast<int64_t>(sessions));
        if (const auto absorbed = person_.merged_from(view_)) {
            out_.field("merged_from", *absorbed);
        }
        out_.close(mark);
        return Status::ok();
    }

private:
    Status write_segments() {
        TL_TRY_ASSIGN(const auto stays, engine::segments_of(view_, person_.root));
        out_.key("segments");
        const size_t list = out_.open_array();
        for (const engine::SegmentStay& stay : stays) out_.string(stay.key);
        out_.close(list);
        out_.key("segments_since");
        const size_t times = out_.open_object();
        for (const engine::SegmentStay& stay : stays) write_time(out_, stay.key, stay.since);
        out_.close(times);
        return Status::ok();
    }
    void write_empty_object(std::string_view key) {
        out_.key(key);
        out_.close(out_.open_object());
    }

    // When each identity was last seen, in the order of person_.identities.
    Status read_times() {
        if (person_.identities.size() == 1) {
            // All her events are that identity's own.
            const Micros at = person_.identities.front().node.last_seen;
            seen_ = {std::max(at, person_.record.last_seen)};
            return Status::ok();
        }
        for (const PersonIdentity& identity : person_.identities) {
            TL_TRY_ASSIGN(const auto leaf, read_leaf(view_, identity.id));
            seen_.push_back(last_seen(person_, identity, leaf));
        }
        return Status::ok();
    }
    Micros seen(const PersonIdentity& identity) const {
        return seen_[static_cast<size_t>(&identity - person_.identities.data())];
    }

    void write_identifiers() {
        out_.key("identifiers");
        const size_t list = out_.open_array();
        for (const PersonIdentity* identity : by_strength(view_, person_)) {
            write_identity(*identity);
        }
        out_.close(list);
    }

    void write_identity(const PersonIdentity& identity) {
        const identity::Node& node = identity.node;
        const model::Namespace* space = view_.settings->namespaces().find(node.space);
        const bool is_verified = node.has(identity::kNodeVerified);
        const size_t mark = out_.open_object();
        out_.field("namespace", names_.space(node.space));
        out_.field("value", node.value);
        write_time(out_, "first_seen", node.first_seen);
        write_time(out_, "last_seen", seen(identity));
        out_.field("source", names_.source(node.source));
        write_time(out_, "verified_at", is_verified ? node.verified_at : kNoTime);
        write_text(out_, "verified_by", is_verified ? names_.source(node.verified_by) : "");
        out_.field("slice", int64_t{node.slice});
        write_flag(out_, "person", space != nullptr && space->person);
        out_.close(mark);
    }

    void write_devices() {
        out_.key("devices");
        const size_t list = out_.open_array();
        for (const PersonIdentity& identity : person_.identities) {
            if (!is_device(identity.node.space)) continue;
            const size_t mark = out_.open_object();
            out_.field("namespace", names_.space(identity.node.space));
            out_.field("value", identity.node.value);
            write_time(out_, "first_seen", identity.node.first_seen);
            write_time(out_, "last_seen", seen(identity));
            out_.close(mark);
        }
        out_.close(list);
    }

    Status write_accounts() {
        out_.key("accounts");
        const size_t list = out_.open_array();
        for (const profile::Membership& membership : person_.record.memberships) {
            TL_TRY_ASSIGN(const auto bytes,
                          view_.tables.accounts.read(membership.account, view_.pin));
            if (!bytes) continue;
            TL_TRY_ASSIGN(profile::Account account, profile::decode_account(*bytes));
            write_membership(std::move(account), membership.first_seen);
        }
        out_.close(list);
        return Status::ok();
    }

    void write_membership(profile::Account account, Micros since) {
        const auto record = profile::combine({std::move(account.leaf)});
        const engine::Settings& settings = *view_.settings;
        const size_t mark = out_.open_object();
        out_.field("key", account.group_id);
        write_text(out_, "name", name_of(view_, record));
        out_.field("source", names_.source(latest_source(record)));
        write_time(out_, "since", since);
        out_.key("traits");
        const size_t traits = out_.open_object();
        for (const auto& [name, entries] : record.traits) {
            const auto value =
                profile::trait_doc(record, name, settings.survivorship(), settings.source_names());
            if (!value) continue;
            out_.key(name);
            out_.copy(model::DocView(*value));
        }
        out_.close(traits);
        out_.close(mark);
    }

    // Who said something last; 0, which is no source, when nobody said anything.
    static model::SourceId latest_source(const profile::GoldenRecord& record) {
        model::SourceId source = 0;
        std::pair<Micros, model::Position> latest{kNoTime, 0};
        for (const auto& [name, entries] : record.traits) {
            for (const profile::TraitEntry& entry : entries) {
                for (const profile::TraitValue& value : entry.values) {
                    const std::pair at{value.last, value.position};
                    if (at < latest) continue;
                    latest = at;
                    source = entry.source;
                }
            }
        }
        return source;
    }

    const View& view_;
    const Person& person_;
    const Names names_;
    DocWriter& out_;
    std::vector<Micros> seen_;
};

struct Match {
    std::string field;
    std::string value;
};

bool begins_one_of(std::string_view word, const std::vector<std::string>& words) {
    return std::ranges::any_of(words,
                               [&](const std::string& other) { return other.starts_with(word); });
}

// What of the person a search word met: an identifier before a trait.
std::optional<Match> matched_by(const View& view, const Person& person, std::string_view word) {
    if (word.empty()) return {};
    const Names names(view);
    for (const PersonIdentity& identity : person.identities) {
        const std::string& value = identity.node.value;
        if (value == word || begins_one_of(word, profile::words_of_identifier(value))) {
            return Match{std::string(names.space(identity.node.space)), value};
        }
    }
    for (const auto& [name, entries] : person.record.traits) {
        for (const profile::TraitEntry& entry : entries) {
            for (const profile::TraitValue& value : entry.values) {
                auto text = model::DocView(value.doc).as_text();
                if (!text || !begins_one_of(word, profile::words_of_trait(name, *text))) continue;
                return Match{name, std::move(*text)};
            }
        }
    }
    return {};
}

}  // namespace

std::string Names::profile(engine::IdentityId root) const {
    return identity::public_id(secret_, root);
}

std::string_view Names::source(model::SourceId id) const {
    const model::Source* source = settings_->source(id);
    return source == nullptr ? std::string_view{} : std::string_view(source->key);
}

std::string_view Names::space(model::NamespaceId id) const {
    const model::Namespace* space = settings_->namespaces().find(id);
    return space == nullptr ? std::string_view{} : std::string_view(space->key);
}

Result<profile::Leaf> read_leaf(const View& view, engine::IdentityId identity) {
    TL_TRY_ASSIGN(const auto bytes,
                  view.tables.leaves.read(identity::identity_key(identity), view.pin));
    if (!bytes) return profile::Leaf{};
    return profile::Leaf::decode(*bytes);
}

Micros last_seen(const Person& person, const PersonIdentity& identity, const profile::Leaf& own) {
    Micros seen = identity.node.last_seen;
    const auto companion = person.record.companion_last_seen.find(identity.id);
    if (companion != person.record.companion_last_seen.end()) {
        seen = std::max(seen, companion->second);
    }
    return std::max(seen, own.last_seen);
}

Status write_profile(const View& view, const Person& person, DocWriter& out) {
    return ProfileForm(view, person, out).write();
}

void write_summary(const View& view, const Person& person, std::string_view word, DocWriter& out) {
    const Names names(view);
    const size_t mark = out.open_object();
    out.field("id", person.public_id(view));
    write_text(out, "name", name_of(view, person.record));
    write_flag(out, "known", person.is_known);
    out.key("identifiers");
    const size_t list = out.open_array();
    auto identities = by_strength(view, person);
    identities.resize(std::min(identities.size(), kSummaryIdentifiersMax));
    for (const PersonIdentity* identity : identities) {
        write_identifier(names.space(identity->node.space), identity->node.value, out);
    }
    out.close(list);
    out.key("matched");
    if (const auto match = matched_by(view, person, word)) {
        const size_t object = out.open_object();
        out.field("field", match->field);
        out.field("value", match->value);
        out.close(object);
    } else {
        out.null();
    }
    write_time(out, "first_seen", person.record.first_seen);
    write_time(out, "last_seen", person.record.last_seen);
    out.field("event_count", static_cast<int64_t>(person.record.event_count));
    out.close(mark);
}

void write_event(const Names& names, const sequence::StoredEvent& stored, DocWriter& out) {
    const model::EventView event = stored.event();
    const model::DocView body = event.doc();
    const size_t mark = out.open_object();
    out.field("position", model::format_position(stored.row.position));
    out.field("message_id", event.message_id());
    out.field("type", model::event_type_name(event.type()));
    out.field("name", event_title(event));
    write_time(out, "at", event.time());
    write_time(out, "received_at", event.received());
    write_time(out, "sent_at", event.sent());
    write_time(out, "original_at", event.original());
    out.field("source", names.source(event.source()));
    write_flag(out, "live", !event.is_history());
    write_text(out, "channel", body.at_path("context.channel").as_string());
    write_text(out, "transport", body.find("channel").as_string());
    out.key("identifiers");
    const size_t list = out.open_array();
    for (size_t i = 0; i < event.identifier_count(); ++i) {
        const model::IdentifierView identifier = event.identifier(i);
        // alias names its previous id twice, the second time in case it is a user id.
        if ((identifier.flags & model::kIdentifierPreviousUser) != 0) continue;
        write_identifier(names.space(identifier.space), identifier.value, out);
    }
    out.close(list);
    out.key("body");
    out.copy(body);
    out.close(mark);
}

void write_identifier(std::string_view space, std::string_view value, DocWriter& out) {
    const size_t mark = out.open_object();
    out.field("namespace", space);
    out.field("value", value);
    out.close(mark);
}

std::string_view event_title(const model::EventView& event) {
    return event.name().empty() ? model::event_type_name(event.type()) : event.name();
}

}  // namespace throughline::server

#include "model/identifier.h"

#include <algorithm>
#include <cstring>

namespace throughline::model {

namespace {

constexpr Micros kWeek = 7 * kDay;
constexpr Micros kYear = 365 * kDay;

std::optional<Normaliser> normaliser_named(std::string_view name) {
    if (name == "text") return Normaliser::Text;
    if (name == "email") return Normaliser::Email;
    if (name == "phone") return Normaliser::Phone;
    if (name == "case_folded") return Normaliser::CaseFolded;
    return {};
}

std::optional<Micros> window_named(std::string_view name) {
    if (name == "ever") return 0;
    if (name == "annually") return kYear;
    if (name == "monthly") return 30 * kDay;
    if (name == "weekly") return kWeek;
    return {};
}

Error bad_field(std::string_view key, std::string_view field, std::string_view what) {
    return Error::invalid("identity: namespaces." + std::string(key) + "." + std::string(field) +
                          ": " + std::string(what));
}

Status read_number(DocView spec, std::string_view key, std::string_view field, int& number) {
    const DocView value = spec.find(field);
    if (value.is_missing()) return Status::ok();
    const auto integer = value.as_integer();
    if (!integer || *integer < 1 || *integer > 1000) {
        return bad_field(key, field, "need a whole number from 1 to 1000");
    }
    number = static_cast<int>(*integer);
    return Status::ok();
}

Status apply_settings(DocView spec, Namespace& space) {
    TL_TRY(read_number(spec, space.key, "priority", space.priority));
    TL_TRY(read_number(spec, space.key, "limit", space.limit));
    space.person = spec.find("person").as_bool(space.person);
    space.immutable = spec.find("immutable").as_bool(space.immutable);
    space.switching = spec.find("switching").as_bool(space.switching);
    if (const DocView window = spec.find("window"); !window.is_missing()) {
        const auto named = window_named(window.as_string());
        if (!named) return bad_field(space.key, "window", "need ever, annually, monthly or weekly");
        space.window = *named;
    }
    if (const DocView name = spec.find("normaliser"); !name.is_missing()) {
        const auto named = normaliser_named(name.as_string());
        if (!named) {
            return bad_field(space.key, "normaliser", "need text, email, phone or case_folded");
        }
        space.normaliser = *named;
    }
    return Status::ok();
}

bool is_namespace_key(std::string_view key) {
    return !key.empty() && key.size() <= 64 && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

}  // namespace

Namespaces Namespaces::built_in() {
    Namespaces spaces;
    spaces.all_ = {
        {.id = kUserId,
         .key = "user_id",
         .priority = 1,
         .limit = 1,
         .person = true,
         .immutable = true},
        {.id = kEmail,
         .key = "email",
         .priority = 2,
         .window = kYear,
         .person = true,
         .normaliser = Normaliser::Email},
        {.id = kPhone,
         .key = "phone",
         .priority = 3,
         .window = kYear,
         .person = true,
         .normaliser = Normaliser::Phone},
        {.id = kLoyaltyCard, .key = "loyalty_card", .priority = 4, .window = kYear, .person = true},
        {.id = kAnonymousId,
         .key = "anonymous_id",
         .priority = 90,
         .limit = 100,
         .window = kWeek,
         .switching = true},
        {.id = kDeviceId, .key = "device_id", .priority = 50, .window = kWeek, .switching = true},
        {.id = kAdvertisingId,
         .key = "advertising_id",
         .priority = 60,
         .window = kWeek,
         .switching = true},
        {.id = kPushToken,
         .key = "push_token",
         .priority = 70,
         .limit = 10,
         .window = kWeek,
         .switching = true},
    };
    return spaces;
}

Result<Namespaces> Namespaces::from_settings(DocView settings) {
    Namespaces spaces = built_in();
    NamespaceId next = kNamespaceFirstCustom;
    for (const DocField& field : settings.find("namespaces").fields()) {
        if (!is_namespace_key(field.key)) {
            return bad_field(field.key, "key", "need 1 to 64 of a-z, 0-9 and _");
        }
        const auto known = std::ranges::find(spaces.all_, field.key, &Namespace::key);
        if (known != spaces.all_.end()) {
            TL_TRY(apply_settings(field.value, *known));
            continue;
        }
        const int64_t id = field.value.find("id").as_integer().value_or(next);
        if (id < kNamespaceFirstCustom || id > 254) {
            return Error::invalid("identity: namespaces: at most 223 of your own");
        }
        next = static_cast<NamespaceId>(std::max<int64_t>(next, id + 1));
        Namespace space{.id = static_cast<NamespaceId>(id), .key = std::string(field.key)};
        TL_TRY(apply_settings(field.value, space));
        spaces.all_.push_back(std::move(space));
    }
    return spaces;
}

const Namespace* Namespaces::find(NamespaceId id) const {
    const auto found = std::ranges::find(all_, id, &Namespace::id);
    return found == all_.end() ? nullptr : &*found;
}

const Namespace* Namespaces::find(std::string_view key) const {
    const auto found = std::ranges::find(all_, key, &Namespace::key);
    return found == all_.end() ? nullptr : &*found;
}

Key128 identifier_key(const SecretKey& secret, NamespaceId space, std::string_view value) {
    char room[256];  // Nearly every value: nothing is allocated.
    room[0] = static_cast<char>(space);
    if (value.size() < sizeof room) {
        std::memcpy(room + 1, value.data(), value.size());
        return keyed_hash(secret, {room, value.size() + 1});
    }
    std::string bytes(1, static_cast<char>(space));
    bytes += value;
    return keyed_hash(secret, bytes);
}

}  // namespace throughline::model

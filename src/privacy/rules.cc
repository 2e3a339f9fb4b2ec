#include "privacy/rules.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace throughline::privacy {

namespace {

using model::DocView;

constexpr Micros kAgeMax = 3660 * kDay;

bool is_absent(DocView value) {
    return value.is_missing() || value.is_null();
}

Status check_fields(DocView value, std::span<const std::string_view> known,
                    const std::string& area) {
    if (!value.is_object()) return Error::invalid(area + ": need an object");
    for (const model::DocField& field : value.fields()) {
        if (std::ranges::find(known, field.key) == known.end()) {
            return Error::invalid(area + ": " + std::string(field.key) + ": no such field");
        }
    }
    return Status::ok();
}

Result<bool> flag_of(DocView value, std::string_view key, const std::string& area) {
    const DocView flag = value.find(key);
    if (is_absent(flag)) return true;
    if (flag.type() != model::DocType::Bool) {
        return Error::invalid(area + ": " + std::string(key) + ": need true or false");
    }
    return flag.as_bool();
}

Result<Micros> length_of(DocView value, Micros most, const std::string& field) {
    const Error bad =
        Error::invalid(field + ": need a whole number with s, m, h, d, w or mo, up to " +
                       std::to_string(most / kDay) + "d");
    const std::string_view text = value.as_string();
    int64_t count = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
    const Micros length = unit == "s"    ? kSecond
                          : unit == "m"  ? kMinute
                          : unit == "h"  ? kHour
                          : unit == "d"  ? kDay
                          : unit == "w"  ? 7 * kDay
                          : unit == "mo" ? 30 * kDay
                                         : 0;
    if (problem != std::errc{} || count < 1 || length == 0 || count > most / length) return bad;
    return count * length;
}

Result<std::vector<Cap>> caps_of(DocView value, const std::string& area) {
    const DocView list = value.find("caps");
    std::vector<Cap> caps;
    if (is_absent(list)) return caps;
    if (!list.is_array()) return Error::invalid(area + ": caps: need a list");
    for (const DocView item : list.items()) {
        const std::string at = area + ": caps[" + std::to_string(caps.size()) + "]";
        if (caps.size() >= kCapsMax) return Error::invalid(area + ": caps: at most 5");
        constexpr std::string_view kKnown[] = {"messages", "within"};
        TL_TRY(check_fields(item, kKnown, at));
        const int64_t messages = item.find("messages").as_integer().value_or(0);
        if (messages < 1 || messages > kCapMessagesMax) {
            return Error::invalid(at + ".messages: need a whole number from 1 to 1000");
        }
        TL_TRY_ASSIGN(const Micros within,
                      length_of(item.find("within"), kCapWithinMax, at + ".within"));
        caps.push_back({static_cast<uint32_t>(messages), within});
    }
    return caps;
}

Result<std::vector<std::string>> categories_of(DocView list) {
    std::vector<std::string> categories;
    if (is_absent(list)) return categories;
    if (!list.is_array()) return Error::invalid("purpose: categories: need a list");
    for (const DocView item : list.items()) {
        const std::string_view name = item.as_string();
        if (name.empty() || name.size() > kKeyBytesMax || name == kEverything) {
            return Error::invalid("purpose: categories: need texts of 1 to 100 bytes, not *");
        }
        if (categories.size() >= kCategoriesMax) {
            return Error::invalid("purpose: categories: at most 50");
        }
        categories.emplace_back(name);
    }
    return categories;
}

}  // namespace

Result<Purpose> Purpose::from_doc(std::string_view key, DocView value) {
    Purpose purpose{.key = std::string(key), .categories = {}};
    if (const DocView basis = value.find("basis"); !is_absent(basis)) {
        const auto known = basis_named(basis.as_string());
        if (!known) {
            return Error::invalid(
                "purpose: basis: need consent, contract, legal_obligation, vital_interest, "
                "public_task or legitimate_interest");
        }
        purpose.basis = *known;
    }
    TL_TRY_ASSIGN(purpose.categories, categories_of(value.find("categories")));
    if (const DocView age = value.find("expires_after"); !is_absent(age)) {
        TL_TRY_ASSIGN(purpose.expires_after, length_of(age, kAgeMax, "purpose: expires_after"));
    }
    TL_TRY_ASSIGN(purpose.is_capped, flag_of(value, "capped", "purpose"));
    TL_TRY_ASSIGN(purpose.is_quiet, flag_of(value, "quiet", "purpose"));
    return purpose;
}

Result<Topic> Topic::from_doc(std::string_view key, DocView value) {
    Topic topic{.key = std::string(key),
                .purpose = std::string(value.find("purpose").as_string()),
                .caps = {}};
    if (topic.purpose.empty()) return Error::invalid("topic: purpose: need the key of a purpose");
    if (const DocView usual = value.find("default"); !is_absent(usual)) {
        topic.is_usually_on = usual.as_string() == "subscribed";
        if (!topic.is_usually_on && usual.as_string() != "unsubscribed") {
            return Error::invalid("topic: default: need subscribed or unsubscribed");
        }
    }
    TL_TRY_ASSIGN(topic.caps, caps_of(value, "topic"));
    return topic;
}

Result<Messaging> Messaging::from_doc(DocView value) {
    constexpr std::string_view kKnown[] = {"caps", "quiet_hours"};
    TL_TRY(check_fields(value, kKnown, "messaging"));
    Messaging messaging;
    TL_TRY_ASSIGN(messaging.caps, caps_of(value, "messaging"));
    const DocView quiet = value.find("quiet_hours");
    if (is_absent(quiet)) return messaging;
    constexpr std::string_view kTimes[] = {"from", "to"};
    TL_TRY(check_fields(quiet, kTimes, "messaging: quiet_hours"));
    const auto from = parse_time_of_day(quiet.find("from").as_string());
    const auto to = parse_time_of_day(quiet.find("to").as_string());
    if (!from || !to) {
        return Error::invalid("messaging: quiet_hours: need from and to, such as 21:00 and 09:00");
    }
    if (*from == *to) {
        return Error::invalid("messaging: quiet_hours: to: need another time than from");
    }
    messaging.quiet = {*from, *to};
    return messaging;
}

const Purpose* Rules::purpose(std::string_view key) const {
    const auto found = purposes.find(key);
    return found == purposes.end() ? nullptr : &found->second;
}

const Topic* Rules::topic(std::string_view key) const {
    const auto found = topics.find(key);
    return found == topics.end() ? nullptr : &found->second;
}

}  // namespace throughline::privacy

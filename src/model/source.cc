#include "model/source.h"

#include <algorithm>

namespace throughline::model {

namespace {

Error bad_field(std::string_view field, std::string_view what) {
    return Error::invalid("source: " + std::string(field) + ": " + std::string(what));
}

Status read_text(DocView value, std::string_view field, size_t size_max, std::string& text) {
    const DocView found = value.find(field);
    if (found.is_missing()) return Status::ok();
    if (!found.is_string() || found.as_string().size() > size_max) {
        return bad_field(field, "need text of at most " + std::to_string(size_max) + " bytes");
    }
    text = found.as_string();
    return Status::ok();
}

Status read_number(DocView value, std::string_view field, int64_t lowest, int64_t highest,
                   int64_t& number) {
    const DocView found = value.find(field);
    if (found.is_missing()) return Status::ok();
    const auto integer = found.as_integer();
    if (!integer || *integer < lowest || *integer > highest) {
        return bad_field(field, "need a whole number from " + std::to_string(lowest) + " to " +
                                    std::to_string(highest));
    }
    number = *integer;
    return Status::ok();
}

Status read_write_keys(DocView value, std::vector<WriteKey>& keys) {
    for (const DocView item : value.find("write_keys").items()) {
        const std::string_view key =
            item.is_object() ? item.find("key").as_string() : item.as_string();
        if (key.size() < 8 || key.size() > 128 || key.find_first_of(" \t\r\n") != key.npos) {
            return bad_field("write_keys", "need 8 to 128 characters without blanks");
        }
        WriteKey read{.key = std::string(key),
                      .id = std::string(item.find("id").as_string()),
                      .created_at = item.find("created_at").as_integer().value_or(0),
                      .created_by = std::string(item.find("created_by").as_string())};
        if (read.id.empty()) read.id = "k_" + std::to_string(keys.size() + 1);
        keys.push_back(std::move(read));
    }
    if (keys.size() > 2) return bad_field("write_keys", "at most 2 may live at a time");
    return Status::ok();
}

void write_write_key(DocWriter& out, const WriteKey& write_key) {
    const size_t mark = out.open_object();
    out.field("key", write_key.key);
    out.field("id", write_key.id);
    out.field("created_at", write_key.created_at);
    out.field("created_by", write_key.created_by);
    out.close(mark);
}

}  // namespace

bool is_definition_key(std::string_view key) {
    if (key == "." || key == "..") return false;  // No path of a URL ends in them.
    return !key.empty() && key.size() <= 64 && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

Result<Source> Source::from_doc(std::string_view key, DocView value) {
    if (!is_definition_key(key)) return bad_field("key", "need 1 to 64 of a-z, 0-9, -, _ and .");
    Source source{.key = std::string(key), .name = std::string(key)};
    int64_t id = 0;
    int64_t late_hours = source.late_after / kHour;
    auto bytes_max = static_cast<int64_t>(source.event_bytes_max);
    int64_t trust = source.trust;
    TL_TRY(read_number(value, "id", 0, 0xfffe, id));
    TL_TRY(read_number(value, "late_after_hours", 0, 24 * 365, late_hours));
    TL_TRY(read_number(value, "event_bytes_max", 1024, 1024 * 1024, bytes_max));
    TL_TRY(read_number(value, "trust", 0, 100, trust));
    TL_TRY(read_text(value, "name", 200, source.name));
    TL_TRY(read_text(value, "region", 2, source.region));
    TL_TRY(read_text(value, "party", 10, source.party));
    TL_TRY(read_text(value, "purpose", 100, source.purpose));
    TL_TRY(read_text(value, "mapping", 64, source.mapping));
    TL_TRY(read_write_keys(value, source.write_keys));
    if (source.party != "first" && source.party != "second" && source.party != "third") {
        return bad_field("party", "need first, second or third");
    }
    source.id = static_cast<SourceId>(id);
    source.late_after = late_hours * kHour;
    source.event_bytes_max = static_cast<size_t>(bytes_max);
    source.trust = static_cast<int>(trust);
    source.created_at = value.find("created_at").as_integer().value_or(0);
    source.enabled = value.find("enabled").as_bool(true);
    source.keep_ip = value.find("keep_ip").as_bool(false);
    source.may_alias_users = value.find("may_alias_users").as_bool(false);
    return source;
}

std::string Source::to_doc() const {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("id", static_cast<int64_t>(id));
    out.field("name", name);
    out.key("enabled");
    out.boolean(enabled);
    out.key("write_keys");
    const size_t keys = out.open_array();
    for (const WriteKey& write_key : write_keys) write_write_key(out, write_key);
    out.close(keys);
    out.key("keep_ip");
    out.boolean(keep_ip);
    out.field("late_after_hours", late_after / kHour);
    out.field("region", region);
    out.field("party", party);
    out.field("purpose", purpose);
    out.key("may_alias_users");
    out.boolean(may_alias_users);
    out.field("trust", static_cast<int64_t>(trust));
    out.field("mapping", mapping);
    out.field("event_bytes_max", static_cast<int64_t>(event_bytes_max));
    out.field("created_at", created_at);
    out.close(mark);
    return doc;
}

}  // namespace throughline::model

#include "query/question.h"

#include <algorithm>

#include "base/json_text.h"

namespace throughline::query {

using model::DocView;

namespace {

bool is_absent(DocView value) {
    return value.is_missing() || value.is_null();
}

}  // namespace

Result<bool> flag_of(DocView object, std::string_view key, const std::string& prefix) {
    const DocView value = object.find(key);
    if (is_absent(value)) return false;
    if (value.type() != model::DocType::Bool) {
        return Error::invalid(prefix + std::string(key) + ": must be true or false");
    }
    return value.as_bool();
}

Result<int64_t> integer_of(DocView object, std::string_view key, int64_t usual,
                           std::pair<int64_t, int64_t> range, const std::string& prefix) {
    const DocView value = object.find(key);
    if (is_absent(value)) return usual;
    const auto number = value.as_integer();
    if (!number || *number < range.first || *number > range.second) {
        return Error::invalid(prefix + std::string(key) + ": must be a whole number from " +
                              std::to_string(range.first) + " to " + std::to_string(range.second));
    }
    return *number;
}

Result<size_t> choice_of(DocView object, std::string_view key,
                         std::span<const std::string_view> words, const std::string& prefix) {
    TL_TRY_ASSIGN(const auto text, text_of(object, key, prefix));
    if (!text) return size_t{0};
    const auto found = std::find(words.begin(), words.end(), *text);
    if (found != words.end()) return static_cast<size_t>(found - words.begin());
    std::string all;
    for (const std::string_view word : words) all += " " + std::string(word);
    return Error::invalid(prefix + std::string(key) + ": must be one of" + all);
}

Result<Micros> duration_of(DocView object, std::string_view key, Micros usual,
                           const std::string& prefix) {
    TL_TRY_ASSIGN(const auto text, text_of(object, key, prefix));
    if (!text) return usual;
    return parse_duration(*text, prefix + std::string(key));
}

Result<Dimension> parse_dimension(DocView text, const std::string& field) {
    Dimension dimension;
    if (text.as_string() == "source") {
        dimension.kind = Dimension::Kind::Source;
    } else if (text.as_string() == "event") {
        dimension.kind = Dimension::Kind::Event;
    } else if (text.as_string() == "type") {
        dimension.kind = Dimension::Kind::Type;
    } else {
        TL_TRY_ASSIGN(dimension.property, PropertyPath::parse(text, field));
    }
    return dimension;
}

Result<Dimension> trait_dimension(DocView path, const std::string& field) {
    Dimension dimension{.kind = Dimension::Kind::Trait};
    TL_TRY_ASSIGN(dimension.trait, trait_path_of(path.as_string(), field));
    return dimension;
}

Result<Dimension> breakdown_dimension(DocView breakdown, const std::string& field) {
    const DocView trait = breakdown.find("trait");
    if (trait.is_missing()) {
        return parse_dimension(breakdown.find("property"), field + ".property");
    }
    if (!breakdown.find("property").is_missing()) {
        return Error::invalid(field + ".trait: stands beside property: name one of them");
    }
    return trait_dimension(trait, field + ".trait");
}

void append_meta_fields(std::string& out, const AnswerMeta& meta) {
    out += "\"from\":\"" + format_instant(meta.range.from) + "\",\"to\":\"" +
           format_instant(meta.range.to) + "\",\"timezone\":";
    append_json_string(out, meta.range.timezone);
    out += ",\"events_scanned\":" + std::to_string(meta.looked_at.rows) +
           ",\"profiles_scanned\":" + std::to_string(meta.looked_at.people) +
           ",\"profiles_scanned_known\":" + std::to_string(meta.looked_at.people_known) +
           ",\"elapsed_ms\":";
    append_json_number(out, static_cast<double>(meta.elapsed) / 1000.0);
    out += meta.known_only ? ",\"known\":true" : ",\"known\":false";
    append_known_at(out, meta.looked_at);
    if (meta.looked_at.values.is_limited()) out += ",\"limited\":true";
}

void append_known_at(std::string& out, const PassResult& looked_at) {
    if (!looked_at.known_at) return;
    const auto& [at, changed] = *looked_at.known_at;
    out += ",\"as_known_at\":\"" + format_instant(at) +
           "\",\"people_changed_since\":" + std::to_string(changed);
}

PeoplePage page_of(std::vector<uint32_t> roots, const PageRequest& page) {
    PeoplePage answer;
    answer.total = roots.size();
    if (page.after) std::erase_if(roots, [&](uint32_t root) { return root <= *page.after; });
    std::sort(roots.begin(), roots.end());
    answer.roots = std::move(roots);
    if (answer.roots.size() > page.limit) {
        answer.roots.resize(page.limit);
        if (page.limit > 0) answer.next = answer.roots.back();
    }
    return answer;
}

void append_ratio(std::string& out, uint64_t a, uint64_t b) {
    if (b == 0) {
        out += "null";
    } else {
        append_json_number(out, static_cast<double>(a) / static_cast<double>(b));
    }
}

}  // namespace throughline::query

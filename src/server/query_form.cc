#include "server/query_form.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr std::string_view kEveryEvent = "*";
constexpr std::string_view kOther = "(other)";
constexpr int64_t kBreakdownMost = 50;

Status write_breakdown(DocWriter& out, DocView breakdown) {
    if (!breakdown.is_object()) return Error::invalid("query: breakdown: must be an object");
    const std::string_view property = breakdown.find("property").as_string();
    const DocView trait = breakdown.find("trait");
    if (property.empty() == trait.is_missing()) {
        return Error::invalid(
            "query: breakdown.property: need source, event, channel or a property, or trait in its "
            "place");
    }
    const auto limit = breakdown.find("limit");
    const auto kept = limit.as_integer();
    if (!limit.is_missing() && !limit.is_null() && (!kept || *kept < 1 || *kept > kBreakdownMost)) {
        return Error::invalid("query: breakdown.limit: need a number from 1 to 50");
    }
    out.key("breakdown");
    const size_t mark = out.open_object();
    if (!trait.is_missing()) {
        out.key("trait");
        out.copy(trait);
    } else if (property == "source" || property == "event") {
        out.key(property);
        out.boolean(true);
    } else {
        out.field("property", property == "channel" ? "$.context.channel" : property);
    }
    out.close(mark);
    return Status::ok();
}

// Writes a series without the star, which `query` says by leaving the event out.
void write_series(DocWriter& out, DocView series) {
    const size_t mark = out.open_object();
    for (const model::DocField& field : series.fields()) {
        if (field.key == "event" && field.value.as_string() == kEveryEvent) continue;
        out.key(field.key);
        out.copy(field.value);
    }
    out.close(mark);
}

std::vector<DocView> list_of(DocView array) {
    std::vector<DocView> items;
    for (const DocView item : array.items()) items.push_back(item);
    return items;
}

// The lines of an answer, in the API's form.
class AnswerLines {
public:
    AnswerLines(DocView query, Micros now)
        : now_(now),
          has_breakdown_(query.find("breakdown").is_object()),
          kept_(query.find("breakdown").find("limit").as_integer().value_or(kBreakdownMost)) {
        for (const DocView series : query.find("series").items()) asked_.push_back(series);
    }

    void write(DocWriter& out, DocView lines) {
        const std::vector<DocView> all = list_of(lines);
        for (size_t begin = 0; begin < all.size();) {
            size_t end = begin + 1;
            const int64_t series = series_of(all[begin]);
            while (end < all.size() && series_of(all[end]) == series) ++end;
            write_group(out, {all.begin() + static_cast<std::ptrdiff_t>(begin),
                              all.begin() + static_cast<std::ptrdiff_t>(end)});
            begin = end;
        }
    }

private:
    static int64_t series_of(DocView line) { return line.find("series").as_integer().value_or(0); }

    // The lines of one series: the largest values; the rest of a sum over events as one more.
    void write_group(DocWriter& out, const std::vector<DocView>& lines) {
        const DocView asked = asked_[static_cast<size_t>(series_of(lines[0]))];
        const DocView measure = asked.find("measure");
        const bool adds_up = measure.is_missing() || measure.as_string() == "events" ||
                             measure.as_string() == "sessions";
        size_t kept = lines.size();
        if (adds_up && has_breakdown_) kept = std::min(kept, static_cast<size_t>(kept_));
        // A last line that is already the rest joins it.
        if (kept == lines.size() && kept > 1 && is_rest(lines.back()) && adds_up) --kept;
        for (size_t i = 0; i < kept; ++i) write_line(out, asked, lines[i]);
        if (kept < lines.size()) {
            write_rest(out, asked,
                       {lines.begin() + static_cast<std::ptrdiff_t>(kept), lines.end()});
        }
    }

    static bool is_rest(DocView line) { return line.find("other").as_bool(); }

    void write_names(DocWriter& out, DocView asked, std::string_view breakdown) {
        const DocView event = asked.find("event");
        const std::string_view name = event.is_string() ? event.as_string() : kEveryEvent;
        const DocView label = asked.find("label");
        out.field("label", label.is_string()    ? label.as_string()
                           : !breakdown.empty() ? breakdown
                                                : name);
        write_text(out, "breakdown", breakdown);
        out.field("event", name);
    }

    void write_line(DocWriter& out, DocView asked, DocView line) {
        const DocView value = line.find("breakdown");
        const bool is_other = is_rest(line);
        const size_t mark = out.open_object();
        write_names(out, asked, is_other ? kOther : value.as_string());
        for (const std::string_view extra : {"currency", "known_total", "ignored", "limited"}) {
            if (const DocView found = line.find(extra); !found.is_missing()) {
                out.key(extra);
                out.copy(found);
            }
        }
        out.key("total");
        out.copy(line.find("total"));
        out.key("points");
        const size_t points = out.open_array();
        for (const DocView point : line.find("points").items()) {
            const Micros at = parse_instant(point.find("at").as_string()).value_or(0);
            if (at > now_) break;
            const size_t one = out.open_object();
            out.field("at", point.find("at").as_string());
            out.key("value");
            out.copy(point.find("value"));
            std::optional<std::string_view> breakdown;
            if (value.is_string()) breakdown = value.as_string();
            if (!is_other) {
                out.field("people", std::string_view(cell_token(series_of(line), at, breakdown)));
            }
            out.close(one);
        }
        out.close(points);
        out.close(mark);
    }

    // Counts of events add up; the people of several values do not, so there is no token.
    void write_rest(DocWriter& out, DocView asked, const std::vector<DocView>& lines) {
        std::vector<std::pair<std::string, int64_t>> sums;
        int64_t total = 0;
        for (const DocView line : lines) {
            total += line.find("total").as_integer().value_or(0);
            size_t i = 0;
            for (const DocView point : line.find("points").items()) {
                if (i == sums.size()) sums.emplace_back(point.find("at").as_string(), 0);
                sums[i++].second += point.find("value").as_integer().value_or(0);
            }
        }
        const size_t mark = out.open_object();
        write_names(out, asked, kOther);
        out.field("total", total);
        out.key("points");
        const size_t points = out.open_array();
        for (const auto& [at, value] : sums) {
            if (parse_instant(at).value_or(0) > now_) break;
            const size_t one = out.open_object();
            out.field("at", at);
            out.field("value", value);
            out.close(one);
        }
        out.close(points);
        out.close(mark);
    }

    Micros now_;
    bool has_breakdown_;
    int64_t kept_;
    std::vector<DocView> asked_;
};

}  // namespace

Result<std::string> to_inner_query(DocView query) {
    if (!query.is_object()) return Error::invalid("query: must be an object");
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    for (const model::DocField& field : query.fields()) {
        if (field.value.is_null()) continue;
        if (field.key == "breakdown") {
            TL_TRY(write_breakdown(out, field.value));
        } else if (field.key == "series" && field.value.is_array()) {
            out.key("series");
            const size_t list = out.open_array();
            for (const DocView series : field.value.items()) {
                series.is_object() ? write_series(out, series) : out.copy(series);
            }
            out.close(list);
        } else {
            out.key(field.key);
            out.copy(field.value);
        }
    }
    out.close(mark);
    return doc;
}

std::string to_answer(DocView query, DocView inner, Micros now) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("kind", "trend");
    out.key("series");
    const size_t series = out.open_array();
    // A question about an earlier moment ends there.
    const auto known_at = parse_instant(inner.find("meta").find("as_known_at").as_string());
    AnswerLines(query, known_at.value_or(now)).write(out, inner.find("series"));
    out.close(series);
    out.key("meta");
    const size_t meta = out.open_object();
    for (const std::string_view name : {"from", "to", "interval"}) {
        out.key(name);
        out.copy(inner.find(name));
    }
    for (const model::DocField& field : inner.find("meta").fields()) {
        out.key(field.key);
        out.copy(field.value);
    }
    out.close(meta);
    if (const DocView previous = inner.find("previous"); previous.is_object()) {
        out.key("previous");
        out.copy(DocView(to_answer(query, previous, now)));
    }
    out.close(mark);
    return doc;
}

std::string cell_token(int64_t series, Micros at, std::optional<std::string_view> breakdown) {
    std::string token = "c_" + std::to_string(series) + "_" + std::to_string(at / kSecond);
    if (breakdown) token += "_" + std::string(*breakdown);
    return token;
}

Result<std::string> cell_of_token(std::string_view token) {
    const Error bad = Error::invalid("query: cell: need a token of an answer");
    if (!token.starts_with("c_")) return bad;
    const char* const end = token.data() + token.size();
    int64_t series = 0;
    const auto first = std::from_chars(token.data() + 2, end, series);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '_') return bad;
    int64_t seconds = 0;
    const auto second = std::from_chars(first.ptr + 1, end, seconds);
    if (second.ec != std::errc{}) return bad;
    if (second.ptr != end && *second.ptr != '_') return bad;
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("series", series);
    write_time(out, "at", seconds * kSecond);
    if (second.ptr != end) {
        out.field("breakdown",
                  std::string_view(second.ptr + 1, static_cast<size_t>(end - second.ptr) - 1));
    }
    out.close(mark);
    return doc;
}

}  // namespace throughline::server

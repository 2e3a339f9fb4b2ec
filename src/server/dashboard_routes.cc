#include "server/dashboard_routes.h"

#include <algorithm>
#include <array>
#include <set>

#include "query/question_fields.h"
#include "server/kept_definitions.h"
#include "server/question_check.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kDashboardsMax = 1000;
constexpr size_t kTilesMax = 40;
constexpr size_t kTitleBytesMax = 200;
constexpr int64_t kRefreshSecondsMin = 2;
constexpr int64_t kRefreshSecondsMax = 86'400;
constexpr int64_t kRefreshSecondsUsual = 10;
constexpr std::string_view kSizes[] = {"small", "medium", "large"};
constexpr std::string_view kSizeUsual = "medium";

bool is_absent(DocView value) {
    return value.is_missing() || value.is_null();
}

// One tile as it is kept. `at` names it in messages.
Status read_tile(DocView tile, const engine::Settings& settings, const std::string& at,
                 DocWriter& out) {
    constexpr std::array<std::string_view, 3> kKeys = {"question", "title", "size"};
    if (!tile.is_object()) return Error::invalid(at + ": need an object");
    TL_TRY(query::check_keys(tile, kKeys, at + "."));
    const std::string_view question = tile.find("question").as_string();
    if (settings.find("questions", question) == nullptr) {
        return Error::invalid(at + ".question: no question has this key");
    }
    const DocView title = tile.find("title");
    if (!is_absent(title) && (!title.is_string() || title.as_string().size() > kTitleBytesMax)) {
        return Error::invalid(at + ".title: need text of at most 200 bytes, or null");
    }
    const DocView size = tile.find("size");
    if (!is_absent(size) && std::ranges::find(kSizes, size.as_string()) == std::end(kSizes)) {
        return Error::invalid(at + ".size: need one of small medium large");
    }
    const size_t mark = out.open_object();
    out.field("question", question);
    write_text(out, "title", title.as_string());
    out.field("size", is_absent(size) ? kSizeUsual : size.as_string());
    out.close(mark);
    return Status::ok();
}

Status read_tiles(DocView tiles, const engine::Settings& settings, DocWriter& out) {
    if (!is_absent(tiles) && !tiles.is_array()) {
        return Error::invalid("dashboard: tiles: need a list");
    }
    out.key("tiles");
    const size_t list = out.open_array();
    std::set<std::string_view> seen;
    size_t count = 0;
    for (const DocView tile : tiles.items()) {
        const std::string at = "dashboard: tiles[" + std::to_string(count) + "]";
        if (++count > kTilesMax) return Error::invalid("dashboard: tiles: at most 40");
        TL_TRY(read_tile(tile, settings, at, out));
        if (!seen.insert(tile.find("question").as_string()).second) {
            return Error::invalid(at + ".question: it stands on this dashboard already");
        }
    }
    out.close(list);
    return Status::ok();
}

// Null: the dashboard is asked anew only when somebody says so.
Status read_refresh(DocView refresh, DocWriter& out) {
    if (refresh.is_null()) {
        write_null(out, "refresh_seconds");
        return Status::ok();
    }
    const auto seconds = refresh.is_missing() ? kRefreshSecondsUsual : refresh.as_integer();
    if (!seconds || *seconds < kRefreshSecondsMin || *seconds > kRefreshSecondsMax) {
        return Error::invalid(
            "dashboard: refresh_seconds: need a whole number from 2 to 86400, or null");
    }
    out.field("refresh_seconds", *seconds);
    return Status::ok();
}

Status read_dashboard(const App& app, DocView body, const engine::Settings& settings,
                      DocWriter& out) {
    const DocView range = body.find("range");
    if (is_absent(range)) {
        write_null(out, "range");
    } else {
        TL_TRY(check_range(range, {settings, app.clock.now()}, "dashboard: range"));
        out.key("range");
        const size_t mark = out.open_object();
        out.field("from", range.find("from").as_string());
        write_text(out, "to", range.find("to").as_string());
        out.close(mark);
    }
    TL_TRY(read_refresh(body.find("refresh_seconds"), out));
    return read_tiles(body.find("tiles"), settings, out);
}

void write_dashboard(const engine::Definition& definition, const engine::Settings&,
                     DocWriter& out) {
    const DocView value(definition.value);
    for (const std::string_view field : {"range", "refresh_seconds", "tiles"}) {
        out.key(field);
        out.copy(value.find(field));
    }
}

}  // namespace

void add_dashboard_routes(Router& router, App& app) {
    add_kept_routes(
        router, app,
        {.kind = "dashboards",
         .area = "dashboard",
         .most = kDashboardsMax,
         .read = [&app](DocView body, const engine::Settings& settings,
                        DocWriter& out) { return read_dashboard(app, body, settings, out); },
         .write = write_dashboard,
         .may_go = [](std::string_view, const engine::Settings&) { return Status::ok(); }});
}

}  // namespace throughline::server

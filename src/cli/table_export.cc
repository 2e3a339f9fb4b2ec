#include "cli/table_export.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/json_text.h"
#include "cli/api.h"
#include "cli/console.h"
#include "model/json.h"
#include "query/calendar.h"
#include "store/files.h"

namespace throughline::cli {

using model::DocView;
using model::DocWriter;

namespace {

constexpr std::string_view kTables[] = {"events", "sessions", "profiles"};
constexpr std::string_view kManifest = "export.json";
constexpr std::string_view kUnfinished = ".part";

/// What is asked for. Two exports with the same words are the same export.
struct Wish {
    std::string table;
    std::string format;
    std::string partition;
    std::string from;
    std::string to;
    std::string timezone;
    std::string columns;  // As given; empty: all.
    bool is_compressed = false;

    bool has_parts() const { return partition != "none"; }
    std::string suffix() const { return "." + format + (is_compressed ? ".gz" : ""); }
};

struct Part {
    std::string name;  // `events-2026-03`
    Micros from = 0;
    Micros to = 0;
};

struct Finished {
    std::string name;
    uint64_t rows = 0;  // None: there is no file.
    uint64_t bytes = 0;
};

/// DIR/export.json.
struct Manifest {
    Wish wish;
    Micros from = 0;  // What `from` and `to` meant when the export began; both 0: no range.
    Micros to = 0;
    std::vector<Finished> parts;

    const Finished* find(std::string_view name) const {
        const auto found = std::ranges::find(parts, name, &Finished::name);
        return found == parts.end() ? nullptr : &*found;
    }
};

void write_wish(DocWriter& out, const Wish& wish) {
    for (const auto& [key, text] :
         {std::pair{"table", &wish.table}, std::pair{"format", &wish.format},
          std::pair{"partition", &wish.partition}, std::pair{"from", &wish.from},
          std::pair{"to", &wish.to}, std::pair{"timezone", &wish.timezone},
          std::pair{"columns", &wish.columns}}) {
        out.field(key, std::string_view(*text));
    }
    out.key("gzip");
    out.boolean(wish.is_compressed);
}

std::string manifest_json(const Manifest& manifest) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.key("export");
    const size_t wish = out.open_object();
    write_wish(out, manifest.wish);
    out.close(wish);
    if (manifest.to != 0) {
        out.field("begins", std::string_view(format_instant_exact(manifest.from)));
        out.field("ends", std::string_view(format_instant_exact(manifest.to)));
    }
    out.key("parts");
    const size_t list = out.open_array();
    for (const Finished& part : manifest.parts) {
        const size_t one = out.open_object();
        out.field("name", std::string_view(part.name));
        if (part.rows > 0) out.field("file", part.name + manifest.wish.suffix());
        out.field("rows", static_cast<int64_t>(part.rows));
        out.field("bytes", static_cast<int64_t>(part.bytes));
        out.close(one);
    }
    out.close(list);
    out.close(mark);
    return model::to_pretty_json(DocView(doc)) + "\n";
}

Result<Wish> wish_of(const Arguments& arguments) {
    Wish wish{.table = arguments.operands()[0],
              .format = arguments.text("format"),
              .partition = arguments.text("partition"),
              .from = arguments.text("from"),
              .to = arguments.text("to"),
              .timezone = arguments.text("timezone"),
              .columns = arguments.text("columns"),
              .is_compressed = arguments.has("gzip")};
    if (wish.format != "parquet" && wish.format != "csv" && wish.format != "jsonl") {
        return usage_error("--format: need parquet, csv or jsonl");
    }
    if (wish.is_compressed && wish.format == "parquet") {
        return usage_error("--gzip: Parquet is compressed anyway");
    }
    if (wish.table == "profiles") {
        if (!wish.from.empty() || !wish.to.empty()) {
            return usage_error("--from, --to: profiles have no time");
        }
        wish.partition = "none";
    }
    if (wish.partition != "none" && wish.partition != "day" && wish.partition != "month") {
        return usage_error("--partition: need month, day or none");
    }
    return wish;
}

std::string path_in(const Arguments& arguments, std::string_view name) {
    return store::join_path(arguments.text("out"), name);
}

uint64_t count_at(DocView object, std::string_view key) {
    return static_cast<uint64_t>(object.find(key).as_integer().value_or(0));
}

// The manifest of an export that was begun; nothing if there is none.
// Errors: Conflict when it is of another export.
Result<std::optional<Manifest>> read_manifest(const Arguments& arguments, const Wish& wish) {
    const std::string path = path_in(arguments, kManifest);
    TL_TRY_ASSIGN(const bool is_there, store::file_exists(store::posix_files(), path));
    if (!is_there) return std::optional<Manifest>();
    TL_TRY_ASSIGN(const std::string text, store::read_file(store::posix_files(), path));
    const auto doc = model::doc_from_json(text);
    if (!doc) return Error::corrupt("export: " + path + ": " + doc.error().message);
    std::string wanted;
    DocWriter out(wanted);
    const size_t mark = out.open_object();
    write_wish(out, wish);
    out.close(mark);
    if (model::to_json(DocView(wanted)) != model::to_json(DocView(*doc).find("export"))) {
        return Error::conflict("export: " + arguments.text("out") +
                               ": holds another export: take its options, or an empty directory");
    }
    Manifest manifest{.wish = wish};
    manifest.from = parse_instant(DocView(*doc).find("begins").as_string()).value_or(0);
    manifest.to = parse_instant(DocView(*doc).find("ends").as_string()).value_or(0);
    for (const DocView part : DocView(*doc).find("parts").items()) {
        manifest.parts.push_back({std::string(part.find("name").as_string()),
                                  count_at(part, "rows"), count_at(part, "bytes")});
    }
    return std::optional<Manifest>(std::move(manifest));
}

Status write_manifest(const Arguments& arguments, const Manifest& manifest) {
    return store::replace_file(store::posix_files(), path_in(arguments, kManifest),
                               manifest_json(manifest));
}

// Finds out what a range means now, and between which instants there is anything. Sessions begin
// with an event: asked for themselves, all of them would have to be made first.
Status find_range(Api& api, Manifest& manifest) {
    const Wish& wish = manifest.wish;
    std::string body =
        R"({"kind":"sql","sql":"SELECT min(time), max(time) FROM events","timezone":)";
    append_json_string(body, wish.timezone);
    for (const auto& [key, text] : {std::pair{"from", &wish.from}, std::pair{"to", &wish.to}}) {
        if (text->empty()) continue;
        body += std::string(",\"") + key + "\":";
        append_json_string(body, *text);
    }
    TL_TRY_ASSIGN(const std::string answer, api.post("/api/query", body + "}"));
    TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(answer));
    std::vector<Micros> ends;
    for (const DocView row : DocView(doc).find("rows").items()) {
        for (const DocView end : row.items()) {
            if (const auto at = parse_instant(end.as_string())) ends.push_back(*at);
        }
    }
    if (ends.size() != 2) return Status::ok();  // Nothing is there.
    manifest.from = ends[0];
    manifest.to = ends[1] + 1;
    return Status::ok();
}

std::string date_of(const query::Zone& zone, Micros at, bool with_day) {
    const std::string date = format_instant(zone.day_of(at) * kDay);
    return date.substr(0, with_day ? 10 : 7);
}

Result<std::vector<Part>> parts_of(const Manifest& manifest) {
    const Wish& wish = manifest.wish;
    if (wish.table == "profiles") return std::vector<Part>{{.name = wish.table}};
    if (manifest.to == 0) return std::vector<Part>();
    if (!wish.has_parts()) return std::vector<Part>{{wish.table, manifest.from, manifest.to}};
    TL_TRY_ASSIGN(const query::Zone zone, query::Zone::find(wish.timezone));
    const bool by_day = wish.partition == "day";
    TL_TRY_ASSIGN(const std::vector<Micros> begins,
                  zone.intervals(manifest.from, manifest.to,
                                 by_day ? query::Interval::Day : query::Interval::Month));
    std::vector<Part> parts;
    for (size_t i = 0; i < begins.size(); ++i) {
        const Micros end = i + 1 < begins.size() ? begins[i + 1] : manifest.to;
        parts.push_back({wish.table + "-" + date_of(zone, begins[i], by_day),
                         std::max(begins[i], manifest.from), end});
    }
    return parts;
}

std::string request_for(const Wish& wish, const Part& part) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("table", std::string_view(wish.table));
    out.field("format", std::string_view(wish.format));
    out.key("gzip");
    out.boolean(wish.is_compressed);
    if (wish.table != "profiles") {
        out.field("from", std::string_view(format_instant_exact(part.from)));
        out.field("to", std::string_view(format_instant_exact(part.to)));
    }
    if (!wish.columns.empty()) {
        out.key("columns");
        const size_t list = out.open_array();
        std::string_view rest = wish.columns;
        while (!rest.empty()) {
            const size_t comma = std::min(rest.find(','), rest.size());
            out.string(rest.substr(0, comma));
            rest.remove_prefix(std::min(rest.size(), comma + 1));
        }
        out.close(list);
    }
    out.close(mark);
    return model::to_json(DocView(doc));
}

// Fetches a made file to its place, which holds nothing or all of it.
Status fetch(Api& api, const std::string& id, uint64_t bytes, const std::string& path) {
    store::Files& files = store::posix_files();
    const std::string unfinished = path + std::string(kUnfinished);
    TL_TRY_ASSIGN(const auto file, files.open(unfinished, store::OpenMode::Fresh));
    for (uint64_t at = 0; at < bytes;) {
        TL_TRY_ASSIGN(const std::string piece,
                      api.get("/api/exports/" + id + "/data?offset=" + std::to_string(at)));
        if (piece.empty()) return Error::unavailable("export: a part ended too early");
        TL_TRY(file->write_at(at, piece));
        at += piece.size();
    }
    TL_TRY(file->sync());
    TL_TRY(files.rename(unfinished, path));
    return files.sync_directory(store::parent_path(path));
}

// The server makes one file at a time, and goes on for a while with that of a command that was
// killed: so this waits for its turn.
Result<std::string> make_file(Api& api, const std::string& request) {
    constexpr auto kPause = std::chrono::seconds(1);
    Progress line(system_clock());
    while (true) {
        auto answer = api.post("/api/exports", request);
        if (answer || answer.error().code != Code::Conflict) return answer;
        if (line.is_due()) line.show("waits for another export");
        std::this_thread::sleep_for(kPause);
    }
}

Result<Finished> export_part(Api& api, const Wish& wish, const Part& part,
                             const std::string& path) {
    TL_TRY_ASSIGN(const std::string answer, make_file(api, request_for(wish, part)));
    TL_TRY_ASSIGN(const std::string doc, model::doc_from_json(answer));
    const std::string id(DocView(doc).find("id").as_string());
    Finished made{part.name, count_at(DocView(doc), "rows"), count_at(DocView(doc), "bytes")};
    if (made.rows == 0) made.bytes = 0;
    const Status fetched = made.rows > 0 ? fetch(api, id, made.bytes, path) : Status::ok();
    TL_TRY(api.call("DELETE", "/api/exports/" + id, {}));
    TL_TRY(fetched);
    return made;
}

// Whether a part that is noted still stands where it was put.
Result<bool> is_still_there(const Finished& part, const std::string& path) {
    if (part.rows == 0) return true;
    const auto stat = store::posix_files().stat(path);
    if (stat) return stat->size == part.bytes;
    if (stat.error().code == Code::NotFound) return false;
    return stat.error();
}

Status export_parts(Api& api, const Arguments& arguments, Manifest& manifest) {
    TL_TRY_ASSIGN(const std::vector<Part> parts, parts_of(manifest));
    Progress line(system_clock());
    for (size_t i = 0; i < parts.size(); ++i) {
        const std::string path = path_in(arguments, parts[i].name + manifest.wish.suffix());
        if (const Finished* known = manifest.find(parts[i].name)) {
            TL_TRY_ASSIGN(const bool is_there, is_still_there(*known, path));
            if (is_there) continue;
            std::erase_if(manifest.parts,
                          [&](const Finished& part) { return part.name == parts[i].name; });
        }
        if (line.is_due()) {
            line.show(parts[i].name + ": part " + std::to_string(i + 1) + " of " +
                      std::to_string(parts.size()));
        }
        TL_TRY_ASSIGN(Finished made, export_part(api, manifest.wish, parts[i], path));
        manifest.parts.push_back(std::move(made));
        TL_TRY(write_manifest(arguments, manifest));
    }
    return Status::ok();
}

void report(const Arguments& arguments, const Manifest& manifest) {
    uint64_t rows = 0;
    uint64_t bytes = 0;
    size_t files = 0;
    for (const Finished& part : manifest.parts) {
        rows += part.rows;
        bytes += part.bytes;
        files += part.rows > 0;
    }
    if (!arguments.has("json")) {
        print(with_commas(rows) + " " + manifest.wish.table + " in " + with_commas(files) +
              (files == 1 ? " file, " : " files, ") + readable_bytes(bytes) + ", in " +
              arguments.text("out") + "\n");
        return;
    }
    const auto doc = model::doc_from_json(manifest_json(manifest));
    print_json(DocView(*doc));
}

}  // namespace

bool is_table(std::string_view operand) {
    return std::ranges::find(kTables, operand) != std::end(kTables);
}

Result<Exit> run_table_export(const Arguments& arguments) {
    if (!arguments.has("out")) return usage_error("--out: name a directory for the files");
    TL_TRY_ASSIGN(const Wish wish, wish_of(arguments));
    TL_TRY(query::Zone::find(wish.timezone));
    TL_TRY(store::make_directories(store::posix_files(), arguments.text("out")));
    TL_TRY_ASSIGN(std::optional<Manifest> manifest, read_manifest(arguments, wish));
    TL_TRY_ASSIGN(const auto api, open_api(arguments));
    if (!manifest) {
        manifest = Manifest{.wish = wish};
        if (wish.table != "profiles") TL_TRY(find_range(*api, *manifest));
        TL_TRY(write_manifest(arguments, *manifest));
    }
    TL_TRY(export_parts(*api, arguments, *manifest));
    report(arguments, *manifest);
    return Exit::Done;
}

}  // namespace throughline::cli

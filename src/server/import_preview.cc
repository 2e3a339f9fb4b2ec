#include "server/import_preview.h"

#include "ingest/byte_source.h"
#include "ingest/csv.h"
#include "ingest/rows.h"
#include "server/verdicts.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kShown = 20;
constexpr size_t kRawShownMax = 4096;

bool starts_with(std::string_view bytes, std::string_view prefix) {
    return bytes.starts_with(prefix);
}

bool is_compressed(std::string_view bytes) {
    return starts_with(bytes, "\x1f\x8b") || starts_with(bytes, "\x28\xb5\x2f\xfd");
}

std::string_view encoding_of(std::string_view bytes) {
    if (starts_with(bytes, "\xff\xfe")) return "utf-16le";
    if (starts_with(bytes, "\xfe\xff")) return "utf-16be";
    return "utf-8";
}

// Takes the unfinished last row off the beginning of a file.
void cut_last_row(std::string& bytes) {
    if (is_compressed(bytes)) return;
    const bool has_line_feeds = bytes.find('\n') != std::string::npos;
    const size_t end = bytes.rfind(has_line_feeds ? '\n' : '\r');
    if (end == std::string::npos) return;
    const bool is_little = encoding_of(bytes) == "utf-16le";
    bytes.resize(std::min(bytes.size(), end + (is_little ? 2 : 1)));
}

/// What is found on the way through the rows.
struct Found {
    std::string format = "csv";
    std::string delimiter;
    std::vector<std::string> columns;
    uint64_t rows = 0;
    uint64_t accepted = 0;
    uint64_t rejected = 0;
    std::vector<std::string> events;   // Packed, at most kShown.
    std::vector<std::string> rejects;  // Packed, at most kShown.
};

std::string event_doc(uint64_t line, const model::EventView& event,
                      const model::Namespaces& spaces) {
    const std::string_view type = model::event_type_name(event.type());
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, "line", line);
    out.field("type", type);
    out.field("name", event.name().empty() ? type : event.name());
    write_time(out, "at", event.time());
    out.field("message_id", event.message_id());
    out.key("identifiers");
    const size_t list = out.open_array();
    for (size_t i = 0; i < event.identifier_count(); ++i) {
        const model::IdentifierView identifier = event.identifier(i);
        const model::Namespace* space = spaces.find(identifier.space);
        const size_t one = out.open_object();
        out.field("namespace", space != nullptr ? std::string_view(space->key) : "");
        out.field("value", identifier.value);
        out.close(one);
    }
    out.close(list);
    for (const std::string_view part : {"properties", "traits"}) {
        const DocView value = event.doc().find(part);
        out.key(part);
        value.is_object() ? out.copy(value) : out.close(out.open_object());
    }
    out.close(mark);
    return doc;
}

class Preview {
public:
    explicit Preview(const PreviewRequest& request)
        : request_(request), run_(request.mapping, *request.context.secret) {
        facts_.source = &request.source;
        facts_.path = "import";
        facts_.received = request.now;
        facts_.flags = model::kEventHistory | model::kEventImported;
        facts_.any_identifier_will_do = true;
    }

    Status read(ingest::RowReader& rows) {
        ingest::Row row;
        while (true) {
            const auto has_row = rows.next(row);
            // The beginning of a compressed file ends in the middle: what came before is shown.
            if (!has_row && !request_.is_whole_file && found_.rows > 0) return Status::ok();
            TL_TRY(has_row);
            if (!*has_row) return Status::ok();
            if (++found_.rows == 1) TL_TRY(look_at_first(row));
            add(row);
        }
    }

    const Found& found() const { return found_; }

private:
    Status look_at_first(const ingest::Row& row) {
        if (!row.doc.is_missing()) {
            found_.format = "jsonl";
            return Status::ok();
        }
        found_.columns.assign(row.columns.begin(), row.columns.end());
        found_.delimiter = ingest::find_dialect(row.raw, request_.mapping.shape()).delimiter;
        return run_.use_columns(row.columns);
    }

    void add(const ingest::Row& row) {
        facts_.index = static_cast<uint32_t>(found_.rows);
        run_.apply(row, mapped_);
        if (!mapped_.problem.empty()) return refuse(row, "row_refused", mapped_.problem);
        for (const std::string& event : mapped_.events) {
            batch_.clear();
            encoder_.append(request_.context, facts_, DocView(event), batch_);
            if (!batch_.refused.empty()) {
                refuse(row, batch_.refused[0].code, batch_.refused[0].message);
                continue;
            }
            ++found_.accepted;
            if (found_.events.size() == kShown) continue;
            found_.events.push_back(
                event_doc(row.line, model::EventView(batch_.record(0)), *request_.context.spaces));
        }
    }

    void refuse(const ingest::Row& row, std::string_view code, std::string_view message) {
        ++found_.rejected;
        if (found_.rejects.size() == kShown) return;
        std::string doc;
        DocWriter out(doc);
        const size_t mark = out.open_object();
        write_count(out, "line", row.line);
        out.field("code", code);
        out.field("message", message);
        out.field("raw", std::string_view(as_utf8(row.raw, kRawShownMax)));
        out.close(mark);
        found_.rejects.push_back(std::move(doc));
    }

    const PreviewRequest& request_;
    ingest::MappingRun run_;
    ingest::EventEncoder encoder_;
    ingest::EventFacts facts_;
    ingest::MappedRow mapped_;
    ingest::RecordBatch batch_;
    Found found_;
};

void write_list(DocWriter& out, std::string_view name, const std::vector<std::string>& docs) {
    out.key(name);
    const size_t list = out.open_array();
    for (const std::string& doc : docs) out.copy(DocView(doc));
    out.close(list);
}

}  // namespace

Result<std::string> preview_import(const PreviewRequest& request, std::string bytes) {
    const std::string_view encoding = encoding_of(bytes);
    if (!request.is_whole_file) cut_last_row(bytes);
    TL_TRY_ASSIGN(auto source, ingest::open_bytes(std::move(bytes)));
    TL_TRY_ASSIGN(const auto rows, ingest::open_rows(std::move(source), request.mapping.shape()));
    Preview preview(request);
    TL_TRY(preview.read(*rows));
    const Found& found = preview.found();
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("format", found.format);
    out.field("encoding", encoding);
    write_text(out, "delimiter", found.delimiter);
    out.key("columns");
    const size_t columns = out.open_array();
    for (const std::string& column : found.columns) out.string(column);
    out.close(columns);
    write_count(out, "rows_read", found.rows);
    write_list(out, "events", found.events);
    write_count(out, "accepted", found.accepted);
    write_count(out, "rejected", found.rejected);
    write_list(out, "rejects", found.rejects);
    write_flag(out, "whole_file", request.is_whole_file);
    out.close(mark);
    return doc;
}

}  // namespace throughline::server

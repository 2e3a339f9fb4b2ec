#include "server/item_upload.h"

#include <algorithm>

#include "ingest/mapping.h"
#include "ingest/rows.h"
#include "server/catalog_routes.h"
#include "server/write_fields.h"

namespace throughline::server {

using catalog::Form;
using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kRecordsAtOnce = 1'000;

// The cells of a row as an object of texts.
std::string doc_of_row(const ingest::Row& row) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    for (size_t i = 0; i < row.columns.size() && i < row.cells.size(); ++i) {
        out.field(row.columns[i], row.cells[i]);
    }
    out.close(mark);
    return doc;
}

// The item as it stands, null for one that is gone.
Status write_now(const engine::View& view, const catalog::Type& type, std::string_view id,
                 DocWriter& out) {
    TL_TRY_ASSIGN(const auto item, engine::find_item(view, type.key(), id));
    out.key("now");
    if (item) return write_item(view, type, *item, out);
    out.null();
    return Status::ok();
}

Error too_many() {
    return Error::invalid("item: body: at most " + std::to_string(kItemsMax) +
                          " items in one request");
}

}  // namespace

std::string item_record(std::string_view actor, std::string_view type_key,
                        const catalog::Update& update) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("action", std::string_view("item"));
    out.field("actor", actor);
    out.field("catalog", type_key);
    catalog::write_update(out, update);
    out.close(mark);
    return model::make_record(model::RecordKind::Decision, doc);
}

void ItemUpload::refuse(const Place& place, std::string_view code, std::string message) {
    ++refused_;
    if (refusals_.size() == kRefusalsListed) return;
    refusals_.push_back({place.index, place.line, place.id, std::string(code), std::move(message)});
}

Status ItemUpload::add(const ItemReading& reading, DocView sent, uint64_t line, Form form) {
    if (count_ == kItemsMax) return too_many();
    const size_t index = count_++;
    auto update = read_update(reading.type, sent, form);
    if (!update) {
        const std::string id = sent.find(reading.type.id_field()).as_text().value_or("");
        refuse({index, line, id.size() <= catalog::kIdBytesMax ? id : ""},
               code_name(update.error().code), update.error().message);
        return Status::ok();
    }
    update->rest = reading.rest;
    update->is_history = update->is_history || reading.is_history;
    records_.push_back(item_record(reading.actor, reading.type.key(), *update));
    places_.push_back({index, line, std::move(update->id)});
    return Status::ok();
}

Result<ItemUpload> ItemUpload::of_json(const ItemReading& reading, DocView body) {
    ItemUpload upload;
    if (body.is_object()) {
        TL_TRY(upload.add(reading, body, 0, Form::Json));
        return upload;
    }
    if (!body.is_array()) return Error::invalid("item: body: need an item, or a list of items");
    for (const DocView sent : body.items()) TL_TRY(upload.add(reading, sent, 0, Form::Json));
    return upload;
}

Result<ItemUpload> ItemUpload::of_text(const ItemReading& reading, std::string body, bool is_csv) {
    TL_TRY_ASSIGN(auto source, ingest::open_bytes(std::move(body)));
    ingest::FileShape shape;
    shape.kind = is_csv ? "csv" : "jsonl";
    TL_TRY_ASSIGN(const auto rows, ingest::open_rows(std::move(source), shape));
    ItemUpload upload;
    ingest::Row row;
    while (true) {
        TL_TRY_ASSIGN(const bool has_row, rows->next(row));
        if (!has_row) return upload;
        if (!row.problem.empty()) {
            if (upload.count_ == kItemsMax) return too_many();
            upload.refuse({upload.count_++, row.line, ""}, "invalid_argument",
                          "item: " + std::string(row.problem));
            continue;
        }
        const std::string cells = is_csv ? doc_of_row(row) : "";
        TL_TRY(upload.add(reading, is_csv ? DocView(cells) : row.doc, row.line,
                          is_csv ? Form::Text : Form::Json));
    }
}

Status ItemUpload::send(engine::Engine& engine) {
    for (size_t from = 0; from < records_.size(); from += kRecordsAtOnce) {
        TL_TRY(send_some(engine, from, std::min(kRecordsAtOnce, records_.size() - from)));
    }
    return Status::ok();
}

Status ItemUpload::send_some(engine::Engine& engine, size_t from, size_t count) {
    engine::Submission submission;
    std::string bytes;
    for (size_t i = from; i < from + count; ++i) {
        bytes += records_[i];
        submission.ends.push_back(static_cast<uint32_t>(bytes.size()));
    }
    submission.bytes = std::make_shared<const std::string>(std::move(bytes));
    const engine::Outcome outcome = engine.submit_and_wait(std::move(submission));
    TL_TRY(outcome.status);
    position_ = outcome.position;
    unchanged_ += outcome.duplicates.size();
    accepted_ += count - outcome.duplicates.size() - outcome.refused.size();
    for (const engine::LateRefusal& one : outcome.refused) {
        if (one.code == "older") {
            ++older_;
        } else {
            refuse(places_[from + one.index], one.code, one.message);
        }
    }
    return Status::ok();
}

Result<std::string> ItemUpload::answer(const engine::View& view, const catalog::Type& type) const {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    write_count(out, "accepted", accepted_);
    write_count(out, "unchanged", unchanged_);
    write_count(out, "older", older_);
    write_count(out, "rejected_count", refused_);
    out.key("rejected");
    const size_t list = out.open_array();
    std::vector<ItemRefusal> sorted = refusals_;
    std::ranges::stable_sort(sorted, {}, &ItemRefusal::index);
    for (const ItemRefusal& one : sorted) {
        const size_t object = out.open_object();
        write_count(out, "index", one.index);
        if (one.line > 0) write_count(out, "line", one.line);
        write_text(out, "id", one.id);
        out.field("code", one.code);
        out.field("message", one.message);
        if (one.code == code_name(Code::Conflict)) TL_TRY(write_now(view, type, one.id, out));
        out.close(object);
    }
    out.close(list);
    write_text(out, "position", records_.empty() ? "" : model::format_position(position_));
    out.close(mark);
    return doc;
}

}  // namespace throughline::server

// Types of items and what is said of items, from outside: a definition, a list, lines, a table, the
// stored form. What is taken is bounded, reads back as it was written, and changes an item only as
// far as the item can be written and read again.
//
// The first byte says what the rest is.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "catalog/change.h"
#include "catalog/shipped.h"
#include "ingest/mapping.h"
#include "ingest/rows.h"
#include "model/json.h"

using namespace throughline;

namespace {

catalog::Type type_from(std::string_view json) {
    const auto doc = model::doc_from_json(json);
    TL_ASSERT(doc);
    auto type =
        catalog::Type::from_doc("order", model::DocView(*doc), model::Namespaces::built_in());
    TL_ASSERT(type);
    return *std::move(type);
}

const catalog::Type& order_type() {
    static const catalog::Type type = type_from(catalog::shipped_type("order"));
    return type;
}

template <typename T>
bool was_taken(const Result<T>& read) {
    TL_ASSERT(read || (read.error().code != Code::Corrupt && !read.error().message.empty()));
    return read.is_ok();
}

void check_record(const catalog::Update& update) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    write_update(out, update);
    out.close(mark);
    const auto back = catalog::update_of(model::DocView(doc));
    TL_ASSERT(back && *back == update);
}

// What is sent of an item, one after the other.
struct Sent {
    const catalog::Type& type;
    std::optional<catalog::Item> item = {};
    Micros now = 1'700'000'000 * kSecond;

    void take(model::DocView sent, catalog::Form form) {
        const auto update = read_update(type, sent, form);
        if (!was_taken(update)) return;
        TL_ASSERT(!update->id.empty() && update->id.size() <= catalog::kIdBytesMax);
        TL_ASSERT(update->fields.size() <= catalog::kItemBytesMax);
        check_record(*update);
        now += kSecond;
        const auto change = change_of(type, item, *update, now);
        if (!was_taken(change)) return;
        if (change->verdict == catalog::Verdict::Older) return;
        if (change->verdict == catalog::Verdict::Removed) return item.reset();
        item = change->item;
        TL_ASSERT(item->updated_at <= now && item->visits.size() <= catalog::kVisitsMax);
        const auto back = catalog::Item::decode(item->encode());
        TL_ASSERT(back && *back == *item);
        TL_ASSERT(model::is_doc(item_document(type, *item)));
        TL_ASSERT(model::is_doc(changed_properties(type, *item, "placed")));
    }
};

void check_rows(std::string_view bytes, const char* kind) {
    auto source = ingest::open_bytes(std::string(bytes));
    if (!source) return;
    ingest::FileShape shape;
    shape.kind = kind;
    const auto rows = ingest::open_rows(std::move(*source), shape);
    if (!rows) return;
    Sent sent{order_type()};
    ingest::Row row;
    while (true) {
        const auto has_row = (*rows)->next(row);
        if (!has_row || !*has_row) return;
        if (!row.problem.empty()) continue;
        std::string cells;
        model::DocWriter out(cells);
        const size_t mark = out.open_object();
        for (size_t i = 0; i < row.columns.size() && i < row.cells.size(); ++i) {
            out.field(row.columns[i], row.cells[i]);
        }
        out.close(mark);
        const bool is_cells = row.doc.is_missing();
        sent.take(is_cells ? model::DocView(cells) : row.doc,
                  is_cells ? catalog::Form::Text : catalog::Form::Json);
    }
}

// A definition, and beside it the items that it is tried on.
void check_definition(std::string_view json) {
    const auto doc = model::doc_from_json(json);
    if (!doc) return;
    const model::DocView value(*doc);
    const auto type = catalog::Type::from_doc("t", value, model::Namespaces::built_in());
    if (!was_taken(type)) return;
    TL_ASSERT(type->fields().size() <= catalog::kFieldsMax);
    TL_ASSERT(type->may_become(*type));
    Sent sent{*type};
    for (const model::DocView item : value.find("items").items()) {
        sent.take(item, catalog::Form::Json);
        sent.take(item, catalog::Form::Text);
    }
}

void check_list(std::string_view json) {
    const auto doc = model::doc_from_json(json);
    if (!doc) return;
    Sent sent{order_type()};
    for (const model::DocView item : model::DocView(*doc).items()) {
        sent.take(item, catalog::Form::Json);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 5) {
        case 0:
            check_definition(bytes);
            break;
        case 1:
            check_list(bytes);
            break;
        case 2:
            check_rows(bytes, "csv");
            break;
        case 3:
            check_rows(bytes, "jsonl");
            break;
        default:
            if (const auto item = catalog::Item::decode(bytes)) {
                const auto back = catalog::Item::decode(item->encode());
                TL_ASSERT(back && *back == *item);
            }
    }
    return 0;
}

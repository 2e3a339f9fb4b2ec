#include "catalog/item.h"

#include "base/bytes.h"

namespace throughline::catalog {

namespace {

using model::DocView;
using model::DocWriter;

constexpr uint8_t kVersion = 1;

// State and due time under their own names, where they come from fields of other names.
void write_roles(DocWriter& out, const Type& type, const Item& item) {
    if (type.state() && type.state()->field != "state" && !item.visits.empty()) {
        out.field("state", item.state());
    }
    if (type.due() && type.due()->field != "due" && item.due != kNoTime) {
        out.field("due", std::string_view(format_instant_exact(item.due)));
    }
}

void write_fields(DocWriter& out, const Item& item, std::string_view but) {
    for (const model::DocField& field : DocView(item.fields).fields()) {
        if (field.key == but) continue;
        out.key(field.key);
        out.copy(field.value);
    }
}

void write_owner(ByteWriter& out, const Item::Owner& owner) {
    out.u8(static_cast<uint8_t>(owner.index()));
    if (const auto* const person = std::get_if<uint32_t>(&owner)) out.varint(*person);
    if (const auto* const account = std::get_if<Key128>(&owner)) out.fixed(*account);
}

bool read_owner(ByteReader& in, Item::Owner& owner) {
    const uint8_t kind = in.u8();
    if (kind == 1) owner = static_cast<uint32_t>(in.varint());
    if (kind == 2) owner = in.fixed<Key128>();
    return kind <= 2;
}

}  // namespace

uint32_t Item::person() const {
    const auto* const identity = std::get_if<uint32_t>(&owner);
    return identity == nullptr ? 0 : *identity;
}

std::string Item::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(kVersion);
    out.string(catalog);
    out.string(id);
    out.signed_varint(created);
    out.signed_varint(changed);
    out.signed_varint(updated_at);
    out.u8(static_cast<uint8_t>((due != kNoTime ? 1 : 0) | (missed != kNoTime ? 2 : 0)));
    if (due != kNoTime) out.signed_varint(due);
    if (missed != kNoTime) out.signed_varint(missed);
    write_owner(out, owner);
    out.varint(visits.size());
    for (const Visit& visit : visits) {
        out.string(visit.state);
        out.signed_varint(visit.since);
    }
    out.raw(fields);
    return bytes;
}

Result<Item> Item::decode(std::string_view bytes) {
    ByteReader in(bytes);
    Item item;
    if (in.u8() != kVersion) return Error::corrupt("item: unknown version");
    item.catalog = in.string();
    item.id = in.string();
    item.created = in.signed_varint();
    item.changed = in.signed_varint();
    item.updated_at = in.signed_varint();
    const uint8_t times = in.u8();
    if ((times & 1) != 0) item.due = in.signed_varint();
    if ((times & 2) != 0) item.missed = in.signed_varint();
    const bool has_owner = read_owner(in, item.owner);
    const uint64_t count = in.varint();
    if (!has_owner || count > kVisitsMax) return Error::corrupt("item: damaged");
    for (uint64_t i = 0; i < count && in.ok(); ++i) {
        Visit visit{.state = std::string(in.string()), .since = 0};
        visit.since = in.signed_varint();
        item.visits.push_back(std::move(visit));
    }
    item.fields = in.raw(in.left());
    const bool is_whole = in.ok() && model::is_doc(item.fields) && DocView(item.fields).is_object();
    if (!is_whole) return Error::corrupt("item: damaged");
    return item;
}

std::string item_document(const Type& type, const Item& item) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("id", item.id);
    write_roles(out, type, item);
    write_fields(out, item, "id");
    out.close(mark);
    return doc;
}

bool shows(const Type& type, std::string_view path) {
    const std::string_view name = path.substr(0, path.find('.'));
    return type.find(path) != nullptr || type.find(name) != nullptr || path == "id" ||
           (path == "state" && type.state()) || (path == "due" && type.due());
}

std::string changed_properties(const Type& type, const Item& item, std::string_view before) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("catalog", type.key());
    out.field("item", item.id);
    out.field("state", item.state());
    if (!before.empty()) out.field("before", before);
    write_fields(out, item, "state");
    out.close(mark);
    return doc;
}

std::string overdue_properties(const Type& type, const Item& item) {
    std::string doc;
    DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("catalog", type.key());
    out.field("item", item.id);
    if (!item.visits.empty()) out.field("state", item.state());
    if (type.due() && type.due()->field != "due") {
        out.field("due", std::string_view(format_instant_exact(item.due)));
    }
    write_fields(out, item, "state");
    out.close(mark);
    return doc;
}

void forget_owner(const Type* type, Item& item) {
    item.owner = std::monostate{};
    const std::string before = std::move(item.fields);
    item.fields.clear();
    DocWriter out(item.fields);
    const size_t mark = out.open_object();
    for (const model::DocField& one : DocView(before).fields()) {
        const Field* const field = type == nullptr ? nullptr : type->find(one.key);
        if (field == nullptr) continue;
        const bool is_owner = type->owner() && type->owner()->field == field->name;
        const bool is_role = (type->state() && type->state()->field == field->name) ||
                             (type->due() && type->due()->field == field->name);
        if (is_owner || (field->is_personal && !is_role)) continue;
        out.key(one.key);
        out.copy(one.value);
    }
    out.close(mark);
}

}  // namespace throughline::catalog

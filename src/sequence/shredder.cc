#include "sequence/shredder.h"

#include <bit>
#include <utility>

namespace throughline::sequence {

using model::DocType;
using model::DocView;

namespace {

// A field of this name in a document shares the columns, which does no harm: values go in and come
// out in one order.
constexpr std::string_view kIdentifiersKey = "identifiers";
constexpr size_t kInstantBytes = 24;
constexpr size_t kPayloadBytesMax = 64 << 20;

/// Reads `2026-01-31T09:15:00.123Z`, and nothing that would be written otherwise.
std::optional<Micros> read_instant(std::string_view text) {
    static constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.dddZ";
    if (text.size() != kInstantBytes || text[4] != '-') return std::nullopt;
    int64_t digits[kInstantBytes];
    for (size_t i = 0; i < kInstantBytes; ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (kForm[i] == 'd' ? !is_digit : text[i] != kForm[i]) return std::nullopt;
        digits[i] = text[i] - '0';
    }
    const auto two = [&](size_t at) { return digits[at] * 10 + digits[at + 1]; };
    const int64_t year = two(0) * 100 + two(2);
    const auto month = static_cast<unsigned>(two(5));
    const auto day = static_cast<unsigned>(two(8));
    if (!is_date(year, month, day) || two(11) > 23 || two(14) > 59 || two(17) > 59) {
        return std::nullopt;
    }
    const int64_t millis = digits[20] * 100 + two(21);
    return days_from_civil(year, month, day) * kDay + two(11) * kHour + two(14) * kMinute +
           two(17) * kSecond + millis * 1000;
}

bool is_number_text(LeafKind kind) {
    return kind == LeafKind::Text || kind == LeafKind::NumberText;
}

/// Appends what decides the tokens of a list element, and nothing else of it.
void append_form(DocView value, std::string& out) {
    const DocType type = value.type();
    out.push_back(static_cast<char>(type == DocType::Decimal ? DocType::Integer : type));
    ByteWriter writer(out);
    if (type == DocType::Object) {
        for (const model::DocField& field : value.fields()) {
            writer.string(field.key);
            append_form(field.value, out);
        }
        writer.string("");
        out.push_back('\0');
    } else if (type == DocType::Array) {
        for (const DocView item : value.items()) append_form(item, out);
        out.push_back(']');
    }
}

}  // namespace

void Shredder::clear() {
    for (LeafValues& values : values_) values.clear();
}

uint32_t Shredder::shred(const model::EventView& event) {
    event_ = event;
    tokens_.clear();
    added_.clear();
    firsts_.clear();
    const Schema::Extent before = schema_.extent();
    if (shred_value(event.doc(), Schema::kDocument, 0) && shred_identifiers(event)) {
        if (const auto shape = schema_.shape(tokens_)) return *shape;
    }
    undo();
    schema_.shrink_to(before);
    return Schema::kSpilled;
}

void Shredder::undo() {
    for (size_t i = added_.size(); i-- > 0;) {
        LeafValues& values = values_[added_[i]];
        const LeafKind kind = schema_.columns()[added_[i]].kind;
        if (is_number_text(kind)) {
            values.texts.pop();
            continue;
        }
        values.ints.pop_back();
        if (kind == LeafKind::Number) values.scales.pop_back();
        if (kind == LeafKind::Instant) values.instants.pop_back();
    }
}

LeafValues* Shredder::leaf(uint32_t path, LeafKind kind) {
    const uint32_t column = schema_.column(path, kind);
    tokens_.push_back(kLeaf + column);
    added_.push_back(column);
    return &values_of(column);
}

bool Shredder::shred_value(DocView value, uint32_t path, int lists) {
    switch (value.type()) {
        case DocType::Null:
            tokens_.push_back(kNull);
            return !value.is_missing();
        case DocType::Bool:
            leaf(path, LeafKind::Bool)->ints.push_back(value.as_bool() ? 1 : 0);
            return true;
        case DocType::Integer:
        case DocType::Decimal: {
            const auto number = value.as_decimal();
            if (!number) return false;
            LeafValues* values = leaf(path, LeafKind::Number);
            values->ints.push_back(number->units);
            values->scales.push_back(number->scale);
            return true;
        }
        case DocType::Double:
            leaf(path, LeafKind::Real)->ints.push_back(std::bit_cast<int64_t>(*value.as_double()));
            return true;
        case DocType::NumberText:
            leaf(path, LeafKind::NumberText)->texts.add(*value.as_text());
            return true;
        case DocType::String:
            return shred_text(value.as_string(), path, lists);
        case DocType::Array:
            return shred_list(value, path, lists);
        case DocType::Object:
            return shred_object(value, path, lists);
    }
    return false;
}

bool Shredder::shred_text(std::string_view text, uint32_t path, int lists) {
    if (lists == 0) {
        if (!text.empty() && text == event_->name()) {
            tokens_.push_back(kName);
            return true;
        }
        if (!text.empty() && text == event_->message_id()) {
            tokens_.push_back(kMessageId);
            return true;
        }
        if (const auto instant = read_instant(text)) {
            LeafValues* values = leaf(path, LeafKind::Instant);
            values->ints.push_back(static_cast<int64_t>(static_cast<uint64_t>(*instant) -
                                                        static_cast<uint64_t>(event_->time())));
            values->instants.push_back(*instant);
            return true;
        }
    }
    LeafValues* values = leaf(path, LeafKind::Text);
    values->texts.add(text);
    if (lists == 0) firsts_.push_back({added_.back(), text});
    return true;
}

bool Shredder::shred_object(DocView value, uint32_t path, int lists) {
    tokens_.push_back(kObject);
    for (const model::DocField& field : value.fields()) {
        const auto child = schema_.path(path, field.key);
        if (!child) return false;
        tokens_.push_back(*child + 1);
        if (!shred_value(field.value, *child, lists)) return false;
    }
    tokens_.push_back(kEnd);
    return true;
}

bool Shredder::shred_list(DocView value, uint32_t path, int lists) {
    std::string first;
    std::string form;
    uint32_t count = 0;
    bool is_alike = true;
    for (const DocView item : value.items()) {
        form.clear();
        if (is_alike) append_form(item, form);
        if (count++ == 0) first = form;
        is_alike = is_alike && form == first;
    }
    is_alike = is_alike && count > 0;
    const auto items = schema_.item_path(path, is_alike);
    if (!items) return false;
    tokens_.push_back(is_alike ? kArray : kList);
    tokens_.push_back(*items);
    if (is_alike) {
        leaf(*items, LeafKind::Length)->ints.push_back(count);
    } else {
        tokens_.push_back(count);
    }
    const size_t element = tokens_.size();
    size_t element_end = element;
    for (const DocView item : value.items()) {
        if (!shred_value(item, *items, lists + 1)) return false;
        if (!is_alike) continue;
        if (element_end == element) element_end = tokens_.size();
        tokens_.resize(element_end);  // The same again.
    }
    return true;
}

// After the document, whose texts they mostly repeat.
bool Shredder::shred_identifiers(const model::EventView& event) {
    const size_t count = event.identifier_count();
    tokens_.push_back(static_cast<uint32_t>(count));
    if (count == 0) return true;
    const auto all = schema_.item_path(Schema::kDocument, false);
    if (!all) return false;
    const auto parent = schema_.path(*all, kIdentifiersKey);
    if (!parent) return false;
    for (size_t i = 0; i < count; ++i) {
        const model::IdentifierView id = event.identifier(i);
        tokens_.push_back(uint32_t{id.space} | uint32_t{id.flags} << 8);
        const auto same = std::find_if(firsts_.begin(), firsts_.end(), [&](const FirstText& first) {
            return first.text == id.value;
        });
        // Only what the column holds first: a repeated key adds more.
        const bool is_first = same != firsts_.end() &&
                              std::none_of(firsts_.begin(), same, [&](const FirstText& before) {
                                  return before.column == same->column;
                              });
        if (is_first) {
            tokens_.push_back(kFirstOf | same->column);
            continue;
        }
        const auto path = schema_.path(*parent, std::string(1, static_cast<char>(id.space)));
        if (!path) return false;
        leaf(*path, LeafKind::Text)->texts.add(id.value);
    }
    return true;
}

std::optional<LeafReader> LeafReader::open(LeafKind kind, std::string_view values,
                                           std::string_view scales, uint32_t count) {
    LeafReader reader;
    reader.count_ = count;
    if (is_number_text(kind)) {
        reader.texts_ = TextView::parse(values, count);
        if (!reader.texts_) return std::nullopt;
        return reader;
    }
    reader.ints_ = IntView::parse(values, count);
    if (kind == LeafKind::Number) {
        reader.scales_ = IntView::parse(scales, count);
        if (!reader.scales_) return std::nullopt;
    }
    if (!reader.ints_) return std::nullopt;
    return reader;
}

void Assembler::end_skipping() {
    skipped_[Schema::kSpilled] = 0;  // Which have no values.
    for (uint32_t shape = 0; shape < skipped_.size(); ++shape) {
        if (skipped_[shape] == 0) continue;
        static_cast<void>(skip_shape(shape, std::exchange(skipped_[shape], 0)));  // Reads nothing.
    }
}

bool Assembler::skip_shape(uint32_t shape, uint32_t times) {
    const ShapeTokens& tokens = schema_.shapes()[shape];
    size_t at = 0;
    if (!skip_value(tokens, at, times)) return false;
    for (++at; at < tokens.size(); at += 2) {
        if ((tokens[at + 1] & kFirstOf) == 0) next_[tokens[at + 1] - kLeaf] += times;
    }
    return true;
}

bool Assembler::skip_value(const ShapeTokens& tokens, size_t& at, uint64_t times) {
    const uint32_t token = tokens[at++];
    if (token >= kLeaf) {
        next_[token - kLeaf] += static_cast<uint32_t>(times);
        return true;
    }
    if (token == kObject) {
        while (tokens[at++] != kEnd) {
            if (!skip_value(tokens, at, times)) return false;
        }
    } else if (token == kArray) {
        uint64_t elements = 0;
        if (!sum_lengths(tokens[at + 1] - kLeaf, times, elements)) return false;
        at += 2;
        return skip_value(tokens, at, elements);
    } else if (token == kList) {
        const uint32_t count = tokens[at + 1];
        at += 2;
        for (uint32_t i = 0; i < count; ++i) {
            if (!skip_value(tokens, at, times)) return false;
        }
    }
    return true;
}

bool Assembler::sum_lengths(uint32_t column, uint64_t times, uint64_t& sum) {
    if (times == 0) return true;
    LeafReader* lengths = source_.leaf(column);
    uint32_t& next = next_[column];
    if (lengths == nullptr || times > lengths->size() - std::min(next, lengths->size()))
        return false;
    for (; times > 0; --times) {
        const int64_t length = lengths->int_at(next++);
        if (length < 0 || length > INT32_MAX) return false;
        sum += static_cast<uint64_t>(length);
    }
    return sum <= UINT32_MAX / 2;
}

void Assembler::note_wanted(const ShapeTokens& tokens) {
    wanted_.clear();
    // Identifiers stand at the end, two tokens each: walk back while they are references.
    for (size_t at = tokens.size(); at >= 2; at -= 2) {
        const uint32_t token = tokens[at - 1];
        if ((token & kFirstOf) != 0) wanted_.push_back({token & ~uint32_t{kFirstOf}, std::nullopt});
    }
}

bool Assembler::assemble(uint32_t shape, const model::Event& head, std::string& payload) {
    const ShapeTokens& tokens = schema_.shapes()[shape];
    head_ = &head;
    doc_.clear();
    note_wanted(tokens);
    model::DocWriter out(doc_);
    size_t at = 0;
    if (!put_value(tokens, at, out) || !take_identifiers(tokens, at)) return false;
    model::Event event = head;
    event.identifiers = std::move(identifiers_);
    event.doc = doc_;
    model::append_event(payload, event);
    identifiers_ = std::move(event.identifiers);
    return true;
}

bool Assembler::take_identifiers(const ShapeTokens& tokens, size_t at) {
    identifiers_.resize(tokens[at++]);
    for (model::Identifier& id : identifiers_) {
        id.space = static_cast<model::NamespaceId>(tokens[at] & 0xff);
        id.flags = static_cast<uint8_t>(tokens[at] >> 8);
        const uint32_t token = tokens[at + 1];
        at += 2;
        std::optional<std::string> value;
        if ((token & kFirstOf) != 0) {
            const uint32_t column = token & ~uint32_t{kFirstOf};
            const auto found =
                std::find_if(wanted_.begin(), wanted_.end(),
                             [&](const FirstText& first) { return first.column == column; });
            if (found != wanted_.end()) value = found->text;
        } else {
            value = next_text(token - kLeaf);
        }
        if (!value || value->size() > UINT16_MAX) return false;
        id.value = std::move(*value);
    }
    return true;
}

std::optional<std::string> Assembler::next_text(uint32_t column) {
    LeafReader* leaf = source_.leaf(column);
    if (leaf == nullptr || next_[column] >= leaf->size()) return std::nullopt;
    const auto text = leaf->text_at(next_[column]++);
    if (!text) return std::nullopt;
    return std::string(*text);
}

bool Assembler::put_value(const ShapeTokens& tokens, size_t& at, model::DocWriter& out) {
    if (doc_.size() > kPayloadBytesMax) return false;
    const uint32_t token = tokens[at++];
    if (token >= kLeaf) return put_leaf(token - kLeaf, out);
    switch (token) {
        case kNull:
            out.null();
            return true;
        case kName:
            out.string(head_->name);
            return true;
        case kMessageId:
            out.string(head_->message_id);
            return true;
        case kArray:
            return put_array(tokens, at, out);
        case kObject: {
            const size_t mark = out.open_object();
            while (tokens[at] != kEnd) {
                out.key(schema_.paths()[tokens[at++] - 1].key);
                if (!put_value(tokens, at, out)) return false;
            }
            ++at;
            out.close(mark);
            return true;
        }
        default: {  // kList
            const size_t mark = out.open_array();
            const uint32_t count = tokens[at + 1];
            at += 2;
            for (uint32_t i = 0; i < count; ++i) {
                if (!put_value(tokens, at, out)) return false;
            }
            out.close(mark);
            return true;
        }
    }
}

bool Assembler::put_array(const ShapeTokens& tokens, size_t& at, model::DocWriter& out) {
    uint64_t count = 0;
    if (!sum_lengths(tokens[at + 1] - kLeaf, 1, count)) return false;
    at += 2;
    const size_t element = at;
    const size_t mark = out.open_array();
    for (uint64_t i = 0; i < count; ++i) {
        at = element;
        if (!put_value(tokens, at, out)) return false;
    }
    out.close(mark);
    at = element;
    return skip_value(tokens, at, 0);  // Only to stand behind it.
}

bool append_leaf(LeafKind kind, LeafReader& leaf, uint32_t at, model::DocWriter& out) {
    switch (kind) {
        case LeafKind::Bool:
            out.boolean(leaf.int_at(at) != 0);
            return true;
        case LeafKind::Number: {
            const int64_t scale = leaf.scale_at(at);
            if (scale < 0 || scale > UINT8_MAX) return false;
            out.decimal({leaf.int_at(at), static_cast<uint8_t>(scale)});  // Of 0: an integer.
            return true;
        }
        case LeafKind::Real:
            out.real(std::bit_cast<double>(leaf.int_at(at)));
            return true;
        case LeafKind::Instant:
        case LeafKind::Length:
            return false;
        case LeafKind::Text:
        case LeafKind::NumberText:
            break;
    }
    const auto text = leaf.text_at(at);
    if (!text) return false;
    if (kind == LeafKind::NumberText) {
        out.number_text(*text);
    } else {
        out.string(*text);
    }
    return true;
}

bool Assembler::put_leaf(uint32_t column, model::DocWriter& out) {
    LeafReader* leaf = source_.leaf(column);
    if (leaf == nullptr || next_[column] >= leaf->size()) return false;
    const uint32_t at = next_[column]++;
    const LeafKind kind = schema_.columns()[column].kind;
    if (kind == LeafKind::Instant) {
        out.string(format_instant(static_cast<Micros>(static_cast<uint64_t>(head_->time) +
                                                      static_cast<uint64_t>(leaf->int_at(at)))));
        return true;
    }
    if (kind == LeafKind::Text) {
        for (FirstText& first : wanted_) {
            if (first.column == column && !first.text) first.text = leaf->text_at(at);
        }
    }
    return append_leaf(kind, *leaf, at, out);
}

}  // namespace throughline::sequence

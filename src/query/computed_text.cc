#include "query/computed_text.h"

#include <algorithm>

namespace throughline::query {

using model::DocView;
using model::DocWriter;

namespace {

/// Writes values at dotted paths into one document. Paths with a common beginning must come one
/// after another.
class PathsWriter {
public:
    explicit PathsWriter(std::string& out) : writer_(out) {
        marks_.push_back(writer_.open_object());
    }

    void put(std::string_view path, DocView value) {
        size_t depth = 0;
        size_t dot = path.find('.');
        for (; dot != path.npos; dot = path.find('.')) {
            const std::string_view key = path.substr(0, dot);
            if (depth == open_.size() || open_[depth] != key) {
                close_to(depth);
                writer_.key(key);
                marks_.push_back(writer_.open_object());
                open_.push_back(key);
            }
            ++depth;
            path.remove_prefix(dot + 1);
        }
        close_to(depth);
        writer_.key(path);
        writer_.copy(value);
    }
    void close() {
        close_to(0);
        writer_.close(marks_[0]);
    }

private:
    void close_to(size_t depth) {
        for (; open_.size() > depth; open_.pop_back(), marks_.pop_back()) {
            writer_.close(marks_.back());
        }
    }

    DocWriter writer_;
    std::vector<size_t> marks_;
    std::vector<std::string_view> open_;
};

}  // namespace

ComputedText::ComputedText(const RowText& text, size_t first)
    : text_(text), first_(first), paths_(text.fields()) {}

Result<const std::vector<uint32_t>*> ComputedText::fields_of(RowFields& row) {
    using Fields = std::vector<std::optional<std::vector<uint32_t>>>;
    Fields& fields_of = fields_of_.of(*row.file(), [] { return Fields(); });
    TL_TRY_ASSIGN(const size_t form, row.form());
    if (form >= fields_of.size()) fields_of.resize(form + 1);
    auto& fields = fields_of[form];
    if (fields) return &*fields;
    std::vector<uint32_t> found;
    for (uint32_t i = 0; i < paths_.size(); ++i) {
        TL_TRY_ASSIGN(const uint32_t number, row.look(first_ + i));
        if (number != sequence::FieldReader::kMissing) found.push_back(i);
    }
    return &fields.emplace(std::move(found));
}

Status ComputedText::look(RowFields& row, model::SourceId source) {
    TL_TRY_ASSIGN(const auto* const fields, fields_of(row));
    TL_TRY_ASSIGN(const size_t form, row.form());
    key_.clear();
    ByteWriter out(key_);
    out.fixed(source);
    out.varint(form);
    out.string(row.name());
    for (const uint32_t i : *fields) {
        TL_TRY_ASSIGN(const uint32_t number, row.look(first_ + i));
        out.fixed(number);
        if (number != RowFields::kAnother) continue;
        TL_TRY_ASSIGN(const DocView value, row.value());
        out.string(value.bytes());
    }
    return Status::ok();
}

Result<model::EventView> ComputedText::build(RowFields& row, model::SourceId source) {
    TL_TRY_ASSIGN(const auto* const fields, fields_of(row));
    doc_.clear();
    PathsWriter out(doc_);
    for (const uint32_t i : *fields) {
        TL_TRY(row.look(first_ + i));
        TL_TRY_ASSIGN(const DocView value, row.value());
        if (!value.is_missing()) out.put(paths_[i], value);
    }
    out.close();
    model::Event event;
    event.type = row.type();
    event.source = source;
    event.name = row.name();
    event.doc = doc_;
    payload_.clear();
    model::append_event(payload_, event);
    return model::EventView(payload_);
}

}  // namespace throughline::query

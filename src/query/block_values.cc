#include "query/block_values.h"

namespace throughline::query {

using sequence::Origin;
using Kind = Dimension::Kind;

namespace {

bool is_kept(const Dimension& dimension, const sequence::HistoryFile& file) {
    return dimension.kind == Kind::Computed && file.touch_version() != 0 &&
           dimension.computed->kept_version() == file.touch_version();
}

}  // namespace

Status BlockValues::append(const BlockRows& rows, ValueColumns& out) {
    for (size_t i = 0; i < pass_.dimensions.size(); ++i) TL_TRY(append_dimension(i, rows, out));
    for (size_t i = 0; i < pass_.numbers.size(); ++i) TL_TRY(append_number(i, rows, out));
    return Status::ok();
}

// Appends what code_of(at) says of each row that the dimension is of.
template <typename CodeOf>
Status BlockValues::put(size_t index, const BlockRows& rows, ValueColumns& out,
                        CodeOf&& code_of) const {
    const auto& [dimension, of] = pass_.dimensions[index];
    const auto fill = [&](auto& column, auto none) -> Status {
        const size_t first = column.size();
        column.resize(first + rows.size(), none);
        for (size_t at = 0; at < rows.size(); ++at) {
            if ((of & rows.match[at]) == 0) continue;
            TL_TRY_ASSIGN(const uint64_t code, code_of(at));
            column[first + at] = static_cast<decltype(none)>(code);
        }
        return Status::ok();
    };
    return dimension.use == Dimension::Use::Name ? fill(out.codes[index], kNoValue)
                                                 : fill(out.marks[index], kNoMark);
}

Result<uint64_t> BlockValues::read(size_t index, const BlockRows& rows, size_t at) {
    const Origin origin = rows.origin(at);
    values_.row().set_row(rows.row[at], origin.type, rows.name(at).text);
    return values_.value_of(index, origin.type, origin.source);
}

Status BlockValues::append_dimension(size_t index, const BlockRows& rows, ValueColumns& out) {
    const Dimension& dimension = pass_.dimensions[index].dimension;
    OfDimension& of = dimensions_[index];
    const auto remembered = [&](uint64_t& code, size_t at) -> Result<uint64_t> {
        if (code != kUnknown) return code;
        TL_TRY_ASSIGN(code, read(index, rows, at));
        return code;
    };
    const auto codes_of = [&](size_t things) -> Codes& {
        return of.codes.of(rows.file, [&] { return Codes(things, kUnknown); });
    };
    switch (dimension.kind) {
        case Kind::Event: {
            Codes& codes = codes_of(rows.file.names().size());
            return put(index, rows, out,
                       [&](size_t at) { return remembered(codes[rows.names[rows.row[at]]], at); });
        }
        case Kind::Source:
        case Kind::Type: {
            Codes& codes = codes_of(rows.file.origins().size());
            return put(index, rows, out, [&](size_t at) {
                return remembered(codes[rows.origins[rows.row[at]]], at);
            });
        }
        case Kind::Computed:
            if (is_kept(dimension, rows.file)) return append_kept(index, rows, out);
            break;
        case Kind::Trait:
            return append_trait(index, rows, out);
        case Kind::Property:
        case Kind::Currency:
            break;
    }
    return put(index, rows, out, [&](size_t at) { return read(index, rows, at); });
}

Status BlockValues::append_trait(size_t index, const BlockRows& rows, ValueColumns& out) {
    auto whose = rows.homes.begin();
    return put(index, rows, out, [&](size_t at) {
        while (rows.row[at] >= whose->end) ++whose;
        values_.set_whose(whose->home, rows.origin(at).source);
        return read(index, rows, at);
    });
}

// From the touches that the file keeps; but for events whose own fields decide.
Status BlockValues::append_kept(size_t index, const BlockRows& rows, ValueColumns& out) {
    const Dimension& dimension = pass_.dimensions[index].dimension;
    OfDimension& of = dimensions_[index];
    const auto& needs_event = of.needs_event.of(rows.file, [&] {
        std::vector<uint8_t> needs;
        for (const auto& name : rows.file.names()) {
            needs.push_back(dimension.computed->needs_event(name.text));
        }
        return needs;
    });
    TL_TRY_ASSIGN(const auto texts, rows.block.touches());
    TL_TRY(rows.block.touch_codes(touches_));
    const size_t origins = rows.file.origins().size();
    of.touches.assign((texts.size() + 1) * origins, kUnknown);
    std::string scratch;
    return put(index, rows, out, [&](size_t at) -> Result<uint64_t> {
        const uint32_t row = rows.row[at];
        if (needs_event[rows.names[row]]) return read(index, rows, at);
        const uint16_t touch = touches_[row];
        uint64_t& code = of.touches[touch * origins + rows.origins[row]];
        if (code != kUnknown) return code;
        std::optional<std::string_view> kept;
        if (touch != 0) kept = texts[touch - 1];
        code = values_.coded(dimension,
                             dimension.computed->of_kept(kept, rows.origin(at).source, scratch));
        return code;
    });
}

Status BlockValues::append_number(size_t index, const BlockRows& rows, ValueColumns& out) {
    auto& column = out.numbers[index];
    const size_t first = column.size();
    column.resize(first + rows.size(), model::Decimal{0, kNoNumber});
    for (size_t at = 0; at < rows.size(); ++at) {
        if ((pass_.numbers[index].of & rows.match[at]) == 0) continue;
        values_.row().set_row(rows.row[at], rows.origin(at).type, rows.name(at).text);
        TL_TRY_ASSIGN(column[first + at], values_.number_of(index));
    }
    return Status::ok();
}

}  // namespace throughline::query

#include "query/block_values.h"

namespace throughline::query {

using sequence::Origin;
using Kind = Dimension::Kind;

bool BlockValues::keeps(size_t index, const sequence::HistoryFile& file) const {
    const Dimension& dimension = pass_.dimensions[index].dimension;
    return dimension.kind == Kind::Computed && file.touch_version() != 0 &&
           dimension.computed->kept_version() == file.touch_version();
}

void BlockValues::begin_block() {
    for (OfDimension& of : dimensions_) of.is_open = false;
}

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
            if (keeps(index, rows.file)) return append_kept(index, rows, out);
            break;
        case Kind::Trait:
            return append_trait(index, rows, out);
        case Kind::Property:
        case Kind::Currency:
            return append_field(index, rows, out);
    }
    return put(index, rows, out, [&](size_t at) { return read(index, rows, at); });
}

Status BlockValues::append_field(size_t index, const BlockRows& rows, ValueColumns& out) {
    const auto& [dimension, of] = pass_.dimensions[index];
    ask(rows, of);
    if (!asked_.empty()) TL_TRY(values_.look_at(index, asked_, rows.origins, numbers_));
    return dimension.use == Dimension::Use::Name
               ? append_known(index, rows, out.codes[index], kNoValue)
               : append_known(index, rows, out.marks[index], kNoMark);
}

// Which rows the dimension is of is not to be guessed: no branch.
void BlockValues::ask(const BlockRows& rows, Match of) {
    asked_.resize(rows.size());
    places_.resize(rows.size());
    size_t size = 0;
    for (uint32_t at = 0; at < rows.size(); ++at) {
        asked_[size] = rows.row[at];
        places_[size] = at;
        size += (of & rows.match[at]) != 0 ? 1 : 0;
    }
    asked_.resize(size);
}

// Of the rows that were looked at.
template <typename Code>
Status BlockValues::append_known(size_t index, const BlockRows& rows, std::vector<Code>& column,
                                 Code none) {
    const size_t first = column.size();
    column.resize(first + rows.size(), none);
    auto known = values_.known_values(index);
    for (size_t i = 0; i < asked_.size(); ++i) {
        const size_t at = places_[i];
        const uint32_t number = numbers_[i];
        if (number < known.size() && known[number]) {
            column[first + at] = static_cast<Code>(*known[number]);
            continue;
        }
        TL_TRY_ASSIGN(const uint64_t code, read(index, rows, at));
        column[first + at] = static_cast<Code>(code);
        known = values_.known_values(index);
    }
    return Status::ok();
}

Status BlockValues::append_trait(size_t index, const BlockRows& rows, ValueColumns& out) {
    auto whose = rows.homes.begin();
    return put(index, rows, out, [&](size_t at) {
        while (rows.row[at] >= whose->end) ++whose;
        values_.set_whose(whose->home, rows.origin(at).source);
        return read(index, rows, at);
    });
}

// Blocks have many texts in common, so what comes of one is remembered beyond its block.
Status BlockValues::open_kept(OfDimension& of, const BlockRows& rows) {
    if (of.is_open) return Status::ok();
    TL_TRY_ASSIGN(const auto texts, rows.block.touches());
    TL_TRY(rows.block.touch_codes(of.touches));
    if (of.of_texts.size() + texts.size() > kTextsMax) of.of_texts.clear();
    of.of_sources.assign(1, &of.of_none);
    for (const std::string& text : texts) {
        auto found = of.of_texts.find(std::string_view(text));
        if (found == of.of_texts.end()) found = of.of_texts.emplace(text, OfSources()).first;
        of.of_sources.push_back(&found->second);
    }
    of.of_touches.assign(of.of_sources.size() * rows.file.origins().size(), OfText());
    of.is_open = true;
    return Status::ok();
}

const std::vector<uint8_t>& BlockValues::needs_event(size_t index,
                                                     const sequence::HistoryFile& file) {
    return dimensions_[index].needs_event.of(file, [&] {
        std::vector<uint8_t> needs;
        for (const auto& name : file.names()) {
            needs.push_back(pass_.dimensions[index].dimension.computed->needs_event(name.text));
        }
        return needs;
    });
}

// Requires: open_kept().
inline const BlockValues::OfText& BlockValues::kept_text(size_t index, const BlockRows& rows,
                                                         size_t at) {
    OfDimension& of = dimensions_[index];
    const uint32_t row = rows.row[at];
    const size_t touch = of.touches[row];
    OfText& of_text = of.of_touches[touch * rows.file.origins().size() + rows.origins[row]];
    if (of_text.code == kUnknown) work_out(index, rows, at, of_text);
    return of_text;
}

void BlockValues::work_out(size_t index, const BlockRows& rows, size_t at, OfText& out) {
    OfDimension& of = dimensions_[index];
    const uint16_t touch = of.touches[rows.row[at]];
    const model::SourceId source = rows.origin(at).source;
    OfSources& of_sources = *of.of_sources[touch];
    if (source >= of_sources.size()) of_sources.resize(source + size_t{1});
    OfText& known = of_sources[source];
    if (known.code == kUnknown) {
        const Dimension& dimension = pass_.dimensions[index].dimension;
        std::optional<std::string_view> kept;
        // Opened with the block, so it cannot fail.
        if (touch != 0) kept = (*rows.block.touches())[touch - 1];
        const auto text = dimension.computed->of_kept(kept, source, scratch_);
        known.code = values_.coded(dimension, text);
        known.says_nothing = !text || dimension.computed->says_nothing(*text);
    }
    out = known;
}

Status BlockValues::says_nothing(size_t index, const BlockRows& rows, std::vector<uint8_t>& out) {
    OfDimension& of = dimensions_[index];
    TL_TRY(open_kept(of, rows));
    const auto& needs = needs_event(index, rows.file);
    const Match match = pass_.dimensions[index].of;
    const size_t origins = rows.file.origins().size();
    of.says_nothing.assign(of.of_touches.size(), kNotKnown);
    out.resize(rows.size());
    // The compiler keeps these in registers, as what is written cannot be one of them.
    const BlockRows all = rows;
    const uint8_t* const needs_it = needs.data();
    const uint16_t* const touches = of.touches.data();
    uint8_t* const says_by_touch = of.says_nothing.data();
    uint8_t* const to = out.data();
    for (size_t at = 0; at < all.size(); ++at) {
        const uint32_t row = all.row[at];
        const unsigned is_of = (match & all.match[at]) != 0 ? 1 : 0;
        const unsigned is_kept = is_of & (needs_it[all.names[row]] == 0 ? 1 : 0);
        uint8_t& says = says_by_touch[touches[row] * origins + all.origins[row]];
        if (says == kNotKnown && is_kept != 0)
            says = kept_text(index, rows, at).says_nothing ? 1 : 0;
        to[at] = is_kept != 0 ? says : uint8_t{0};
    }
    return Status::ok();
}

// From the texts that the file keeps; but for events whose own fields decide.
Status BlockValues::append_kept(size_t index, const BlockRows& rows, ValueColumns& out) {
    TL_TRY(open_kept(dimensions_[index], rows));
    const auto& needs = needs_event(index, rows.file);
    return put(index, rows, out, [&](size_t at) -> Result<uint64_t> {
        if (needs[rows.names[rows.row[at]]]) return read(index, rows, at);
        return kept_text(index, rows, at).code;
    });
}

Status BlockValues::append_number(size_t index, const BlockRows& rows, ValueColumns& out) {
    auto& column = out.numbers[index];
    const size_t first = column.size();
    column.resize(first + rows.size(), model::Decimal{0, kNoNumber});
    ask(rows, pass_.numbers[index].of);
    if (asked_.empty()) return Status::ok();
    TL_TRY(values_.decimals_at(index, asked_, rows.origins, decimals_));
    for (size_t i = 0; i < asked_.size(); ++i) {
        const size_t at = places_[i];
        column[first + at] = decimals_[i];
        if (decimals_[i].scale != kNoNumber) continue;  // Else it may stand elsewhere.
        values_.row().set_row(rows.row[at], rows.origin(at).type, rows.name(at).text);
        TL_TRY_ASSIGN(column[first + at], values_.number_of(index));
    }
    return Status::ok();
}

}  // namespace throughline::query

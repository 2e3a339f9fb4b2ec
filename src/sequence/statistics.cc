#include "sequence/statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

#include "base/hash.h"

namespace throughline::sequence {

namespace {

bool is_text(LeafKind kind) {
    return kind == LeafKind::Text || kind == LeafKind::NumberText;
}

bool counts_distinct(LeafKind kind) {
    return is_text(kind) || kind == LeafKind::Number || kind == LeafKind::Real;
}

bool comes_before(LeafKind kind, const Bound& a, const Bound& b) {
    switch (kind) {
        case LeafKind::Text:
        case LeafKind::NumberText:
            return a.text < b.text;
        case LeafKind::Number:
            return is_less(model::Decimal{a.number, a.scale}, model::Decimal{b.number, b.scale});
        case LeafKind::Real:
            return std::bit_cast<double>(a.number) < std::bit_cast<double>(b.number);
        case LeafKind::Bool:
        case LeafKind::Instant:
        case LeafKind::Length:
            return a.number < b.number;
    }
    TL_UNREACHABLE();
}

void widen(LeafKind kind, const Bound& least, const Bound& greatest, ColumnStatistics& column) {
    if (!column.range) {
        column.range = {least, greatest};
        return;
    }
    if (comes_before(kind, least, column.range->least)) column.range->least = least;
    if (comes_before(kind, column.range->greatest, greatest)) column.range->greatest = greatest;
}

/// The first eight bytes of a text, so that they compare as the texts do.
uint64_t beginning(std::string_view text) {
    uint64_t bytes = 0;
    if (text.size() >= sizeof bytes) {
        bytes = load<uint64_t>(text.data());
    } else {
        std::memcpy(&bytes, text.data(), text.size());
    }
    return __builtin_bswap64(bytes);
}

/// The least and the greatest of texts.
class TextRange {
public:
    explicit TextRange(std::string_view first)
        : least_(first), greatest_(first), low_(beginning(first)), high_(low_) {}

    void add(std::string_view text) {
        const uint64_t begins = beginning(text);
        if (begins < low_ || (begins == low_ && text < least_)) {
            least_ = text;
            low_ = begins;
        }
        if (begins > high_ || (begins == high_ && text > greatest_)) {
            greatest_ = text;
            high_ = begins;
        }
    }
    static Bound bound(std::string_view text) {
        return {.text = std::string(text.substr(0, Bound::kBytes))};
    }
    Bound least() const { return bound(least_); }
    Bound greatest() const { return bound(greatest_); }

private:
    std::string_view least_;
    std::string_view greatest_;
    uint64_t low_;
    uint64_t high_;
};

void add_texts(LeafKind kind, const Texts& texts, ColumnStatistics& column) {
    const std::string_view bytes = texts.bytes;
    size_t at = 0;
    std::optional<TextRange> range;
    for (const int64_t length : texts.lengths) {
        const auto text = bytes.substr(at, static_cast<size_t>(length));
        at += text.size();
        range ? range->add(text) : void(range.emplace(text));
        column.distinct.add(hash_of_text(text));
    }
    if (kind == LeafKind::Text) widen(kind, range->least(), range->greatest(), column);
}

void add_numbers(const LeafValues& values, ColumnStatistics& column) {
    using model::Decimal;
    const auto at = [&](size_t i) {
        return Decimal{values.ints[i], static_cast<uint8_t>(values.scales[i])};
    };
    Decimal least = at(0);
    Decimal greatest = least;
    Decimal last{};
    for (size_t i = 0; i < values.ints.size(); ++i) {
        const Decimal number = at(i);
        if (i > 0 && number == last) continue;
        last = number;
        if (is_less(number, least)) least = number;
        if (is_less(greatest, number)) greatest = number;
        column.distinct.add(hash_of_number(number));
    }
    widen(LeafKind::Number, {.number = least.units, .scale = least.scale},
          {.number = greatest.units, .scale = greatest.scale}, column);
}

void add_reals(std::span<const int64_t> values, ColumnStatistics& column) {
    for (const int64_t bits : values) {
        column.distinct.add(hash_of_real(bits));
        if (!std::isfinite(std::bit_cast<double>(bits))) continue;
        widen(LeafKind::Real, {.number = bits}, {.number = bits}, column);
    }
}

void append_bound(LeafKind kind, const Bound& bound, ByteWriter& out) {
    if (is_text(kind)) return out.string(bound.text);
    out.signed_varint(bound.number);
    if (kind == LeafKind::Number) out.u8(bound.scale);
}

Bound read_bound(LeafKind kind, ByteReader& in) {
    if (is_text(kind)) return {.text = std::string(in.string())};
    Bound bound{.number = in.signed_varint()};
    if (kind == LeafKind::Number) bound.scale = in.u8();
    return bound;
}

RowOverflow read_overflow(ByteReader& in) {
    RowOverflow overflow;
    overflow.whole = in.varint();
    overflow.unnamed = in.varint();
    overflow.uncounted = in.varint();
    return overflow;
}

bool read_kinds(ByteReader& in, size_t names, const Schema& schema, FileStatistics& out) {
    out.overflow = read_overflow(in);
    const uint64_t count = in.varint();
    if (!in.ok() || count > FileStatistics::kKindsMax || count > in.left()) return false;
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t name = in.varint();
        const uint8_t type = in.u8();
        const uint64_t shape = in.varint();
        const uint64_t rows = in.varint();
        if (!in.ok() || name >= names || shape >= schema.shapes().size()) return false;
        out.kinds.push_back({static_cast<uint16_t>(name), static_cast<model::EventType>(type),
                             static_cast<uint32_t>(shape), rows});
    }
    return true;
}

bool read_column(LeafKind kind, ByteReader& in, ColumnStatistics& out) {
    out.values = in.varint();
    const uint8_t bounds = in.u8();
    if (!in.ok() || bounds > 1) return false;
    if (bounds == 1) {
        Bound least = read_bound(kind, in);
        out.range = {std::move(least), read_bound(kind, in)};
        if (comes_before(kind, out.range->greatest, out.range->least)) return false;
        if (out.range->greatest.text.size() > Bound::kBytes) return false;
    }
    if (!counts_distinct(kind)) return in.ok();
    auto distinct = DistinctCount::read(in);
    if (!distinct) return false;
    out.distinct = std::move(*distinct);
    return in.ok();
}

}  // namespace

uint64_t hash_of_text(std::string_view text) {
    return checksum(text, 0);
}

uint64_t hash_of_number(model::Decimal number) {
    while (number.scale > 0 && number.units % 10 == 0) {
        number.units /= 10;
        --number.scale;
    }
    return mix(static_cast<uint64_t>(number.units) + mix(number.scale + 1u));
}

uint64_t hash_of_real(int64_t bits) {
    return mix(static_cast<uint64_t>(bits) ^ 0x5bd1e9955bd1e995ULL);
}

uint64_t hash_of_bool(bool truth) {
    return mix(truth ? 0x9e3779b97f4a7c15ULL : 0xc2b2ae3d27d4eb4fULL);
}

bool is_less(const model::Decimal& a, const model::Decimal& b) {
    if (a.scale == b.scale) return a.units < b.units;
    constexpr int kShiftMax = 18;  // 10^19 is more than any units.
    const int shift = std::abs(a.scale - b.scale);
    const bool is_a_shifted = a.scale < b.scale;
    const int64_t coarse = is_a_shifted ? a.units : b.units;
    __extension__ __int128 scaled = coarse;
    __extension__ __int128 fine = is_a_shifted ? b.units : a.units;
    if (shift > kShiftMax && coarse != 0) fine = 0;  // Only the sign of the other one counts.
    for (int i = 0; i < std::min(shift, kShiftMax); ++i) scaled *= 10;
    return is_a_shifted ? scaled < fine : fine < scaled;
}

std::optional<RowOverflow> FileStatistics::read_overflow(std::string_view bytes) {
    ByteReader in(bytes);
    const RowOverflow overflow = sequence::read_overflow(in);
    return in.ok() ? std::optional(overflow) : std::nullopt;
}

std::optional<FileStatistics> FileStatistics::read(std::string_view bytes, size_t names,
                                                   const Schema& schema) {
    ByteReader in(bytes);
    FileStatistics made;
    if (!read_kinds(in, names, schema, made)) return std::nullopt;
    const uint64_t columns = in.varint();
    if (!in.ok() || columns > schema.columns().size()) return std::nullopt;
    made.columns.resize(schema.columns().size());
    for (uint64_t i = 0; i < columns; ++i) {
        if (!read_column(schema.columns()[i].kind, in, made.columns[i])) return std::nullopt;
    }
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return made;
}

uint64_t& StatisticsWriter::rows_of(uint64_t kind) {
    const auto known = kinds_.find(kind);
    if (known != kinds_.end()) return known->second;
    if (kinds_.size() == FileStatistics::kKindsMax) return overflow_.uncounted;
    return kinds_[kind];
}

void StatisticsWriter::add_values(uint32_t column, const LeafValues& values, const Texts& texts) {
    if (column >= columns_.size()) columns_.resize(column + 1);
    ColumnStatistics& into = columns_[column];
    into.values += values.size();
    const LeafKind kind = schema_.columns()[column].kind;
    switch (kind) {
        case LeafKind::Text:
        case LeafKind::NumberText:
            return add_texts(kind, texts, into);
        case LeafKind::Number:
            return add_numbers(values, into);
        case LeafKind::Real:
            return add_reals(values.ints, into);
        case LeafKind::Instant:
        case LeafKind::Bool:
        case LeafKind::Length: {
            const auto& all = kind == LeafKind::Instant ? values.instants : values.ints;
            const auto [least, greatest] = std::ranges::minmax_element(all);
            return widen(kind, {.number = *least}, {.number = *greatest}, into);
        }
    }
}

std::string StatisticsWriter::finish() {
    std::vector<FileStatistics::Kind> kinds;
    for (const auto& [kind, rows] : kinds_) {
        kinds.push_back({static_cast<uint16_t>(kind >> 8), static_cast<model::EventType>(kind),
                         static_cast<uint32_t>(kind >> 32), rows});
    }
    std::ranges::sort(kinds, [](const auto& a, const auto& b) {
        return std::tie(a.name, a.type, a.shape) < std::tie(b.name, b.type, b.shape);
    });
    std::string bytes;
    ByteWriter out(bytes);
    for (const uint64_t rows : {overflow_.whole, overflow_.unnamed, overflow_.uncounted}) {
        out.varint(rows);
    }
    out.varint(kinds.size());
    for (const FileStatistics::Kind& kind : kinds) {
        out.varint(kind.name);
        out.u8(static_cast<uint8_t>(kind.type));
        out.varint(kind.shape);
        out.varint(kind.rows);
    }
    out.varint(columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
        const LeafKind kind = schema_.columns()[i].kind;
        const ColumnStatistics& column = columns_[i];
        out.varint(column.values);
        out.u8(column.range ? 1 : 0);
        if (column.range) {
            append_bound(kind, column.range->least, out);
            append_bound(kind, column.range->greatest, out);
        }
        if (counts_distinct(kind)) column.distinct.append_to(out);
    }
    return bytes;
}

}  // namespace throughline::sequence

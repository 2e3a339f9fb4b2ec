#include "engine/forwarding/forward_rows.h"

#include "base/bytes.h"
#include "engine/tables.h"

namespace throughline::engine {

namespace {

constexpr size_t kStampBytes = sizeof(Micros);

std::string block_row(uint64_t block) {
    return 'p' + ordered_key(block);
}

struct Bit {
    size_t byte = 0;  // Of the row.
    uint8_t mask = 0;
};

Bit bit_of(model::Position position) {
    const uint64_t at = position % PassedOver::kBlock;
    return {kStampBytes + at / 8, static_cast<uint8_t>(1U << (at % 8))};
}

}  // namespace

std::string ForwardRow::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(1);  // Version of this encoding.
    for (const uint64_t number : {position, began, sent, refused, repeated}) out.varint(number);
    return bytes;
}

Result<ForwardRow> ForwardRow::decode(std::string_view bytes) {
    ByteReader in(bytes);
    const uint8_t version = in.u8();
    ForwardRow row;
    for (uint64_t* number : {&row.position, &row.began, &row.sent, &row.refused, &row.repeated}) {
        *number = in.varint();
    }
    if (version != 1 || !in.ok() || !in.at_end()) return Error::corrupt("forward: row: damaged");
    return row;
}

std::string forward_row(std::string_view key) {
    return "f" + std::string(key);
}

Result<std::optional<ForwardRow>> find_forward(const store::OrderedTable& table,
                                               std::string_view key) {
    TL_TRY_ASSIGN(const auto bytes, table.get(forward_row(key)));
    if (!bytes) return std::optional<ForwardRow>();
    TL_TRY_ASSIGN(const ForwardRow row, ForwardRow::decode(*bytes));
    return std::optional(row);
}

Status PassedOver::note(model::Position position, Micros stamp) {
    const uint64_t block = position / kBlock;
    if (row_.empty() || block != block_) {
        flush();
        TL_TRY_ASSIGN(auto row, table_.get(block_row(block)));
        row_ = row ? std::move(*row) : std::string(kStampBytes, '\0');
        block_ = block;
    }
    const Bit bit = bit_of(position);
    if (row_.size() <= bit.byte) row_.resize(bit.byte + 1);
    row_[bit.byte] = static_cast<char>(row_[bit.byte] | bit.mask);
    row_.replace(0, kStampBytes, reinterpret_cast<const char*>(&stamp), kStampBytes);
    return Status::ok();
}

void PassedOver::flush() {
    if (!row_.empty()) table_.put(block_row(block_), row_);
    row_.clear();
}

// The block at hand goes first, so that it does not matter what was flushed before.
Status PassedOver::expire(Micros now) {
    constexpr size_t kStep = 100;
    flush();
    while (true) {
        TL_TRY_ASSIGN(const auto rows, table_.scan(store::KeyRange::prefix("p"), kStep));
        for (const auto& [key, row] : rows) {
            if (row.size() < kStampBytes) return Error::corrupt("forward: block: damaged");
            if (load<Micros>(row.data()) > now - kPassedOverLife) return Status::ok();
            table_.erase(key);
        }
        if (rows.size() < kStep) return Status::ok();
    }
}

Result<bool> PassedOverView::has(model::Position position) {
    const uint64_t block = position / PassedOver::kBlock;
    if (block_ != block) {
        TL_TRY_ASSIGN(auto row, table_.get(block_row(block)));
        row_ = row ? std::move(*row) : std::string();
        block_ = block;
    }
    const Bit bit = bit_of(position);
    return bit.byte < row_.size() && (static_cast<uint8_t>(row_[bit.byte]) & bit.mask) != 0;
}

}  // namespace throughline::engine

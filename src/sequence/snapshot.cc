#include "sequence/snapshot.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/bytes.h"
#include "model/consequence.h"
#include "sequence/find_rows.h"

namespace throughline::sequence {

namespace {

/// Where the payload of a row stands.
struct Found {
    RowKey key;
    const HistoryFile* file = nullptr;  // Null: in the tail.
    size_t block = 0;
    uint64_t row = 0;  // In the block, or number in the tail.
};

constexpr size_t kCursorDigits = 40;

std::string format_cursor(const RowKey& key) {
    std::string bytes;
    ByteWriter out(bytes);
    out.fixed(key.time);
    out.fixed(key.tie);
    out.fixed(key.position);
    std::string text;
    for (const char byte : bytes) {
        text += "0123456789abcdef"[static_cast<uint8_t>(byte) >> 4];
        text += "0123456789abcdef"[static_cast<uint8_t>(byte) & 15];
    }
    return text;
}

Result<RowKey> parse_cursor(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const bool is_hex = text.find_first_not_of(kDigits) == text.npos;
    if (text.size() != kCursorDigits || !is_hex) {
        return Error::invalid("timeline: cursor: not one that a page gave");
    }
    std::string bytes;
    for (size_t i = 0; i < text.size(); i += 2) {
        bytes += static_cast<char>(kDigits.find(text[i]) * 16 + kDigits.find(text[i + 1]));
    }
    ByteReader in(bytes);
    RowKey key;
    key.time = in.fixed<int64_t>();
    key.tie = in.fixed<uint32_t>();
    key.position = in.fixed<uint64_t>();
    return key;
}

/// The newest rows below a bound, at most `limit` of them: a heap whose top is the oldest.
class Newest {
public:
    Newest(RowKey below, size_t limit) : below_(below), limit_(limit) {}

    /// Returns whether an older row could still be among them.
    bool add(Found found) {
        if (found.key >= below_) return true;
        if (found_.size() == limit_ && found.key < found_.front().key) return false;
        found_.push_back(found);
        std::push_heap(found_.begin(), found_.end(), is_newer);
        if (found_.size() <= limit_) return true;
        std::pop_heap(found_.begin(), found_.end(), is_newer);
        found_.pop_back();
        return true;
    }
    /// Whether rows before `time` can no longer be among them.
    bool is_full_from(Micros time) const {
        return found_.size() == limit_ && found_.front().key.time >= time;
    }
    std::vector<Found> take() {
        std::sort(found_.begin(), found_.end(), is_newer);
        return std::move(found_);
    }

private:
    static bool is_newer(const Found& a, const Found& b) { return a.key > b.key; }

    RowKey below_;
    size_t limit_;
    std::vector<Found> found_;
};

/// Copies rows out; the blocks of one page stay open, because neighbours share them.
class RowReader {
public:
    explicit RowReader(const TailSnapshot& tail) : tail_(tail) {}

    Result<StoredEvent> read(const Found& at) {
        if (!at.file) return StoredEvent{tail_.row(at.row), std::string(tail_.payload(at.row))};
        auto& open = blocks_[{at.file, at.block}];
        if (!open) open = std::make_unique<Block>(*at.file, at.block);
        const auto row = static_cast<uint32_t>(at.row);
        TL_TRY_ASSIGN(const Row columns, open->row(row));
        TL_TRY_ASSIGN(const auto payload, open->payload(row));
        // The checksum says these are the bytes that were written; this, that they are an event.
        if (!model::is_event(payload)) return at.file->corrupt("a payload is no event", at.block);
        return StoredEvent{columns, std::string(payload)};
    }

private:
    const TailSnapshot& tail_;
    std::map<std::pair<const HistoryFile*, size_t>, std::unique_ptr<Block>> blocks_;
};

/// Looks for a position in one block of a file. What followed from a record has its position too.
Status find_in_block(const HistoryFile& file, size_t number, model::Position position,
                     std::optional<Found>& found) {
    Block block(file, number);
    TL_TRY_ASSIGN(const IntView positions, block.ints(Segment::Position));
    std::vector<uint16_t> origins;
    TL_TRY(block.codes(Segment::Origin, origins));
    for (uint32_t row = 0; row < positions.size(); ++row) {
        if (static_cast<model::Position>(positions.at(row)) != position) continue;
        if (file.origins()[origins[row]].type == model::kConsequence) continue;
        found = Found{{}, &file, number, row};
        break;
    }
    return Status::ok();
}

Status find_in_file(const HistoryFile& file, model::Position position,
                    std::optional<uint32_t> identity, std::optional<Found>& found) {
    std::vector<uint32_t> homes;
    if (identity) file.add_homes_of(*identity, homes);
    for (size_t number = 0; number < file.blocks().size() && !found; ++number) {
        const BlockEntry& entry = file.blocks()[number];
        if (position < entry.position_min || position > entry.position_max) continue;
        const auto may_hold = [&](uint32_t home) {
            return home >= entry.home_min && home <= entry.home_max;
        };
        if (identity && std::none_of(homes.begin(), homes.end(), may_hold)) continue;
        TL_TRY(find_in_block(file, number, position, found));
    }
    return Status::ok();
}

/// The columns of one block, decoded.
struct Decoded {
    std::vector<uint32_t> identity;
    std::vector<Micros> time;
    std::vector<uint32_t> name;
    std::vector<uint8_t> type;
    std::vector<model::SourceId> source;
    std::vector<uint8_t> flags;
    std::vector<uint32_t> tie;
    std::vector<model::Position> position;
    std::vector<uint16_t> codes;

    Status read(const HistoryFile& file, Block& block, ScanColumns wanted) {
        TL_TRY(block.identities(block.all(), identity));
        TL_TRY(block.times(block.all(), time));
        if (wanted.name) {
            TL_TRY(block.codes(Segment::Name, codes));
            fill(name, [&](uint16_t code) { return file.names()[code].number; });
        }
        if (wanted.type || wanted.source || wanted.flags) {
            TL_TRY(block.codes(Segment::Origin, codes));
            const auto& origins = file.origins();
            fill(type, [&](uint16_t code) { return static_cast<uint8_t>(origins[code].type); });
            fill(source, [&](uint16_t code) { return origins[code].source; });
            fill(flags, [&](uint16_t code) { return origins[code].flags; });
        }
        if (wanted.tie) {
            TL_TRY_ASSIGN(const IntView ties, block.ints(Segment::Tie));
            ties.decode(tie);
        }
        if (wanted.position) {
            TL_TRY_ASSIGN(const IntView positions, block.ints(Segment::Position));
            positions.decode(position);
        }
        return Status::ok();
    }

private:
    template <typename T, typename Of>
    void fill(std::vector<T>& out, Of&& of) const {
        out.resize(codes.size());
        std::transform(codes.begin(), codes.end(), out.begin(), of);
    }
};

}  // namespace

Result<std::string_view> ScanBlock::payload(size_t row) const {
    TL_ASSERT(row < size());
    if (stored_) return stored_->payload(static_cast<uint32_t>(row));
    return in_memory_[row];
}

Result<TimelinePage> HistorySnapshot::timeline(std::span<const uint32_t> identities,
                                               std::string_view cursor, size_t limit) const {
    TL_ASSERT(limit > 0);
    constexpr RowKey kEnd{std::numeric_limits<Micros>::max(), ~uint32_t{0}, ~uint64_t{0}};
    RowKey below = kEnd;
    if (!cursor.empty()) {
        TL_TRY_ASSIGN(below, parse_cursor(cursor));
    }

    // One more than the page: whether there is a next one.
    Newest newest(below, limit + 1);
    for (const uint32_t identity : identities) {
        tail_.for_each_of(identity, [&](uint64_t row) {
            newest.add({key_of(tail_.row(row)), nullptr, 0, row});
        });
    }
    // Latest month first: all rows of a month are older than all rows of the next.
    for (size_t i = files_->size(); i-- > 0;) {
        const HistoryFile& file = *(*files_)[i];
        if (newest.is_full_from(month_start(file.parts().month + 1))) break;
        if (file.parts().month > month_of(below.time)) continue;
        TL_TRY(for_keys_of(file, identities, [&](const RowKey& key, size_t block, uint32_t row) {
            return newest.add({key, &file, block, row});
        }));
    }

    auto found = newest.take();
    TimelinePage page;
    if (found.size() > limit) {
        found.resize(limit);
        page.next = format_cursor(found.back().key);
    }
    RowReader reader(tail_);
    for (const Found& at : found) {
        TL_TRY_ASSIGN(auto stored, reader.read(at));
        page.events.push_back(std::move(stored));
    }
    return page;
}

Result<uint64_t> HistorySnapshot::count(std::span<const uint32_t> identities) const {
    uint64_t count = 0;
    TL_TRY(rows_of(identities, [&](const RowKey&) { ++count; }));
    return count;
}

Status HistorySnapshot::rows_of(std::span<const uint32_t> identities,
                                const std::function<void(const RowKey&)>& visit) const {
    for (const uint32_t identity : identities) {
        tail_.for_each_of(identity, [&](uint64_t row) { visit(key_of(tail_.row(row))); });
    }
    for (const auto& file : *files_) {
        TL_TRY(for_keys_of(*file, identities, [&](const RowKey& key, size_t, uint32_t) {
            visit(key);
            return true;
        }));
    }
    return Status::ok();
}

Status HistorySnapshot::scan(Micros from, Micros to, ScanColumns columns,
                             const std::function<Status(const ScanBlock&)>& visit) const {
    Decoded decoded;
    for (const auto& file : *files_) {
        for (size_t number = 0; number < file->blocks().size(); ++number) {
            const BlockEntry& entry = file->blocks()[number];
            if (entry.time_max < from || entry.time_min >= to) continue;
            Block block(*file, number);
            TL_TRY(decoded.read(*file, block, columns));
            ScanBlock rows;
            rows.identity = decoded.identity;
            rows.time = decoded.time;
            if (columns.name) rows.name = decoded.name;
            if (columns.type) rows.type = decoded.type;
            if (columns.source) rows.source = decoded.source;
            if (columns.flags) rows.flags = decoded.flags;
            if (columns.tie) rows.tie = decoded.tie;
            if (columns.position) rows.position = decoded.position;
            rows.stored_ = &block;
            TL_TRY(visit(rows));
        }
    }
    Status status;
    tail_.for_each_chunk([&](uint64_t, const TailColumns& chunk) {
        ScanBlock rows;
        rows.identity = chunk.identity;
        rows.time = chunk.time;
        rows.name = chunk.name;
        rows.type = chunk.type;
        rows.source = chunk.source;
        rows.flags = chunk.flags;
        rows.tie = chunk.tie;
        rows.position = chunk.position;
        rows.in_memory_ = chunk.payload;
        status = visit(rows);
        return status.is_ok();
    });
    return status;
}

Result<std::optional<StoredEvent>> HistorySnapshot::find(model::Position position,
                                                         std::optional<uint32_t> identity) const {
    std::optional<Found> found;
    tail_.for_each_chunk([&](uint64_t first, const TailColumns& chunk) {
        // Positions do not fall in the tail.
        const auto begin = std::lower_bound(chunk.position.begin(), chunk.position.end(), position);
        auto row = static_cast<size_t>(begin - chunk.position.begin());
        for (; row < chunk.position.size() && chunk.position[row] == position; ++row) {
            if (static_cast<model::EventType>(chunk.type[row]) == model::kConsequence) continue;
            found = Found{{}, nullptr, 0, first + row};
            return false;
        }
        return row == chunk.position.size();
    });
    for (size_t i = files_->size(); i-- > 0 && !found;) {
        TL_TRY(find_in_file(*(*files_)[i], position, identity, found));
    }
    if (!found) return std::optional<StoredEvent>();
    TL_TRY_ASSIGN(auto stored, RowReader(tail_).read(*found));
    if (identity && stored.row.identity != *identity) return std::optional<StoredEvent>();
    return std::optional(std::move(stored));
}

uint64_t HistorySnapshot::rows() const {
    uint64_t rows = tail_.size();
    for (const auto& file : *files_) rows += file->rows();
    return rows;
}

}  // namespace throughline::sequence

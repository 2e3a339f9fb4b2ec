#include "sequence/block_writer.h"

#include <algorithm>

#include "base/hash.h"
#include "sequence/dictionary.h"

namespace throughline::sequence {

namespace {

constexpr uint8_t kEscape = 255;
constexpr int64_t kEscapedMax = 0xffffff;

int64_t seconds_of(Micros time) {
    return floor_div(time, kSecond);
}

// Differences wrap: an instant may be missing (kNoTime).
int64_t difference(int64_t from, int64_t to) {
    return static_cast<int64_t>(static_cast<uint64_t>(to) - static_cast<uint64_t>(from));
}

}  // namespace

/// The segments of a block, and their directory.
class BlockWriter::Segments {
public:
    Segments(const FileName& name, uint64_t offset, std::string& out)
        : name_(name), begin_(out.size()), offset_(offset), out_(out) {}

    /// Adds what `write` appends as one segment of `values` values. Requires: rising ids.
    template <typename Write>
    void add(uint32_t id, uint64_t values, Write&& write) {
        const size_t start = out_.size();
        write(out_);
        ByteWriter directory(directory_);
        directory.varint(id - last_);
        directory.varint(values);
        directory.varint(out_.size() - start);
        directory.fixed(checksum(std::string_view(out_).substr(start), seed_at(start)));
        last_ = id;
        ++count_;
    }

    void finish(BlockEntry& entry) {
        const size_t start = out_.size();
        ByteWriter(out_).varint(count_);
        out_ += directory_;
        entry.offset = offset_;
        entry.bytes = start - begin_;
        entry.directory_bytes = out_.size() - start;
        entry.directory_checksum = checksum(std::string_view(out_).substr(start), seed_at(start));
    }

private:
    uint64_t seed_at(size_t place) const {
        return checksum_seed(name_, offset_ + (place - begin_));
    }

    const FileName& name_;
    size_t begin_;
    uint64_t offset_;
    std::string& out_;
    std::string directory_;
    uint32_t last_ = 0;
    uint64_t count_ = 0;
};

void BlockWriter::add(uint32_t home, const Row& row, std::string_view payload) {
    const model::EventView event(payload);
    Kept kept{.home = home,
              .row = row,
              .name = name_code(row.name, event.name()),
              .origin = origin_code(row),
              .shape = shredder_.shred(event),
              .touch = touch_ ? touch_code(touch_->of(event, scratch_)) : 0,
              .original = event.original(),
              .sent = event.sent(),
              .received = event.received()};
    if (kept.shape == Schema::kSpilled) spilled_.add(payload);
    keep(kept, event.message_id());
    payload_bytes_ += payload.size();
}

void BlockWriter::keep(const Kept& kept, std::string_view message_id) {
    message_ids_.add(message_id);
    note_moved(kept.row.identity, kept.home);
    statistics_.add_row(kept.name, kept.row.type, kept.shape);
    if (kept.row.name == kOverflowName) statistics_.note_unnamed();
    rows_.push_back(kept);
}

Status BlockWriter::copy(uint32_t home, const Row& row, Block& from, uint32_t at) {
    auto& map = maps_[&from.schema()];
    if (!map) map = std::make_unique<SchemaMap>(from.schema(), footer_.schema);
    TL_TRY_ASSIGN(const auto head, from.head_to_copy(at));
    const auto shape =
        head.shape == Schema::kSpilled ? std::optional<uint32_t>() : map->shape(head.shape);
    // Whole there, to be kept whole here, or with the touch of another version, or none.
    if (!shape || !keeps_touches_of(from)) {
        TL_TRY_ASSIGN(const auto payload, from.payload(at));
        add(home, row, payload);
        return Status::ok();
    }
    const model::Event& event = head.event;
    uint32_t touch = 0;
    if (touch_) {
        TL_TRY_ASSIGN(const auto text, from.touch(at));
        touch = touch_code(text);
    }
    keep({.home = home,
          .row = row,
          .name = name_code(row.name, event.name),
          .origin = origin_code(row),
          .shape = *shape,
          .touch = touch,
          .original = event.original,
          .sent = event.sent,
          .received = event.received},
         event.message_id);
    const uint64_t before = shredder_.copied_bytes();
    shredder_.begin_copy(row.time);
    TL_TRY(from.copy_values(at, map->columns(), shredder_));
    payload_bytes_ += shredder_.copied_bytes() - before;
    return Status::ok();
}

uint32_t BlockWriter::touch_code(std::optional<std::string_view> text) {
    if (!text) return 0;
    if (last_touch_code_ != 0 && last_touch_ == *text) return last_touch_code_;
    last_touch_ = *text;
    const auto next = static_cast<uint32_t>(code_of_touch_.size()) + 1;
    const auto [found, is_new] = code_of_touch_.try_emplace(last_touch_, next);
    if (is_new) touches_.add(last_touch_);
    last_touch_code_ = found->second;
    return last_touch_code_;
}

bool BlockWriter::keeps_touches_of(const Block& from) const {
    return !touch_ || from.touch_version() == touch_->version();
}

uint32_t BlockWriter::name_code(uint32_t number, std::string_view text) {
    const auto next = static_cast<uint32_t>(footer_.names.size());
    if (number == kOverflowName) {
        const auto [found, is_new] = code_of_text_.try_emplace(std::string(text), next);
        if (is_new) footer_.names.push_back({number, std::string(text)});
        return found->second;
    }
    if (number >= code_of_number_.size()) code_of_number_.resize(number + 1);
    if (code_of_number_[number] == 0) {
        footer_.names.push_back({number, std::string(text)});
        code_of_number_[number] = next + 1;
    }
    return code_of_number_[number] - 1;
}

uint32_t BlockWriter::origin_code(const Row& row) {
    const Origin origin{row.type, row.flags, row.source};
    auto& origins = footer_.origins;
    if (last_origin_ < origins.size() && origins[last_origin_] == origin) return last_origin_;
    const auto found = std::find(origins.begin(), origins.end(), origin);
    last_origin_ = static_cast<uint32_t>(found - origins.begin());
    if (found == origins.end()) origins.push_back(origin);
    return last_origin_;
}

void BlockWriter::note_moved(uint32_t identity, uint32_t home) {
    if (identity == home) return;
    const std::pair moved(identity, home);
    if (last_moved_ == moved) return;
    last_moved_ = moved;
    footer_.moved.push_back(moved);
}

template <typename Value>
void BlockWriter::put_ints(Segments& segments, Segment which, Value&& value) const {
    std::vector<int64_t> values(rows_.size());
    std::transform(rows_.begin(), rows_.end(), values.begin(), value);
    segments.add(segment_id(which), values.size(),
                 [&](std::string& out) { encode_ints(values, out); });
}

void BlockWriter::put_homes(Segments& segments) const {
    std::string runs;
    ByteWriter writer(runs);
    uint64_t count = 0;
    uint32_t last = 0;
    for (size_t from = 0, to = 0; from < rows_.size(); from = to, ++count) {
        while (to < rows_.size() && rows_[to].home == rows_[from].home) ++to;
        writer.varint(rows_[from].home - last);
        writer.varint(to - from);
        last = rows_[from].home;
    }
    segments.add(segment_id(Segment::Homes), count, [&](std::string& out) { out += runs; });
}

void BlockWriter::put_identities(Segments& segments) const {
    const auto is_home = [](const Kept& kept) { return kept.row.identity == kept.home; };
    if (std::all_of(rows_.begin(), rows_.end(), is_home)) return;
    const auto offset = [&](size_t row) {
        return int64_t{rows_[row].row.identity} - rows_[row].home;
    };
    std::string runs;
    ByteWriter writer(runs);
    uint64_t count = 0;
    for (size_t from = 0, to = 0; from < rows_.size(); from = to, ++count) {
        while (to < rows_.size() && offset(to) == offset(from)) ++to;
        writer.varint(to - from);
        writer.signed_varint(offset(from));
    }
    segments.add(segment_id(Segment::Identities), count, [&](std::string& out) { out += runs; });
}

void BlockWriter::put_times(Segments& segments, int64_t month) const {
    const int64_t start = seconds_of(month_start(month));
    std::string steps(1, '\0');
    std::string escaped;
    std::vector<int64_t> seconds;
    bool is_regular = true;
    int64_t last = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
        if (i == 0 || rows_[i].home != rows_[i - 1].home) last = 0;
        seconds.push_back(seconds_of(rows_[i].row.time) - start);
        const int64_t step = seconds.back() - last;
        is_regular = is_regular && step >= 0 && step <= kEscapedMax;
        last = seconds.back();
        steps.push_back(static_cast<char>(step < kEscape ? step : kEscape));
        if (step < kEscape) continue;
        for (const int shift : {0, 8, 16}) escaped.push_back(static_cast<char>(step >> shift));
    }
    segments.add(segment_id(Segment::Seconds), rows_.size(), [&](std::string& out) {
        if (is_regular) {
            out += steps;
            out += escaped;
        } else {
            out.push_back('\1');
            encode_ints(seconds, out);
        }
    });
    const auto micros = [](const Kept& kept) {
        return kept.row.time - seconds_of(kept.row.time) * kSecond;
    };
    if (std::all_of(rows_.begin(), rows_.end(),
                    [&](const Kept& kept) { return micros(kept) == 0; })) {
        return;
    }
    put_ints(segments, Segment::Micros, micros);
}

void BlockWriter::put_touches(Segments& segments) const {
    if (touches_.lengths.empty()) return;
    put_ints(segments, Segment::Touch, [](const Kept& kept) { return kept.touch; });
    segments.add(segment_id(Segment::Touches), touches_.lengths.size(),
                 [&](std::string& text) { encode_texts(touches_, text); });
}

void BlockWriter::put_leaves(Segments& segments) {
    auto& columns = shredder_.values();
    for (uint32_t column = 0; column < columns.size(); ++column) {
        const LeafValues& values = columns[column];
        if (values.size() == 0) continue;
        segments.add(leaf_segment(column), values.size(), [&](std::string& out) {
            if (values.ints.empty()) {
                return encode_texts(values.texts, out, [&](const Texts& different) {
                    statistics_.add_values(column, values, different);
                });
            }
            statistics_.add_values(column, values, {});
            encode_ints(values.ints, out);
        });
        if (values.scales.empty()) continue;
        segments.add(leaf_segment(column) + 1, values.size(),
                     [&](std::string& out) { encode_ints(values.scales, out); });
    }
}

BlockEntry BlockWriter::entry() const {
    BlockEntry entry{.rows = static_cast<uint32_t>(rows_.size()),
                     .home_min = rows_.front().home,
                     .home_max = rows_.back().home,
                     .time_min = rows_.front().row.time,
                     .time_max = rows_.front().row.time,
                     .position_min = rows_.front().row.position,
                     .position_max = rows_.front().row.position};
    for (const Kept& kept : rows_) {
        entry.time_min = std::min(entry.time_min, kept.row.time);
        entry.time_max = std::max(entry.time_max, kept.row.time);
        entry.position_min = std::min(entry.position_min, kept.row.position);
        entry.position_max = std::max(entry.position_max, kept.row.position);
    }
    return entry;
}

BlockEntry BlockWriter::finish(const FileName& name, uint64_t offset, std::string& out) {
    TL_ASSERT(!rows_.empty());
    BlockEntry block = entry();
    Segments segments(name, offset, out);
    put_homes(segments);
    put_identities(segments);
    put_times(segments, name.month);
    put_ints(segments, Segment::Name, [](const Kept& kept) { return kept.name; });
    put_ints(segments, Segment::Origin, [](const Kept& kept) { return kept.origin; });
    put_ints(segments, Segment::Tie, [](const Kept& kept) { return kept.row.tie; });
    put_ints(segments, Segment::Position,
             [](const Kept& kept) { return static_cast<int64_t>(kept.row.position); });
    put_ints(segments, Segment::Shape, [](const Kept& kept) { return kept.shape; });
    const auto after = [](const Kept& kept, Micros at) { return difference(kept.row.time, at); };
    put_ints(segments, Segment::Original,
             [&](const Kept& kept) { return after(kept, kept.original); });
    put_ints(segments, Segment::Sent, [&](const Kept& kept) { return after(kept, kept.sent); });
    put_ints(segments, Segment::Received,
             [&](const Kept& kept) { return after(kept, kept.received); });
    segments.add(segment_id(Segment::MessageId), rows_.size(),
                 [&](std::string& text) { encode_texts(message_ids_, text); });
    if (!spilled_.lengths.empty()) {
        segments.add(segment_id(Segment::Spill), spilled_.lengths.size(),
                     [&](std::string& text) { encode_texts(spilled_, text); });
    }
    put_touches(segments);
    put_leaves(segments);
    segments.finish(block);

    rows_.clear();
    message_ids_.clear();
    spilled_.clear();
    touches_.clear();
    code_of_touch_.clear();
    last_touch_code_ = 0;
    shredder_.clear();
    payload_bytes_ = 0;
    return block;
}

}  // namespace throughline::sequence

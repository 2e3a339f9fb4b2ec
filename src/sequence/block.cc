// Reading one block: its segments, and from them rows and payloads.
#include <algorithm>
#include <bit>
#include <cstring>

#include "base/hash.h"
#include "sequence/history_file.h"

namespace throughline::sequence {

namespace {

constexpr size_t kEscapedBytes = 3;
static_assert(kIntsSlack >= sizeof(uint32_t));

int64_t sum(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

/// So many seconds after the start of a month. Wraps: the bytes may be anything.
Micros instant(Micros month, int64_t seconds) {
    return sum(month, static_cast<int64_t>(static_cast<uint64_t>(seconds) * uint64_t{kSecond}));
}

constexpr uint64_t in_each_byte(uint8_t byte) {
    return byte * uint64_t{0x0101'0101'0101'0101};
}

/// The high bit of each byte that is 255, which stands for a step that is escaped.
uint64_t escapes_in(uint64_t bytes) {
    return ((bytes & in_each_byte(0x7f)) + in_each_byte(1)) & bytes & in_each_byte(0x80);
}

/// One bit for each of eight bytes: whether it is 255.
uint64_t escaped(const char* bytes) {
    return (escapes_in(load<uint64_t>(bytes)) >> 7) * 0x0102'0408'1020'4080 >> 56;
}

/// Writes the steps of form 0 with the escaped ones in their places; false unless the bytes are so
/// many steps. Bytes behind them are read, and masked away.
bool unescape_steps(std::string_view bytes, uint32_t rows, std::vector<uint32_t>& out) {
    if (bytes.size() < rows) return false;
    out.resize(rows);
    const auto* const steps = reinterpret_cast<const uint8_t*>(bytes.data());
    std::copy(steps, steps + rows, out.begin());
    size_t next = rows;
    for (uint32_t first = 0; first < rows; first += 64) {
        const uint32_t size = std::min(rows - first, 64u);
        uint64_t escapes = 0;
        for (uint32_t at = 0; at < size; at += 8) {
            escapes |= escaped(bytes.data() + first + at) << at;
        }
        escapes &= ~uint64_t{0} >> (64 - size);
        const auto count = static_cast<size_t>(std::popcount(escapes));
        if (next + count * kEscapedBytes > bytes.size()) return false;
        for (; escapes != 0; escapes &= escapes - 1, next += kEscapedBytes) {
            const uint32_t row = first + static_cast<uint32_t>(std::countr_zero(escapes));
            out[row] = load<uint32_t>(bytes.data() + next) & 0xffffff;
        }
    }
    return next == bytes.size();
}

using Lanes [[gnu::vector_size(32)]] = uint32_t;
constexpr size_t kLanes = sizeof(Lanes) / sizeof(uint32_t);

/// Each lane and those before it.
Lanes lanes_added_up(Lanes lanes) {
    constexpr Lanes kZero = {};
    lanes += __builtin_shufflevector(lanes, kZero, 8, 0, 1, 2, 3, 4, 5, 6);
    lanes += __builtin_shufflevector(lanes, kZero, 8, 8, 0, 1, 2, 3, 4, 5);
    lanes += __builtin_shufflevector(lanes, kZero, 8, 8, 8, 8, 0, 1, 2, 3);
    return lanes;
}

/// Adds to each number those before it. Wraps.
void add_up(std::span<uint32_t> numbers) {
    Lanes sum = {};
    size_t at = 0;
    for (; at + kLanes <= numbers.size(); at += kLanes) {
        Lanes lanes;
        std::memcpy(&lanes, &numbers[at], sizeof lanes);
        lanes = lanes_added_up(lanes);
        const Lanes all = __builtin_shufflevector(lanes, lanes, 7, 7, 7, 7, 7, 7, 7, 7);
        lanes += sum;
        sum += all;
        std::memcpy(&numbers[at], &lanes, sizeof lanes);
    }
    for (uint32_t last = sum[0]; at < numbers.size(); ++at) last = numbers[at] += last;
}

/// The run of homes that holds a row.
auto run_at(std::span<const HomeRun> homes, uint32_t row) {
    return std::partition_point(homes.begin(), homes.end(),
                                [&](const HomeRun& run) { return run.end <= row; });
}

}  // namespace

void Block::move_to(const HistoryFile& file, size_t number) {
    file_ = &file;
    number_ = number;
    segments_.clear();
    homes_.clear();
    columns_.reset();
    has_seconds_ = false;
    touches_.reset();
    touch_codes_.clear();
    payloads_.reset();
}

Status Block::load_directory() {
    const BlockEntry& block = entry();
    const uint64_t start = block.offset + block.bytes;
    const std::string_view stored = file_->bytes_.substr(start, block.directory_bytes);
    if (checksum(stored, checksum_seed(file_->parts_, start)) != block.directory_checksum) {
        return corrupt("stored bytes fail their checksum");
    }
    ByteReader in(stored);
    uint64_t id = 0;
    uint64_t offset = block.offset;
    const uint64_t count = in.varint();
    std::vector<Stored> segments = std::move(segments_);  // Empty, but with room.
    segments.clear();
    segments.reserve(std::min<uint64_t>(count, in.left()));
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t more = in.varint();
        Stored segment{.offset = offset, .values = static_cast<uint32_t>(in.varint())};
        segment.bytes = in.varint();
        segment.checksum = in.fixed<uint64_t>();
        id += more;
        const bool is_good = in.ok() && (i == 0 || more > 0) && id <= UINT32_MAX &&
                             segment.bytes <= block.offset + block.bytes - offset;
        if (!is_good) return corrupt("its directory does not fit");
        offset += segment.bytes;
        segment.id = static_cast<uint32_t>(id);
        segments.push_back(segment);
    }
    if (!in.ok() || !in.at_end() || offset != start || segments.empty()) {
        return corrupt("its directory does not fit");
    }
    segments_ = std::move(segments);
    return Status::ok();
}

Result<Block::Stored*> Block::find(uint32_t id) {
    if (segments_.empty()) TL_TRY(load_directory());
    const auto found = std::ranges::lower_bound(segments_, id, {}, &Stored::id);
    return found == segments_.end() || found->id != id ? nullptr : &*found;
}

Result<std::string_view> Block::bytes(uint32_t id) {
    TL_TRY_ASSIGN(Stored* const segment, find(id));
    if (segment == nullptr) return std::string_view();
    const std::string_view stored = file_->bytes_.substr(segment->offset, segment->bytes);
    if (!segment->is_checked) {
        if (checksum(stored, checksum_seed(file_->parts_, segment->offset)) != segment->checksum) {
            return corrupt("stored bytes fail their checksum");
        }
        segment->is_checked = true;
    }
    return stored;
}

Status Block::add_sizes(std::map<uint32_t, uint64_t>& out) {
    if (segments_.empty()) TL_TRY(load_directory());
    for (const Stored& segment : segments_) out[segment.id] += segment.bytes;
    return Status::ok();
}

Status Block::verify_bytes() {
    if (segments_.empty()) TL_TRY(load_directory());
    for (const Stored& segment : segments_) TL_TRY(bytes(segment.id));
    return Status::ok();
}

Result<std::span<const HomeRun>> Block::homes() {
    if (homes_.empty()) TL_TRY(load_homes());
    return std::span<const HomeRun>(homes_);
}

Status Block::load_homes() {
    TL_TRY_ASSIGN(const Stored* const segment, find(segment_id(Segment::Homes)));
    TL_TRY_ASSIGN(const auto stored, bytes(segment_id(Segment::Homes)));
    if (segment == nullptr || segment->values > rows()) return corrupt("homes do not fit");
    std::vector<HomeRun> runs = std::move(homes_);  // Empty, but with room.
    runs.clear();
    runs.reserve(segment->values);
    ByteReader in(stored);
    uint64_t home = 0;
    uint64_t row = 0;
    for (uint32_t i = 0; i < segment->values; ++i) {
        const uint64_t more = in.varint();
        const uint64_t count = in.varint();
        home += more;
        if ((i > 0 && more == 0) || home > UINT32_MAX || count == 0 || count > rows() - row) {
            return corrupt("homes do not fit");
        }
        runs.push_back({static_cast<uint32_t>(home), static_cast<uint32_t>(row),
                        static_cast<uint32_t>(row + count)});
        row += count;
    }
    if (!in.ok() || !in.at_end() || row != rows()) return corrupt("homes do not fit");
    homes_ = std::move(runs);
    return Status::ok();
}

Status Block::identity_runs(std::vector<IdentityRun>& out) {
    out.clear();
    TL_TRY_ASSIGN(const auto homes, this->homes());
    TL_TRY_ASSIGN(const auto stored, bytes(segment_id(Segment::Identities)));
    if (stored.empty()) return Status::ok();
    ByteReader in(stored);
    uint32_t row = 0;
    auto run = homes.begin();
    while (row < rows() && in.ok()) {
        const uint64_t count = in.varint();
        const int64_t offset = in.signed_varint();
        if (count == 0 || count > rows() - row) break;
        // One offset may go on over several homes.
        for (const auto end = static_cast<uint32_t>(row + count); row < end;) {
            const uint32_t until = std::min(end, run->end);
            out.push_back({run->home, static_cast<uint32_t>(sum(run->home, offset)), until - row});
            row = until;
            if (row == run->end) ++run;
        }
    }
    if (!in.ok() || !in.at_end() || row != rows()) return corrupt("identities do not fit");
    return Status::ok();
}

Status Block::identities(HomeRun wanted, std::vector<uint32_t>& out) {
    TL_TRY_ASSIGN(const auto homes, this->homes());
    TL_ASSERT(wanted.begin <= wanted.end && wanted.end <= rows());
    out.resize(wanted.end - wanted.begin);
    for (auto run = run_at(homes, wanted.begin); run != homes.end() && run->begin < wanted.end;
         ++run) {
        const uint32_t from = std::max(run->begin, wanted.begin) - wanted.begin;
        const uint32_t to = std::min(run->end, wanted.end) - wanted.begin;
        std::fill(out.begin() + from, out.begin() + to, run->home);
    }
    TL_TRY_ASSIGN(const auto stored, bytes(segment_id(Segment::Identities)));
    if (stored.empty()) return Status::ok();
    ByteReader in(stored);
    uint64_t row = 0;
    while (row < wanted.end && in.ok()) {
        const uint64_t count = in.varint();
        const int64_t offset = in.signed_varint();
        if (count == 0 || count > rows() - row) break;
        const uint64_t end = row + count;
        for (uint64_t i = std::max<uint64_t>(row, wanted.begin);
             i < std::min<uint64_t>(end, wanted.end); ++i) {
            uint32_t& identity = out[i - wanted.begin];
            identity = static_cast<uint32_t>(sum(identity, offset));
        }
        row = end;
    }
    if (!in.ok() || row < wanted.end || (row == rows() && !in.at_end())) {
        return corrupt("identities do not fit");
    }
    return Status::ok();
}

// Steps are added up over all homes in one go: leaving a loop for each, of so few rows, costs more
// than to subtract what came before it from the rows that are asked for.
Status Block::load_seconds() {
    if (has_seconds_) return Status::ok();
    TL_TRY_ASSIGN(const auto stored, bytes(segment_id(Segment::Seconds)));
    if (stored.empty()) return corrupt("times do not fit");
    has_steps_ = stored[0] == '\0';
    if (has_steps_) {
        TL_TRY(homes());
        if (!unescape_steps(stored.substr(1), rows(), sums_)) return corrupt("times do not fit");
        add_up(sums_);
    } else {
        const auto column = IntView::parse(stored.substr(1), rows());
        if (!column) return corrupt("times do not fit");
        column->decode(seconds_);
    }
    has_seconds_ = true;
    return Status::ok();
}

Result<std::optional<IntView>> Block::micros() {
    TL_TRY_ASSIGN(const auto stored, bytes(segment_id(Segment::Micros)));
    if (stored.empty()) return std::optional<IntView>();
    auto column = IntView::parse(stored, rows());
    if (!column) return corrupt("times do not fit");
    return column;
}

Status Block::times(HomeRun wanted, std::vector<Micros>& out) {
    TL_ASSERT(wanted.begin <= wanted.end && wanted.end <= rows());
    TL_TRY(load_seconds());
    const Micros month = month_start(file_->parts_.month);
    out.resize(wanted.end - wanted.begin);
    if (has_steps_) {
        const std::span<const HomeRun> homes = homes_;
        for (auto run = run_at(homes, wanted.begin); run != homes.end() && run->begin < wanted.end;
             ++run) {
            const uint32_t before = sum_before(*run);
            const uint32_t end = std::min(run->end, wanted.end);
            for (uint32_t row = std::max(run->begin, wanted.begin); row < end; ++row) {
                out[row - wanted.begin] = instant(month, uint32_t{sums_[row] - before});
            }
        }
    } else {
        std::transform(seconds_.begin() + wanted.begin, seconds_.begin() + wanted.end, out.begin(),
                       [&](int64_t seconds) { return instant(month, seconds); });
    }
    TL_TRY_ASSIGN(const auto micros, this->micros());
    if (!micros) return Status::ok();
    micros->decode(wanted.begin, wanted.end, micros_);
    std::transform(out.begin(), out.end(), micros_.begin(), out.begin(), sum);
    return Status::ok();
}

Status Block::times_of(const PickedRows& picked, std::span<Micros> out) {
    const auto rows = picked.rows;
    TL_ASSERT(rows.size() == out.size() && picked.homes.size() == picked.ends.size());
    TL_TRY(load_seconds());
    const Micros month = month_start(file_->parts_.month);
    if (has_steps_) {
        find_sums_before(picked);
        for (size_t i = 0; i < rows.size(); ++i) {
            out[i] = instant(month, uint32_t{sums_[rows[i]] - sums_before_[i]});
        }
    } else {
        for (size_t i = 0; i < rows.size(); ++i) out[i] = instant(month, seconds_[rows[i]]);
    }
    TL_TRY_ASSIGN(const auto micros, this->micros());
    if (!micros) return Status::ok();
    if (rows.size() > this->rows() / 8) {  // From here on all of them cost less than some.
        micros->decode(micros_);
        for (size_t i = 0; i < rows.size(); ++i) out[i] = sum(out[i], micros_[rows[i]]);
    } else {
        for (size_t i = 0; i < rows.size(); ++i)
            out[i] = sum(out[i], static_cast<uint32_t>(micros->at(rows[i])));
    }
    return Status::ok();
}

// Several are written at once, and those that are another home's written over: most homes have
// few rows, and a loop of always the same length is one that the processor need not guess.
void Block::find_sums_before(const PickedRows& picked) {
    constexpr uint32_t kAtOnce = 8;
    const size_t room = picked.rows.size() + kAtOnce;
    if (room > sums_before_.size()) sums_before_.resize(room);
    uint32_t at = 0;
    for (size_t i = 0; i < picked.homes.size(); ++i) {
        const uint32_t before = sum_before(picked.homes[i]);
        const uint32_t end = picked.ends[i];
        do {
            std::fill_n(sums_before_.begin() + at, kAtOnce, before);
            at += kAtOnce;
        } while (at < end);
        at = end;
    }
}

Result<IntView> Block::ints(Segment which) {
    TL_TRY_ASSIGN(const auto stored, bytes(segment_id(which)));
    const auto view = IntView::parse(stored, rows());
    if (!view) return corrupt("a column does not fit");
    return *view;
}

// Not a search for the first that is too large: this way the processor looks at many at once.
template <typename T>
Status Block::check_below(size_t end, const std::vector<T>& numbers) const {
    T most = 0;
    for (const T number : numbers) most = std::max(most, number);
    if (most < end) return Status::ok();
    return corrupt("a column does not fit");
}

Status Block::codes(Segment which, std::vector<uint16_t>& out) {
    TL_TRY_ASSIGN(const IntView view, ints(which));
    const size_t known =
        which == Segment::Name ? file_->footer_.names.size() : file_->footer_.origins.size();
    view.decode(out);
    return check_below(known, out);
}

Result<RowColumns> Block::row_columns(HomeRun rows) {
    RowColumns columns{.rows = rows};
    TL_TRY(identities(rows, columns.identity));
    TL_TRY(times(rows, columns.time));
    TL_TRY_ASSIGN(columns.name, ints(Segment::Name));
    TL_TRY_ASSIGN(columns.origin, ints(Segment::Origin));
    TL_TRY_ASSIGN(columns.tie, ints(Segment::Tie));
    TL_TRY_ASSIGN(columns.position, ints(Segment::Position));
    return columns;
}

Result<Row> Block::row(const RowColumns& columns, uint32_t at) const {
    const auto name = static_cast<uint64_t>(columns.name.at(at));
    const auto origin = static_cast<uint64_t>(columns.origin.at(at));
    if (name >= file_->footer_.names.size() || origin >= file_->footer_.origins.size()) {
        return corrupt("a column does not fit");
    }
    const RowKey key = columns.key(at);
    const Origin& from = file_->footer_.origins[origin];
    return Row{.identity = columns.identity_of(at),
               .name = file_->footer_.names[name].number,
               .time = key.time,
               .position = key.position,
               .tie = key.tie,
               .source = from.source,
               .type = from.type,
               .flags = from.flags};
}

Status Block::open_columns(uint32_t row) {
    if (columns_ && row >= columns_->rows.begin && row < columns_->rows.end) return Status::ok();
    HomeRun wanted = all();
    if (!columns_) {
        TL_TRY_ASSIGN(const auto homes, this->homes());
        wanted = *run_at(homes, row);
    }
    columns_.reset();
    TL_TRY_ASSIGN(columns_, row_columns(wanted));
    return Status::ok();
}

Result<Row> Block::row(uint32_t at) {
    TL_ASSERT(at < rows());
    TL_TRY(open_columns(at));
    return row(*columns_, at);
}

LeafReader* Block::leaf(uint32_t column) {
    auto& reader = payloads_->leaves[column];
    if (reader) return reader.get();
    auto opened = leaf_column(column);
    if (!opened) return nullptr;
    reader = std::make_unique<LeafReader>(std::move(*opened));
    return reader.get();
}

Result<LeafReader> Block::leaf_column(uint32_t column) {
    TL_TRY_ASSIGN(const Stored* const segment, find(leaf_segment(column)));
    if (segment == nullptr) return corrupt("a column is missing");
    TL_TRY_ASSIGN(const auto values, bytes(leaf_segment(column)));
    TL_TRY_ASSIGN(const auto scales, bytes(leaf_segment(column) + 1));
    auto reader =
        LeafReader::open(file_->schema().columns()[column].kind, values, scales, segment->values);
    if (!reader) return corrupt("a column does not fit");
    return std::move(*reader);
}

Result<std::span<const std::string>> Block::touches() {
    if (touches_) return std::span<const std::string>(*touches_);
    std::vector<std::string> texts;
    TL_TRY_ASSIGN(const Stored* const segment, find(segment_id(Segment::Touches)));
    if (segment != nullptr) {
        TL_TRY_ASSIGN(const auto stored, bytes(segment_id(Segment::Touches)));
        auto view = TextView::parse(stored, segment->values);
        if (!view || segment->values > rows()) return corrupt("touches do not fit");
        for (uint32_t i = 0; i < view->size(); ++i) {
            const auto text = view->at(i);
            if (!text) return corrupt("touches do not fit");
            texts.emplace_back(*text);
        }
    }
    touches_ = std::move(texts);
    return std::span<const std::string>(*touches_);
}

Status Block::touch_codes(std::vector<uint16_t>& out) {
    TL_TRY_ASSIGN(const auto touches, this->touches());
    if (touches.empty()) {
        out.assign(rows(), 0);
        return Status::ok();
    }
    TL_TRY_ASSIGN(const IntView view, ints(Segment::Touch));
    view.decode(out);
    return check_below(touches.size() + 1, out);
}

Result<std::optional<std::string_view>> Block::touch(uint32_t row) {
    TL_ASSERT(row < rows());
    if (touch_codes_.empty()) TL_TRY(touch_codes(touch_codes_));
    const uint16_t code = touch_codes_[row];
    if (code == 0) return std::optional<std::string_view>();
    return std::optional<std::string_view>((*touches_)[code - 1]);
}

Status Block::shapes(std::vector<uint32_t>& out) {
    TL_TRY_ASSIGN(const IntView shapes, ints(Segment::Shape));
    shapes.decode(out);
    return check_below(file_->schema().shapes().size(), out);
}

Status Block::open_payloads() {
    auto opened = std::make_unique<Payloads>(file_->schema(), static_cast<LeafSource&>(*this));
    TL_TRY(shapes(opened->shapes));
    TL_TRY_ASSIGN(opened->original, ints(Segment::Original));
    TL_TRY_ASSIGN(opened->sent, ints(Segment::Sent));
    TL_TRY_ASSIGN(opened->received, ints(Segment::Received));
    TL_TRY_ASSIGN(const auto message_ids, bytes(segment_id(Segment::MessageId)));
    opened->message_ids = TextView::parse(message_ids, rows());
    TL_TRY_ASSIGN(const Stored* const spill, find(segment_id(Segment::Spill)));
    if (spill != nullptr) {
        TL_TRY_ASSIGN(const auto stored, bytes(segment_id(Segment::Spill)));
        opened->spill = TextView::parse(stored, spill->values);
    }
    const auto spilled =
        std::count(opened->shapes.begin(), opened->shapes.end(), uint32_t{Schema::kSpilled});
    const size_t kept = opened->spill ? opened->spill->size() : 0;
    if (!opened->message_ids || static_cast<size_t>(spilled) != kept) {
        return corrupt("a column does not fit");
    }
    payloads_ = std::move(opened);
    return Status::ok();
}

Status Block::seek(uint32_t row) {
    Payloads& at = *payloads_;
    if (row < at.next) {
        at.assembler.rewind();
        at.next = at.next_spill = 0;
    }
    for (; at.next < row; ++at.next) {
        const uint32_t shape = at.shapes[at.next];
        at.next_spill += shape == Schema::kSpilled ? 1 : 0;
        if (!at.assembler.skip(shape)) return corrupt("values do not fit");
    }
    at.assembler.end_skipping();
    return Status::ok();
}

Result<model::Event> Block::head(uint32_t at) {
    Payloads& all = *payloads_;
    TL_TRY_ASSIGN(const Row row, this->row(at));
    const auto message_id = all.message_ids->at(at);
    if (!message_id || message_id->size() > UINT16_MAX) return corrupt("values do not fit");
    all.message_id = *message_id;
    model::Event event;
    event.type = row.type;
    event.flags = row.flags;
    event.source = row.source;
    event.tie = row.tie;
    event.time = row.time;
    event.original = sum(row.time, all.original.at(at));
    event.sent = sum(row.time, all.sent.at(at));
    event.received = sum(row.time, all.received.at(at));
    event.name = file_->footer_.names[static_cast<size_t>(columns_->name.at(at))].text;
    event.message_id = all.message_id;
    return event;
}

Result<std::string_view> Block::payload(uint32_t row) {
    TL_ASSERT(row < rows());
    auto payload = read_payload(row);
    if (!payload) payloads_.reset();  // It may stand in the middle of an event.
    return payload;
}

Result<std::string_view> Block::read_payload(uint32_t row) {
    if (!payloads_) TL_TRY(open_payloads());
    TL_TRY(seek(row));
    Payloads& all = *payloads_;
    const uint32_t shape = all.shapes[row];
    if (shape == Schema::kSpilled) {
        const auto payload = all.spill->at(all.next_spill);
        if (!payload || !model::is_event(*payload)) return corrupt("values do not fit");
        ++all.next_spill;
        ++all.next;
        return *payload;
    }
    TL_TRY_ASSIGN(const model::Event event, head(row));
    all.payload.clear();
    if (!all.assembler.assemble(shape, event, all.payload)) {
        return corrupt("values do not fit");
    }
    ++all.next;
    return std::string_view(all.payload);
}

Result<Block::CopyHead> Block::head_to_copy(uint32_t row) {
    if (!payloads_) TL_TRY(open_payloads());
    TL_TRY_ASSIGN(const model::Event event, head(row));
    return CopyHead{event, payloads_->shapes[row]};
}

Status Block::copy_values(uint32_t row, const std::vector<uint32_t>& columns, Shredder& to) {
    TL_TRY(seek(row));
    Payloads& all = *payloads_;
    if (!all.assembler.copy(all.shapes[row], columns, to)) return corrupt("values do not fit");
    ++all.next;
    return Status::ok();
}

}  // namespace throughline::sequence

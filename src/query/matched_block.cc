#include "query/matched_block.h"

#include <algorithm>

namespace throughline::query {

using sequence::Block;
using sequence::HistoryFile;
using sequence::HomeRun;
using sequence::Segment;

namespace {

constexpr size_t kTypes = 8;

}  // namespace

void MatchedBlock::clear() {
    stretches.clear();
    size_ = 0;
    values.clear();
    tie_.reset();
    position_.reset();
}

void MatchedBlock::make_room(uint32_t rows) {
    if (rows <= row.size()) return;
    const size_t size = std::max<size_t>(rows, 2 * row.size());
    row.resize(size);
    time.resize(size);
    match.resize(size);
    until.resize(size);
}

Result<sequence::RowKey> MatchedBlock::key(uint32_t at) {
    if (!tie_) {
        TL_TRY_ASSIGN(tie_, block_->ints(Segment::Tie));
        TL_TRY_ASSIGN(position_, block_->ints(Segment::Position));
    }
    return sequence::RowKey{time[at], static_cast<uint32_t>(tie_->at(row[at])),
                            static_cast<model::Position>(position_->at(row[at]))};
}

BlockMatcher::BlockMatcher(const Pass& pass, const Environment& environment,
                           const PersonConditions& asked, Values& values)
    : pass_(pass),
      environment_(environment),
      row_values_(pass, environment, asked, values),
      block_values_(pass, row_values_),
      reads_type_(row_values_.conditions().reads_type() || row_values_.reads_origin()),
      reads_rows_(row_values_.conditions().reads_events()) {}

// Names and types have numbers of the file's own: what they let pass is looked up once.
void BlockMatcher::table_of_names(const HistoryFile& file) {
    if (file_ == &file) return;
    file_ = &file;
    types_ = reads_type_ ? kTypes : 1;
    candidates_.resize(file.names().size() * types_);
    for (size_t name = 0; name < file.names().size(); ++name) {
        for (size_t type = 0; type < types_; ++type) {
            candidates_[name * types_ + type] = row_values_.conditions().candidates(
                file.names()[name].number, static_cast<uint8_t>(type));
        }
    }
    type_of_.clear();
    for (const sequence::Origin& origin : file.origins()) {
        type_of_.push_back(static_cast<uint8_t>(static_cast<size_t>(origin.type) % kTypes));
    }
}

// Which rows may match at all: those in the range of time, of people who are the home they stand
// under. Nothing is written where all may.
Status BlockMatcher::admit(Block& block, std::span<const RowRange> strays) {
    const sequence::BlockEntry& entry = file_->blocks()[block.number()];
    straddles_ = entry.time_min < pass_.from || entry.time_max >= pass_.to;
    admitted_.clear();
    if (straddles_) {
        TL_TRY(block.times(block.all(), times_));
        admitted_.resize(times_.size());
        std::transform(times_.begin(), times_.end(), admitted_.begin(), [&](Micros time) {
            return static_cast<uint8_t>(time >= pass_.from && time < pass_.to);
        });
    }
    if (environment_.known_at) TL_TRY(leave_out_later(block));
    if (strays.empty()) return Status::ok();
    admitted_.resize(entry.rows, 1);
    for (const auto [begin, end] : strays) {
        std::fill(admitted_.begin() + begin, admitted_.begin() + end, uint8_t{0});
    }
    return Status::ok();
}

// Rows that had not arrived at the moment asked about.
Status BlockMatcher::leave_out_later(Block& block) {
    TL_TRY_ASSIGN(const auto positions, block.ints(Segment::Position));
    positions.decode(positions_);
    admitted_.resize(positions_.size(), 1);
    for (size_t row = 0; row < positions_.size(); ++row) {
        if (positions_[row] >= environment_.known_at->end) admitted_[row] = 0;
    }
    return Status::ok();
}

Status BlockMatcher::load(const HistoryFile& file, size_t number, std::span<const RowRange> strays,
                          RootRange range, MatchedBlock& out) {
    out.clear();
    out.block_ = std::make_unique<Block>(file, number);
    Block& block = *out.block_;
    table_of_names(file);
    row_values_.row().begin_block(file, block);
    TL_TRY_ASSIGN(auto homes, block.homes());
    const auto is_before = [](const HomeRun& run, uint32_t root) { return run.home < root; };
    const auto first = std::lower_bound(homes.begin(), homes.end(), range.begin, is_before);
    const auto last = std::lower_bound(first, homes.end(), range.end, is_before);
    if (first == last) return Status::ok();
    homes = {first, last};
    TL_TRY(block.codes(Segment::Name, names_));
    if (reads_type_) TL_TRY(block.codes(Segment::Origin, origins_));
    TL_TRY(admit(block, strays));
    choose(homes.front().begin, homes.back().end, out);
    if (reads_rows_) TL_TRY(decide(homes, out));
    divide(homes, out);
    if (out.size_ == 0) return Status::ok();
    TL_TRY(add_times(out));
    block_values_.begin_block();
    if (pass_.quiet) TL_TRY(leave_out_quiet(homes, out));
    return block_values_.append(rows_of(homes, out), out.values);
}

BlockRows BlockMatcher::rows_of(std::span<const HomeRun> homes, const MatchedBlock& out) const {
    return {.file = *file_,
            .block = *out.block_,
            .row = std::span(out.row).first(out.size_),
            .match = std::span(out.match).first(out.size_),
            .names = names_,
            .origins = origins_,
            .homes = homes};
}

// Where the file keeps no touches, each row may have one: all stay.
Status BlockMatcher::leave_out_quiet(std::span<const HomeRun> homes, MatchedBlock& out) {
    if (!block_values_.keeps(pass_.quiet->touch, *file_)) {
        std::copy_n(out.time.begin(), out.size_, out.until.begin());
        return Status::ok();
    }
    TL_TRY(block_values_.says_nothing(pass_.quiet->touch, rows_of(homes, out), says_nothing_));
    uint32_t kept = 0;
    for (MatchedBlock::Stretch& stretch : out.stretches) leave_out_quiet(stretch, kept, out);
    out.size_ = kept;
    return Status::ok();
}

// The first row of a person always stays.
void BlockMatcher::leave_out_quiet(MatchedBlock::Stretch& stretch, uint32_t& kept,
                                   MatchedBlock& out) const {
    const Quiet& quiet = *pass_.quiet;
    std::optional<uint32_t> open;  // The activity that may stand for further ones.
    Micros last = 0;               // The last that it stands for.
    const uint32_t begin = kept;
    for (uint32_t at = stretch.begin; at < stretch.end; ++at) {
        const Match match = out.match[at];
        const Micros time = out.time[at];
        const bool is_activity = (match & quiet.activity) != 0;
        const bool is_close = is_activity
                                  ? open && time - last < quiet.silence && says_nothing_[at] != 0
                                  : at != stretch.begin;
        if (is_activity) last = time;
        if (is_close && (match & ~quiet.of) == 0) {
            if (is_activity) out.until[*open] = time;
            continue;
        }
        out.row[kept] = out.row[at];
        out.time[kept] = out.until[kept] = time;
        out.match[kept] = match;
        if (is_activity) open = kept;
        ++kept;
    }
    stretch.begin = begin;
    stretch.end = kept;
}

// Each row is written down, and stays if it may match: no branch for the processor to guess.
void BlockMatcher::choose(uint32_t begin, uint32_t end, MatchedBlock& out) {
    out.make_room(end - begin);
    before_.resize(end + 1);
    uint32_t size = 0;
    const auto take = [&](auto&& candidates) {
        for (uint32_t row = begin; row < end; ++row) {
            const Match match = candidates(row);
            before_[row] = size;
            out.row[size] = row;
            out.match[size] = match;
            size += match != 0 ? 1 : 0;
        }
    };
    const auto by_type = [&](uint32_t row) {
        return candidates_[names_[row] * kTypes + type_of_[origins_[row]]];
    };
    const auto by_name = [&](uint32_t row) { return candidates_[names_[row]]; };
    const auto admitted = [&](auto&& candidates) {
        return [&](uint32_t row) { return admitted_[row] != 0 ? candidates(row) : Match{0}; };
    };
    if (admitted_.empty()) {
        reads_type_ ? take(by_type) : take(by_name);
    } else {
        reads_type_ ? take(admitted(by_type)) : take(admitted(by_name));
    }
    before_[end] = size;
    out.size_ = size;
}

// Asks the rows that were chosen what their columns of every row do not say.
Status BlockMatcher::decide(std::span<const HomeRun> homes, MatchedBlock& out) {
    kept_before_.resize(out.size_ + 1);
    uint32_t size = 0;
    auto whose = homes.begin();
    for (uint32_t at = 0; at < out.size_; ++at) {
        const uint32_t row = out.row[at];
        const sequence::StoredName& name = file_->names()[names_[row]];
        Match match = out.match[at];
        if (row_values_.conditions().undecided(match, name.number) != 0) {
            const auto origin = reads_type_ ? file_->origins()[origins_[row]] : sequence::Origin{};
            while (row >= whose->end) ++whose;
            row_values_.row().set_row(row, origin.type, name.text);
            row_values_.set_whose(whose->home, origin.source);
            TL_TRY_ASSIGN(match, row_values_.match(match, name.number));
        }
        kept_before_[at] = size;
        out.row[size] = row;
        out.match[size] = match;
        size += match != 0 ? 1 : 0;
    }
    kept_before_[out.size_] = size;
    out.size_ = size;
    return Status::ok();
}

// Says whose the chosen rows are, and whom was looked at.
void BlockMatcher::divide(std::span<const HomeRun> homes, MatchedBlock& out) {
    const auto looked_at = [&](const HomeRun& run) {
        if (admitted_.empty()) return run.end - run.begin;
        return static_cast<uint32_t>(
            std::count(admitted_.begin() + run.begin, admitted_.begin() + run.end, 1));
    };
    const auto place = [&](uint32_t row) {
        return reads_rows_ ? kept_before_[before_[row]] : before_[row];
    };
    uint32_t begin = 0;
    for (const HomeRun& run : homes) {
        const uint32_t rows = looked_at(run);
        const uint32_t end = place(run.end);
        if (end > begin) out.stretches.push_back({run.home, begin, end});
        begin = end;
        if (rows == 0) continue;
        looked_at_.rows += rows;
        looked_at_.seen.add(run.home);
    }
}

Status BlockMatcher::add_times(MatchedBlock& out) {
    const auto rows = std::span(out.row).first(out.size_);
    const auto times = std::span(out.time).first(out.size_);
    if (!straddles_) return out.block_->times_of(rows, times);
    std::transform(rows.begin(), rows.end(), times.begin(),
                   [&](uint32_t row) { return times_[row]; });
    return Status::ok();
}

}  // namespace throughline::query

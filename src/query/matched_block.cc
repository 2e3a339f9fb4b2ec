#include "query/matched_block.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "model/consequence.h"

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
    const size_t size = size_t{rows} + kRoomBehind;
    if (size <= row.size()) return;
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
      reads_rows_(row_values_.conditions().reads_events()) {}

// Names and types have numbers of the file's own: what they let pass is looked up once.
void BlockMatcher::table_of_names(const HistoryFile& file) {
    if (file_ == &file) return;
    file_ = &file;
    const bool has_consequences = std::ranges::any_of(
        file.origins(), [](const auto& origin) { return origin.type == model::kConsequence; });
    asks_type_ = row_values_.conditions().reads_type(has_consequences);
    reads_origin_ = asks_type_ || row_values_.reads_origin();
    types_ = asks_type_ ? kTypes : 1;
    candidates_.resize(file.names().size() * types_);
    has_overflow_ = std::ranges::any_of(
        file.names(), [](const auto& name) { return name.number == sequence::kOverflowName; });
    std::vector<uint8_t> is_wanted(file.names().size());
    for (size_t name = 0; name < file.names().size(); ++name) {
        for (size_t type = 0; type < types_; ++type) {
            const Match candidates = row_values_.conditions().candidates(
                file.names()[name].number, static_cast<uint8_t>(type));
            candidates_[name * types_ + type] = candidates;
            if (candidates != 0) is_wanted[name] = 1;
        }
    }
    names_wanted_ = NameSet(is_wanted);
    type_of_.clear();
    for (const sequence::Origin& origin : file.origins()) {
        type_of_.push_back(static_cast<uint8_t>(static_cast<size_t>(origin.type) % kTypes));
    }
}

// Which rows may match at all: those in the range of time, of people who are the home they stand
// under. Nothing is written where all may.
Status BlockMatcher::admit(Block& block, std::span<const Stray> strays) {
    const sequence::BlockEntry& entry = file_->blocks()[block.number()];
    straddles_ = entry.time_min < pass_.from || entry.time_max >= pass_.to;
    admitted_.clear();
    if (!straddles_ && !environment_.known_at && strays.empty()) return Status::ok();
    admitted_.resize(entry.rows);
    admitted_.fill(0, entry.rows, true);
    if (straddles_) {
        TL_TRY(block.times(block.all(), times_));
        for (uint32_t row = 0; row < entry.rows; ++row) {
            if (times_[row] < pass_.from || times_[row] >= pass_.to) admitted_.erase(row);
        }
    }
    if (environment_.known_at) TL_TRY(leave_out_later(block));
    for (const Stray& stray : strays) admitted_.fill(stray.begin, stray.end, false);
    return Status::ok();
}

// Rows that had not arrived at the moment asked about.
Status BlockMatcher::leave_out_later(Block& block) {
    TL_TRY_ASSIGN(const auto positions, block.ints(Segment::Position));
    positions.decode(positions_);
    for (uint32_t row = 0; row < positions_.size(); ++row) {
        if (positions_[row] >= environment_.known_at->end) admitted_.erase(row);
    }
    return Status::ok();
}

Status BlockMatcher::load(const HistoryFile& file, size_t number, std::span<const Stray> strays,
                          RootRange range, MatchedBlock& out) {
    out.clear();
    if (out.block_) {
        out.block_->move_to(file, number);
    } else {
        out.block_.emplace(file, number);
    }
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
    if (reads_origin_) TL_TRY(block.codes(Segment::Origin, origins_));
    TL_TRY(admit(block, strays));
    choose(homes.front().begin, homes.back().end, out);
    if (reads_rows_) TL_TRY(decide(homes, out));
    divide(homes, out);
    if (out.size_ == 0) return Status::ok();
    TL_TRY(add_times(homes, out));
    block_values_.begin_block();
    if (pass_.quiet) TL_TRY(leave_out_quiet(homes, out));
    return block_values_.append(rows_of(homes, out), out.values);
}

BlockRows BlockMatcher::rows_of(std::span<const HomeRun> homes, MatchedBlock& out) const {
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

void BlockMatcher::choose(uint32_t begin, uint32_t end, MatchedBlock& out) {
    out.make_room(end - begin);
    chosen_.resize(end);
    chosen_.word(end) = 0;
    const auto names = std::span(std::as_const(names_));
    const auto rows = static_cast<uint32_t>(names.size());
    for (uint32_t first = begin / kWordRows * kWordRows; first < end; first += kWordRows) {
        uint64_t word = names_wanted_.find(names.subspan(first, std::min(kWordRows, rows - first)));
        if (!admitted_.is_clear()) word &= admitted_.word(first);
        chosen_.word(first) = word & RowSet::within(first, begin, end);
    }
    chosen_.count_from(begin);
    out.size_ = chosen_.before(end);
    write_chosen(begin, out);
    if (!asks_type_) {
        for (uint32_t at = 0; at < out.size_; ++at) {
            out.match[at] = candidates_[names_[out.row[at]]];
        }
        return;
    }
    uint32_t unmatched = 0;
    for (uint32_t at = 0; at < out.size_; ++at) {
        const uint32_t row = out.row[at];
        out.match[at] = candidates_[names_[row] * kTypes + type_of_[origins_[row]]];
        unmatched += out.match[at] == 0 ? 1 : 0;
    }
    if (unmatched > 0) leave_out_unmatched(out);
}

void BlockMatcher::write_chosen(uint32_t begin, MatchedBlock& out) const {
    uint32_t* row = out.row.data();
    uint32_t* const last = row + out.size_;
    for (uint32_t first = begin / kWordRows * kWordRows; row < last; first += kWordRows) {
        uint64_t word = chosen_.word(first);
        if (word == ~uint64_t{0}) {
            for (uint32_t i = 0; i < kWordRows; ++i) *row++ = first + i;
            continue;
        }
        for (; word != 0; word &= word - 1) {
            *row++ = first + static_cast<uint32_t>(std::countr_zero(word));
        }
    }
}

// Rows that were chosen and do not match after all.
void BlockMatcher::leave_out_unmatched(MatchedBlock& out) {
    if (out.size_ == 0) return;
    const uint32_t begin = out.row.front();
    uint32_t size = 0;
    for (uint32_t at = 0; at < out.size_; ++at) {
        const uint32_t row = out.row[at];
        const Match match = out.match[at];
        chosen_.erase_if(row, match == 0);
        out.row[size] = row;
        out.match[size] = match;
        size += match != 0 ? 1 : 0;
    }
    out.size_ = size;
    chosen_.count_from(begin);
}

// Asks the rows that were chosen what their columns of every row do not say.
Status BlockMatcher::decide(std::span<const HomeRun> homes, MatchedBlock& out) {
    const RowConditions& conditions = row_values_.conditions();
    open_.resize(out.size_);
    for (uint32_t at = 0; at < out.size_; ++at) {
        open_[at] = conditions.undecided(out.match[at], file_->names()[names_[out.row[at]]].number);
    }
    if (!has_overflow_) {  // Else a name may not be what its number says.
        const RowValues::OpenRows rows{.row = std::span(out.row).first(out.size_),
                                       .match = std::span(out.match).first(out.size_),
                                       .open = open_};
        TL_TRY(row_values_.compare(rows, origins_));
    }
    auto whose = homes.begin();
    for (uint32_t at = 0; at < out.size_; ++at) {
        if (open_[at] == 0) continue;
        const uint32_t row = out.row[at];
        const sequence::StoredName& name = file_->names()[names_[row]];
        const auto origin = reads_origin_ ? file_->origins()[origins_[row]] : sequence::Origin{};
        while (row >= whose->end) ++whose;
        row_values_.row().set_row(row, origin.type, name.text);
        row_values_.set_whose(whose->home, origin.source);
        TL_TRY_ASSIGN(const Match holding, row_values_.match(open_[at], name.number));
        out.match[at] = (out.match[at] & ~open_[at]) | holding;
    }
    leave_out_unmatched(out);
    return Status::ok();
}

// Says whose the chosen rows are, and whom was looked at.
void BlockMatcher::divide(std::span<const HomeRun> homes, MatchedBlock& out) {
    out.stretches.resize(homes.size());
    ends_.resize(homes.size());
    size_t stretches = 0;
    uint32_t begin = 0;
    for (size_t i = 0; i < homes.size(); ++i) {
        const HomeRun& run = homes[i];
        const uint32_t end = chosen_.before(run.end);
        ends_[i] = end;
        out.stretches[stretches] = {run.home, begin, end};
        stretches += end > begin ? 1 : 0;
        begin = end;
        const uint32_t rows =
            admitted_.is_clear() ? run.end - run.begin : admitted_.count(run.begin, run.end);
        if (rows == 0) continue;
        looked_at_.rows += rows;
        looked_at_.seen.add(run.home);
    }
    out.stretches.resize(stretches);
}

Status BlockMatcher::add_times(std::span<const HomeRun> homes, MatchedBlock& out) {
    const auto rows = std::span(std::as_const(out.row)).first(out.size_);
    const auto times = std::span(out.time).first(out.size_);
    if (!straddles_) return out.block_->times_of({homes, ends_, rows}, times);
    std::transform(rows.begin(), rows.end(), times.begin(),
                   [&](uint32_t row) { return times_[row]; });
    return Status::ok();
}

}  // namespace throughline::query

#include "backtest/block_rows.h"

#include <algorithm>
#include <bit>

#include "model/consequence.h"

namespace throughline::backtest {

using query::kWordRows;
using query::Stray;
using sequence::HistoryFile;
using sequence::HomeRun;
using sequence::Segment;

namespace {

constexpr uint8_t kTypes = 8;

Micros sum(Micros time, int64_t more) {
    return static_cast<Micros>(static_cast<uint64_t>(time) + static_cast<uint64_t>(more));
}

}  // namespace

Status BlockRows::find_starts(uint32_t file, size_t number, FamilySet& found,
                              uint64_t& late_starts) {
    open(file, number);
    TL_TRY_ASSIGN(const auto homes, homes_of(found));
    if (homes.empty()) return Status::ok();
    admitted_.fill(homes.front().begin, homes.back().end, true);
    leave_out_strays();
    TL_TRY(select(homes, starts_, false));
    if (rows_.empty()) return Status::ok();
    TL_TRY(read_columns(homes));
    for (size_t home = 0, at = 0; home < homes.size(); ++home) {
        for (; at < ends_[home]; ++at) {
            ChosenRow row = row_at(at, false);
            const bool starts = source_.admit(row, late_starts) && (row.use & kStarts) != 0;
            if (starts) found.add(homes[home].home);
        }
    }
    return Status::ok();
}

Status BlockRows::choose(uint32_t file, size_t number, const FamilySet& of,
                         std::vector<ChosenRow>& out, uint64_t& late_starts) {
    open(file, number);
    TL_TRY_ASSIGN(const auto homes, homes_of(of));
    admit(homes, of);
    leave_out_strays();
    return add(homes, {}, out, late_starts);
}

Status BlockRows::choose_strays(uint32_t file, size_t number, std::vector<ChosenRow>& out,
                                uint64_t& late_starts) {
    open(file, number);
    TL_TRY_ASSIGN(const auto homes, block_->homes());
    const auto strays = source_.strays_.of(*file_, number);
    for (const Stray& stray : strays) {
        if (stray.root == query::kNobody) continue;
        admitted_.fill(stray.begin, stray.end, true);
        if (source_.has_changes(stray.root)) take_all(stray.begin, stray.end);
    }
    return add(homes, strays, out, late_starts);
}

void BlockRows::open_file(uint32_t number) {
    const HistoryFile* file = source_.source_.environment.history.files()[number].get();
    if (file == file_) return;
    file_ = file;
    file_number_ = number;
    says_ = {};
    if (!source_.trait_shapes_.empty()) says_ = source_.trait_shapes_[number];
    uses_.clear();
    std::vector<uint8_t> starts;
    std::vector<uint8_t> useful;
    for (const sequence::StoredName& name : file->names()) {
        uint8_t any = 0;
        for (uint8_t type = 0; type < kTypes; ++type) {
            uses_.push_back(type == 0 ? uint8_t{0} : source_.plan_.use_of(name.text, type));
            any |= uses_.back();
        }
        starts.push_back(any & kStarts);
        useful.push_back(any);
    }
    starts_ = query::NameSet(starts);
    useful_ = query::NameSet(useful);
    numbers_.assign(file->names().size(), ~uint32_t{0});
}

void BlockRows::open(uint32_t file, size_t number) {
    open_file(file);
    if (block_) {
        block_->move_to(*file_, number);
    } else {
        block_.emplace(*file_, number);
    }
    const uint32_t rows = block_->rows();
    admitted_.resize(rows);
    admitted_.fill(0, rows, false);
    has_all_ = false;
}

void BlockRows::take_all(uint32_t begin, uint32_t end) {
    if (!has_all_) {
        all_.resize(block_->rows());
        all_.fill(0, block_->rows(), false);
    }
    has_all_ = true;
    all_.fill(begin, end, true);
}

// The homes of the block that are families of a range.
Result<std::span<const HomeRun>> BlockRows::homes_of(const FamilySet& range) {
    TL_TRY_ASSIGN(const auto homes, block_->homes());
    const auto place = [&](uint32_t family) {
        return std::ranges::lower_bound(homes, family, {}, &HomeRun::home);
    };
    return std::span<const HomeRun>(place(range.begin()), place(range.end()));
}

void BlockRows::admit(std::span<const HomeRun> homes, const FamilySet& of) {
    for (const HomeRun& run : homes) {
        if (!of.contains(run.home)) continue;
        admitted_.fill(run.begin, run.end, true);
        if (source_.has_changes(run.home)) take_all(run.begin, run.end);
    }
}

void BlockRows::leave_out_strays() {
    for (const Stray& stray : source_.strays_.of(*file_, block_->number())) {
        admitted_.fill(stray.begin, stray.end, false);
    }
}

// Chooses rows among those admitted: by their names, or because they say traits.
Status BlockRows::select(std::span<const HomeRun> homes, const query::NameSet& names,
                         bool with_shapes) {
    rows_.clear();
    const uint32_t begin = homes.front().begin;
    const uint32_t end = homes.back().end;
    if (admitted_.count(begin, end) == 0) return Status::ok();
    TL_TRY(block_->codes(Segment::Name, name_));
    if (with_shapes) TL_TRY(block_->shapes(shape_));
    chosen_.resize(end);
    chosen_.word(end) = 0;
    const auto rows = static_cast<uint32_t>(name_.size());
    for (uint32_t first = begin / kWordRows * kWordRows; first < end; first += kWordRows) {
        uint64_t word = admitted_.word(first) & query::RowSet::within(first, begin, end);
        if (word != 0) {
            const uint32_t size = std::min(kWordRows, rows - first);
            uint64_t wanted = names.find(std::span(name_).subspan(first, size));
            if (with_shapes) wanted |= saying(first, size);
            if (has_all_) wanted |= all_.word(first);
            word &= wanted;
        }
        chosen_.word(first) = word;
        for (; word != 0; word &= word - 1) {
            rows_.push_back(first + static_cast<uint32_t>(std::countr_zero(word)));
        }
    }
    chosen_.count_from(begin);
    ends_.resize(homes.size());
    std::ranges::transform(homes, ends_.begin(),
                           [&](const HomeRun& run) { return chosen_.before(run.end); });
    return Status::ok();
}

// Of so many rows a bit each: whether it says traits.
uint64_t BlockRows::saying(uint32_t first, uint32_t rows) const {
    uint64_t says = 0;
    for (uint32_t i = 0; i < rows; ++i) {
        says |= uint64_t{says_[shape_[first + i]] != 0} << i;
    }
    return says;
}

Status BlockRows::read_columns(std::span<const HomeRun> homes) {
    times_.resize(rows_.size());
    TL_TRY(block_->times_of({homes, ends_, rows_}, times_));
    TL_TRY(block_->codes(Segment::Origin, origin_));
    TL_TRY_ASSIGN(received_, block_->ints(Segment::Received));
    return Status::ok();
}

Status BlockRows::add(std::span<const HomeRun> homes, std::span<const Stray> strays,
                      std::vector<ChosenRow>& out, uint64_t& late_starts) {
    if (homes.empty()) return Status::ok();
    TL_TRY(select(homes, useful_, !says_.empty()));
    if (rows_.empty()) return Status::ok();
    TL_TRY(read_columns(homes));
    TL_TRY_ASSIGN(const auto ties, block_->ints(Segment::Tie));
    TL_TRY_ASSIGN(const auto positions, block_->ints(Segment::Position));
    TL_TRY(block_->identity_runs(runs_));
    auto run = runs_.begin();
    uint32_t run_end = runs_.empty() ? 0 : run->rows;
    auto stray = strays.begin();
    for (size_t home = 0, at = 0; home < homes.size(); ++home) {
        for (; at < ends_[home]; ++at) {
            const uint32_t number = rows_[at];
            ChosenRow row = row_at(at, !says_.empty());
            while (!runs_.empty() && run_end <= number) run_end += (++run)->rows;
            while (stray != strays.end() && stray->end <= number) ++stray;
            row.identity = runs_.empty() ? homes[home].home : run->identity;
            row.family = strays.empty() ? homes[home].home : stray->root;
            row.tie = static_cast<uint32_t>(ties.at(number));
            row.position = static_cast<model::Position>(positions.at(number));
            if (source_.is_change(row.position)) row.use |= kChanges;
            if (source_.admit(row, late_starts)) out.push_back(row);
        }
    }
    return Status::ok();
}

// Of a chosen row what its own columns say, but for its key.
ChosenRow BlockRows::row_at(size_t chosen, bool with_shape) {
    const uint32_t at = rows_[chosen];
    const uint16_t name = name_[at];
    const sequence::Origin& origin = file_->origins()[origin_[at]];
    ChosenRow row;
    row.time = times_[chosen];
    row.received = sum(row.time, received_.at(at));
    row.name = number_of(name);
    row.type = static_cast<uint8_t>(origin.type);
    row.flags = origin.flags;
    row.source = origin.source;
    row.use = uses_[name * size_t{kTypes} + row.type % kTypes];
    row.file = file_number_;
    row.block = static_cast<uint32_t>(block_->number());
    row.row = at;
    const bool says = with_shape && origin.type != model::kConsequence && says_[shape_[at]] != 0;
    if (says) row.use |= kSays;
    return row;
}

uint32_t BlockRows::number_of(uint16_t name) {
    uint32_t& number = numbers_[name];
    if (number == ~uint32_t{0}) number = names_.number_of(file_->names()[name].text);
    return number;
}

}  // namespace throughline::backtest

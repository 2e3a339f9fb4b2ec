#include "query/people_walk.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace throughline::query {

using sequence::HistoryFile;

namespace {

template <typename T>
void permute(std::vector<T>& column, const std::vector<uint32_t>& order) {
    if (column.empty()) return;
    std::vector<T> ordered;
    ordered.reserve(column.size());
    for (const uint32_t place : order) ordered.push_back(column[place]);
    column.swap(ordered);
}

constexpr uint32_t kRowsAtOnce = 4;
static_assert(kRowsAtOnce <= MatchedBlock::kRoomBehind);

/// Reads and writes up to kRowsAtOnce - 1 rows more.
template <typename T>
void copy(const T* from, uint32_t rows, T* to) {
    for (uint32_t row = 0; row < rows; row += kRowsAtOnce) {
        std::memcpy(to + row, from + row, kRowsAtOnce * sizeof(T));
    }
}

}  // namespace

PeopleWalk::PeopleWalk(const WalkParts& parts, Values& values)
    : pass_(parts.pass),
      environment_(parts.environment),
      gathering_(parts.gathering),
      strays_(parts.strays),
      people_(gathering_.people()),
      texts_(values),
      has_values_(!pass_.dimensions.empty() || !pass_.numbers.empty()),
      matcher_(pass_, environment_, parts.asked, values),
      values_(pass_),
      numbered_(pass_.dimensions.size()),
      code_spans_(pass_.dimensions.size()),
      number_spans_(pass_.numbers.size()) {
    find_runs();
}

void PeopleWalk::find_runs() {
    const HistoryFile* last = nullptr;
    for (const auto& file : environment_.history.files()) {
        const bool continues = last && last->parts().month == file->parts().month &&
                               last->parts().run == file->parts().run;
        if (!continues) runs_.push_back(std::make_unique<Run>(pass_));
        runs_.back()->files.push_back(file.get());
        last = file.get();
    }
}

Status PeopleWalk::begin(RootRange range, const Look& look) {
    range_ = range;
    const auto first = std::partition_point(
        people_.begin(), people_.end(),
        [&](const Gathering::Person& person) { return person.root < range.begin; });
    next_gathered_ = static_cast<size_t>(first - people_.begin());
    for (const auto& run : runs_) {
        run->file = run->next_block = 0;
        TL_TRY(load_next(*run, look));
    }
    return Status::ok();
}

bool PeopleWalk::is_in_range(const sequence::BlockEntry& block) const {
    return block.time_max >= pass_.from && block.time_min < pass_.to &&
           block.home_max >= range_.begin && block.home_min < range_.end;
}

// Moves to the next block that has rows that match, or to the end of the run.
Status PeopleWalk::load_next(Run& run, const Look& look) {
    for (; run.file < run.files.size(); ++run.file, run.next_block = 0) {
        const HistoryFile& file = *run.files[run.file];
        while (run.next_block < file.blocks().size()) {
            const size_t number = run.next_block++;
            const sequence::BlockEntry& entry = file.blocks()[number];
            if (!is_in_range(entry)) continue;
            TL_TRY(look(entry.rows));
            TL_TRY(matcher_.load(file, number, strays_.of(file, number), range_, run.block));
            if (run.block.stretches.empty()) continue;
            run.stretch = 0;
            run.root = run.here().root;
            return Status::ok();
        }
    }
    run.root = kNobody;
    return Status::ok();
}

Status PeopleWalk::step(Run& run, const Look& look) {
    if (++run.stretch == run.block.stretches.size()) return load_next(run, look);
    run.root = run.here().root;
    return Status::ok();
}

Status PeopleWalk::run(RootRange range, const Visit& visit, const Look& look) {
    TL_TRY(begin(range, look));
    while (find_next()) {
        if (stands_in_one_piece()) {
            TL_TRY(show_in_place(visit));
            TL_TRY(step(*here_.front(), look));
            continue;
        }
        if (merge_in_place()) {
            for (Run* run : here_) TL_TRY(step(*run, look));
        } else {
            TL_TRY(collect(look));
        }
        const auto until = std::span(until_).first(pass_.quiet ? size_ : 0);
        TL_TRY(show(visit, {std::span(time_).first(size_), std::span(match_).first(size_), until},
                    values_, 0));
    }
    return Status::ok();
}

bool PeopleWalk::find_next() {
    root_ = kNobody;
    here_.clear();
    for (const auto& run : runs_) {
        if (run->root > root_) continue;
        if (run->root < root_) here_.clear();
        root_ = run->root;
        here_.push_back(run.get());
    }
    if (next_gathered_ < people_.size() && people_[next_gathered_].root < root_) {
        root_ = people_[next_gathered_].root;
        here_.clear();
    }
    return root_ < range_.end;
}

bool PeopleWalk::stands_in_one_piece() const {
    return here_.size() == 1 && here_.front()->is_whole() && !is_gathered();
}

// Runs of one month are merged by time; those of different months follow each other.
bool PeopleWalk::merge_in_place() {
    if (is_gathered()) return false;
    size_t rows = 0;
    for (const Run* run : here_) {
        if (!run->is_whole()) return false;
        rows += run->here().end - run->here().begin;
    }
    if (rows + kRowsAtOnce > time_.size()) {
        time_.resize(2 * (rows + kRowsAtOnce));
        match_.resize(2 * (rows + kRowsAtOnce));
    }
    if (pass_.quiet) until_.resize(time_.size());
    size_ = 0;
    values_.clear();
    for (size_t first = 0, last = 0; first < here_.size(); first = last) {
        pieces_.clear();
        for (; last < here_.size() && here_[last]->month() == here_[first]->month(); ++last) {
            const auto [root, begin, end] = here_[last]->here();
            pieces_.push_back({&here_[last]->block, begin, end});
        }
        if (!merge_pieces()) return false;
    }
    return true;
}

// Most often there are one or two, of a few rows each.
bool PeopleWalk::merge_pieces() {
    while (pieces_.size() > 1) {
        // The piece that comes first gives its rows up to where the second of them begins.
        size_t first = pieces_[1].time() < pieces_[0].time() ? 1 : 0;
        Micros until = pieces_[1 - first].time();
        for (size_t i = 2; i < pieces_.size(); ++i) {
            const Micros time = pieces_[i].time();
            if (time < pieces_[first].time()) {
                until = pieces_[first].time();
                first = i;
            } else {
                until = std::min(until, time);
            }
        }
        Piece& piece = pieces_[first];
        uint32_t to = piece.next;
        while (to < piece.end && piece.block->time[to] < until) ++to;
        if (to == piece.next) return false;  // Both at one instant: their keys decide.
        take(piece, to);
        if (piece.next == piece.end) {
            pieces_[first] = pieces_.back();
            pieces_.pop_back();
        }
    }
    take(pieces_.front(), pieces_.front().end);
    return true;
}

// Always so many rows at once, of which those too many are written over: the ranges are too short
// for a call to copy them, and their lengths not to be guessed.
void PeopleWalk::take(Piece& piece, uint32_t to) {
    const uint32_t from = piece.next;
    const uint32_t rows = to - from;
    copy(piece.block->time.data() + from, rows, time_.data() + size_);
    copy(piece.block->match.data() + from, rows, match_.data() + size_);
    if (pass_.quiet) copy(piece.block->until.data() + from, rows, until_.data() + size_);
    size_ += rows;
    if (has_values_) values_.append(piece.block->values, from, to);
    piece.next = to;
}

Status PeopleWalk::show_in_place(const Visit& visit) {
    const Run& run = *here_.front();
    const auto [root, begin, end] = run.here();
    const auto hers = [&](const auto& column) {
        return std::span(column).subspan(begin, end - begin);
    };
    const auto until = pass_.quiet ? hers(run.block.until) : std::span<const Micros>();
    return show(visit, {hers(run.block.time), hers(run.block.match), until}, run.block.values,
                begin);
}

// Whether rows of a person may come out of order when taken run by run: some were gathered, or two
// runs of one month have some.
bool PeopleWalk::overlaps() const {
    if (is_gathered()) return true;
    for (size_t i = 1; i < here_.size(); ++i) {
        if (here_[i - 1]->month() == here_[i]->month()) return true;
    }
    return false;
}

Status PeopleWalk::collect(const Look& look) {
    keys_.clear();
    piece_ends_.clear();
    time_.clear();
    match_.clear();
    until_.clear();
    values_.clear();
    const bool with_keys = overlaps();
    for (Run* run : here_) {
        while (run->root == root_) {  // More than once when she stands in several blocks.
            TL_TRY(add_stretch(*run, with_keys));
            TL_TRY(step(*run, look));
        }
        piece_ends_.push_back(time_.size());
    }
    if (is_gathered()) add_gathered(people_[next_gathered_++]);
    put_in_order();
    size_ = time_.size();
    return Status::ok();
}

Status PeopleWalk::add_stretch(Run& run, bool with_keys) {
    const auto [root, begin, end] = run.here();
    const MatchedBlock& block = run.block;
    time_.insert(time_.end(), block.time.begin() + begin, block.time.begin() + end);
    match_.insert(match_.end(), block.match.begin() + begin, block.match.begin() + end);
    if (pass_.quiet) {
        until_.insert(until_.end(), block.until.begin() + begin, block.until.begin() + end);
    }
    values_.append(block.values, begin, end);
    for (uint32_t at = begin; with_keys && at < end; ++at) {
        TL_TRY_ASSIGN(const sequence::RowKey key, run.block.key(at));
        keys_.push_back(key);
    }
    return Status::ok();
}

void PeopleWalk::add_gathered(const Gathering::Person& person) {
    for (const uint32_t row :
         gathering_.rows_by_person().subspan(person.begin, person.end - person.begin)) {
        keys_.push_back(gathering_.keys()[row]);
        time_.push_back(gathering_.keys()[row].time);
        match_.push_back(gathering_.matches()[row]);
        if (pass_.quiet) until_.push_back(time_.back());
        values_.append(gathering_.values(), row, row + 1);
    }
    piece_ends_.push_back(time_.size());
}

// Each piece is in order: they are merged.
void PeopleWalk::put_in_order() {
    if (keys_.empty() || std::is_sorted(keys_.begin(), keys_.end())) return;
    std::vector<uint32_t> order(keys_.size());
    std::iota(order.begin(), order.end(), 0u);
    const auto less = [&](uint32_t a, uint32_t b) { return keys_[a] < keys_[b]; };
    for (size_t i = 1; i < piece_ends_.size(); ++i) {
        const auto at = [&](size_t piece) {
            return order.begin() + static_cast<std::ptrdiff_t>(piece_ends_[piece]);
        };
        std::inplace_merge(order.begin(), at(i - 1), at(i), less);
    }
    permute(time_, order);
    permute(match_, order);
    permute(until_, order);
    for (auto& column : values_.codes) permute(column, order);
    for (auto& column : values_.marks) permute(column, order);
    for (auto& column : values_.numbers) permute(column, order);
}

Status PeopleWalk::show(const Visit& visit, const Shown& rows, const ValueColumns& values,
                        size_t first) {
    const bool is_known = environment_.people.is_known(root_);
    if (pass_.known_only && !is_known) return Status::ok();
    for (size_t i = 0; i < code_spans_.size(); ++i) {
        if (pass_.dimensions[i].dimension.use == Dimension::Use::Name) {
            code_spans_[i] = std::span(values.codes[i]).subspan(first, rows.time.size());
        } else {
            number_marks(i, std::span(values.marks[i]).subspan(first, rows.time.size()));
            code_spans_[i] = numbered_[i];
        }
    }
    for (size_t i = 0; i < number_spans_.size(); ++i) {
        number_spans_[i] = std::span(values.numbers[i]).subspan(first, rows.time.size());
    }
    return visit({.root = root_,
                  .is_known = is_known,
                  .time = rows.time,
                  .match = rows.match,
                  .codes = code_spans_,
                  .numbers = number_spans_,
                  .values = &texts_,
                  .until = rows.until});
}

// Different marks of a person become different codes.
void PeopleWalk::number_marks(size_t dimension, std::span<const uint64_t> marks) {
    distinct_.clear();
    std::copy_if(marks.begin(), marks.end(), std::back_inserter(distinct_),
                 [](uint64_t mark) { return mark != kNoMark; });
    std::sort(distinct_.begin(), distinct_.end());
    distinct_.erase(std::unique(distinct_.begin(), distinct_.end()), distinct_.end());
    auto& codes = numbered_[dimension];
    codes.clear();
    for (const uint64_t mark : marks) {
        const auto place = std::lower_bound(distinct_.begin(), distinct_.end(), mark);
        codes.push_back(mark == kNoMark
                            ? kNoValue
                            : kFirstValue + static_cast<ValueCode>(place - distinct_.begin()));
    }
}

}  // namespace throughline::query

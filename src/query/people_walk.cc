#include "query/people_walk.h"

#include <algorithm>
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

}  // namespace

PeopleWalk::PeopleWalk(const Pass& pass, const Environment& environment, const Gathering& gathering,
                       Values& values, RootRange range)
    : pass_(pass),
      environment_(environment),
      gathering_(gathering),
      range_(range),
      matcher_(pass, environment, values),
      values_(pass),
      numbered_(pass.dimensions.size()),
      code_spans_(pass.dimensions.size()),
      number_spans_(pass.numbers.size()) {
    const auto people = gathering.people();
    const auto first = std::partition_point(
        people.begin(), people.end(),
        [&](const Gathering::Person& person) { return person.root < range.begin; });
    next_gathered_ = static_cast<size_t>(first - people.begin());
}

Status PeopleWalk::open_runs(const Look& look) {
    const HistoryFile* last = nullptr;
    for (const auto& file : environment_.history.files()) {
        const bool continues = last && last->parts().month == file->parts().month &&
                               last->parts().run == file->parts().run;
        if (!continues) runs_.push_back(std::make_unique<Run>(pass_));
        runs_.back()->files.push_back(file.get());
        last = file.get();
    }
    for (auto& run : runs_) TL_TRY(load_next(*run, look));
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
            TL_TRY(matcher_.load(file, number, range_, run.block));
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

Status PeopleWalk::run(const Visit& visit, const Look& look) {
    TL_TRY(open_runs(look));
    const auto people = gathering_.people();
    while (true) {
        uint32_t root = kNobody;
        for (const auto& run : runs_) root = std::min(root, run->root);
        if (next_gathered_ < people.size()) root = std::min(root, people[next_gathered_].root);
        if (root >= range_.end) return Status::ok();
        const bool is_known = environment_.people.is_known(root);
        const bool is_wanted = is_known || !pass_.known_only;
        TL_TRY(collect(root, look));
        if (!is_wanted) continue;
        PersonRows rows = show(root);
        rows.is_known = is_known;
        TL_TRY(visit(rows));
    }
}

// Whether rows of a person may come out of order when taken run by run: some were gathered, or two
// runs of one month have some.
bool PeopleWalk::overlaps(uint32_t root) const {
    const auto people = gathering_.people();
    if (next_gathered_ < people.size() && people[next_gathered_].root == root) return true;
    const Run* last = nullptr;
    for (const auto& run : runs_) {
        if (run->root != root) continue;
        const auto month = [](const Run& of) { return of.files.front()->parts().month; };
        if (last && month(*last) == month(*run)) return true;
        last = run.get();
    }
    return false;
}

Status PeopleWalk::collect(uint32_t root, const Look& look) {
    keys_.clear();
    time_.clear();
    match_.clear();
    values_.clear();
    const bool with_keys = overlaps(root);
    for (auto& run : runs_) {
        while (run->root == root) {  // More than once when she stands in several blocks.
            TL_TRY(add_stretch(*run, with_keys));
            TL_TRY(step(*run, look));
        }
    }
    const auto people = gathering_.people();
    if (next_gathered_ < people.size() && people[next_gathered_].root == root) {
        add_gathered(people[next_gathered_++]);
    }
    put_in_order();
    return Status::ok();
}

Status PeopleWalk::add_stretch(Run& run, bool with_keys) {
    const auto [root, begin, end] = run.here();
    const MatchedBlock& block = run.block;
    time_.insert(time_.end(), block.time.begin() + begin, block.time.begin() + end);
    match_.insert(match_.end(), block.match.begin() + begin, block.match.begin() + end);
    for (uint32_t at = begin; at < end; ++at) {
        values_.append(block.values, at);
        if (!with_keys) continue;
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
        values_.append(gathering_.values(), row);
    }
}

void PeopleWalk::put_in_order() {
    if (keys_.empty() || std::is_sorted(keys_.begin(), keys_.end())) return;
    std::vector<uint32_t> order(keys_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return keys_[a] < keys_[b]; });
    permute(time_, order);
    permute(match_, order);
    for (auto& column : values_.codes) permute(column, order);
    for (auto& column : values_.marks) permute(column, order);
    for (auto& column : values_.numbers) permute(column, order);
}

PersonRows PeopleWalk::show(uint32_t root) {
    for (size_t i = 0; i < code_spans_.size(); ++i) {
        const bool is_named = pass_.dimensions[i].dimension.use == Dimension::Use::Name;
        if (!is_named) number_marks(i);
        code_spans_[i] = is_named ? values_.codes[i] : numbered_[i];
    }
    for (size_t i = 0; i < number_spans_.size(); ++i) number_spans_[i] = values_.numbers[i];
    return {.root = root,
            .is_known = false,
            .time = time_,
            .match = match_,
            .codes = code_spans_,
            .numbers = number_spans_};
}

// Different marks of a person become different codes.
void PeopleWalk::number_marks(size_t dimension) {
    const auto& marks = values_.marks[dimension];
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

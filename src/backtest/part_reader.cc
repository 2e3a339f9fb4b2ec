#include "backtest/part_reader.h"

#include <algorithm>
#include <tuple>

#include "model/consequence.h"

namespace throughline::backtest {

using sequence::HistoryFile;

PartReader::PartReader(const RowSource& source)
    : source_(source),
      plan_(source.plan_),
      names_(source.names_),
      blocks_(source, names_),
      said_(plan_.wants().traits) {}

Status PartReader::read(const RowSource::Part& part, const Watch& watch) {
    rows_.clear();
    payloads_.clear();
    const auto families = static_cast<uint32_t>(source_.family_of_.size());
    wanted_ = FamilySet(part.begin, std::min(part.end, families), plan_.moves_anybody());
    if (!plan_.moves_anybody()) TL_TRY(find_starts(part, watch));
    TL_TRY(choose(part, watch));
    if (plan_.moves_anybody()) keep_candidates();
    TL_TRY(read_payloads(watch));
    sort();
    return Status::ok();
}

// Calls visit(file, block) for the blocks with homes of a part that may have rows of the range.
template <typename Visit>
Status PartReader::for_blocks(const RowSource::Part& part, Visit&& visit) const {
    const auto& files = source_.source_.environment.history.files();
    for (uint32_t file = 0; file < files.size(); ++file) {
        for (size_t number = 0; number < files[file]->blocks().size(); ++number) {
            const sequence::BlockEntry& entry = files[file]->blocks()[number];
            const bool is_asked = entry.home_max >= part.begin && entry.home_min < part.end &&
                                  entry.time_max >= source_.time_.from &&
                                  entry.time_min < source_.time_.to;
            if (is_asked) TL_TRY(visit(file, number, entry));
        }
    }
    return Status::ok();
}

Status PartReader::find_starts(const RowSource::Part& part, const Watch& watch) {
    uint64_t late_starts = 0;
    const Draft& draft = plan_.draft();
    const bool by_time = draft.order == Order::AsHappened;
    for (const ChosenRow& row : gathered(part)) {
        if (source_.is_candidate(row)) wanted_.add(row.family);
    }
    const auto find = [&](uint32_t file, size_t number, const auto& entry) -> Status {
        TL_TRY(watch.look(entry.rows));
        if (by_time && entry.time_max < draft.from) return Status::ok();
        return blocks_.find_starts(file, number, wanted_, late_starts);
    };
    TL_TRY(for_blocks(part, find));
    source_.late_starts_ += late_starts;
    return Status::ok();
}

Status PartReader::choose(const RowSource::Part& part, const Watch& watch) {
    if (wanted_.is_empty()) return Status::ok();
    uint64_t late_starts = 0;
    const auto take = [&](uint32_t file, size_t number, const auto& entry) -> Status {
        TL_TRY(watch.look(plan_.moves_anybody() ? entry.rows : 0));
        return blocks_.choose(file, number, wanted_, rows_, late_starts);
    };
    TL_TRY(for_blocks(part, take));
    if (plan_.moves_anybody()) source_.late_starts_ += late_starts;
    std::ranges::copy_if(gathered(part), std::back_inserter(rows_),
                         [&](const ChosenRow& row) { return wanted_.contains(row.family); });
    return Status::ok();
}

// Of strays and the tail, the rows of families of a part.
std::span<const ChosenRow> PartReader::gathered(const RowSource::Part& part) const {
    const auto& all = source_.gathered_;
    const auto first = std::ranges::lower_bound(all, part.begin, {}, &ChosenRow::family);
    const auto last = std::ranges::lower_bound(all, part.end, {}, &ChosenRow::family);
    return {first, last};
}

void PartReader::keep_candidates() {
    wanted_ = FamilySet(wanted_.begin(), wanted_.end(), false);
    for (const ChosenRow& row : rows_) {
        if (source_.is_candidate(row)) wanted_.add(row.family);
    }
    std::erase_if(rows_, [&](const ChosenRow& row) { return !wanted_.contains(row.family); });
}

void PartReader::sort() {
    const auto taken = [](const ChosenRow& row) {
        return std::tuple(row.family, row.position, row.received, row.source == model::kOwnSource,
                          row.tie);
    };
    const auto happened = [](const ChosenRow& row) {
        return std::tuple(row.family, row.time, row.tie, row.position,
                          row.source == model::kOwnSource);
    };
    if (plan_.draft().order == Order::AsTaken) {
        std::ranges::sort(rows_, {}, taken);
    } else {
        std::ranges::sort(rows_, {}, happened);
    }
}

Status PartReader::read_payloads(const Watch& watch) {
    std::vector<ChosenRow*> asked;
    for (ChosenRow& row : rows_) {
        if ((row.use & (kReads | kSays)) != 0) asked.push_back(&row);
    }
    std::ranges::sort(asked, {}, [](const ChosenRow* row) {
        return std::tuple(row->file, row->block, row->row);
    });
    for (ChosenRow* row : asked) {
        const size_t begin = payloads_.size();
        TL_TRY(read_payload(*row, watch));
        row->payload = begin;
        row->payload_size = static_cast<uint32_t>(payloads_.size() - begin);
    }
    return Status::ok();
}

Status PartReader::read_payload(ChosenRow& row, const Watch& watch) {
    if (row.file == kInTail) {
        payloads_ += source_.source_.environment.history.tail().payload(row.row);
        return Status::ok();
    }
    if (at_ != std::pair(row.file, row.block)) {
        TL_TRY(watch.look());
        TL_TRY(open_block(row));
    }
    const auto at = static_cast<uint32_t>(row.row);
    if ((row.use & kReads) == 0) {
        const auto type = static_cast<model::EventType>(row.type);
        TL_TRY_ASSIGN(const bool is_told, said_.append(at, type, payloads_));
        if (is_told) return Status::ok();
        row.use |= kReads;
    }
    TL_TRY_ASSIGN(const std::string_view payload, block_->payload(at));
    payloads_ += payload;
    return Status::ok();
}

Status PartReader::open_block(const ChosenRow& row) {
    const HistoryFile& file = *source_.source_.environment.history.files()[row.file];
    if (block_) {
        block_->move_to(file, row.block);
    } else {
        block_.emplace(file, row.block);
    }
    at_ = {row.file, row.block};
    return plan_.asks_traits() ? said_.open(file, *block_) : Status::ok();
}

}  // namespace throughline::backtest

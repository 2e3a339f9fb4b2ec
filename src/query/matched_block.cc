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
}

Result<sequence::RowKey> MatchedBlock::key(uint32_t at) {
    if (!tie_) {
        TL_TRY_ASSIGN(tie_, block_->ints(Segment::Tie));
        TL_TRY_ASSIGN(position_, block_->ints(Segment::Position));
    }
    return sequence::RowKey{time[at], static_cast<uint32_t>(tie_->at(row[at])),
                            static_cast<model::Position>(position_->at(row[at]))};
}

BlockMatcher::BlockMatcher(const Pass& pass, const Environment& environment, Values& values)
    : pass_(pass),
      environment_(environment),
      row_values_(pass, environment, values),
      reads_type_(row_values_.conditions().reads_type() || row_values_.reads_origin()),
      only_names_(!reads_type_ && !row_values_.conditions().reads_events() &&
                  pass.dimensions.empty() && pass.numbers.empty()) {}

// Names and types have numbers of the file's own: what they let pass is looked up once.
void BlockMatcher::table_of_names(const HistoryFile& file) {
    if (file_ == &file) return;
    file_ = &file;
    candidates_.resize(file.names().size() * kTypes);
    for (size_t name = 0; name < file.names().size(); ++name) {
        for (size_t type = 0; type < kTypes; ++type) {
            candidates_[name * kTypes + type] = row_values_.conditions().candidates(
                file.names()[name].number, static_cast<uint8_t>(type));
        }
    }
}

void BlockMatcher::add_people(uint32_t root, uint32_t begin, uint32_t end) {
    const bool continues = !people_.empty() && people_.back().root == root;
    if (continues && people_.back().end == begin) {
        people_.back().end = end;
    } else {
        people_.push_back({root, begin, end});
    }
}

// Whose the rows are, without those that stand under another home than their person's.
Status BlockMatcher::find_people(Block& block, bool has_strays) {
    people_.clear();
    TL_TRY_ASSIGN(const auto homes, block.homes());
    if (!has_strays) {
        for (const HomeRun& run : homes) people_.push_back({run.home, run.begin, run.end});
        return Status::ok();
    }
    TL_TRY(block.identities(block.all(), identities_));
    roots_.resize(identities_.size());
    environment_.people.roots(identities_, roots_);
    for (const HomeRun& run : homes) {
        for (uint32_t row = run.begin; row < run.end; ++row) {
            if (roots_[row] == run.home) add_people(run.home, row, row + 1);
        }
    }
    return Status::ok();
}

Status BlockMatcher::load(const HistoryFile& file, size_t number, bool has_strays, RootRange range,
                          MatchedBlock& out) {
    out.clear();
    out.block_ = std::make_unique<Block>(file, number);
    Block& block = *out.block_;
    table_of_names(file);
    row_values_.row().begin_block(file, block);
    TL_TRY(find_people(block, has_strays));
    TL_TRY(block.codes(Segment::Name, names_));
    if (reads_type_) TL_TRY(block.codes(Segment::Origin, origins_));
    TL_TRY(block.times(block.all(), times_));
    const sequence::BlockEntry& entry = file.blocks()[number];
    straddles_ = entry.time_min < pass_.from || entry.time_max >= pass_.to;
    const bool is_plain = only_names_ && !straddles_;
    if (is_plain) out.make_room(entry.rows);
    for (const Rows& rows : people_) {
        if (!range.contains(rows.root)) continue;
        const uint32_t begin = out.size_;
        if (is_plain) {
            match_by_name(rows, out);
        } else {
            TL_TRY(match_rows(file, rows, out));
        }
        if (begin == out.size_) continue;
        if (!out.stretches.empty() && out.stretches.back().root == rows.root) {
            out.stretches.back().end = out.size_;
        } else {
            out.stretches.push_back({rows.root, begin, out.size_});
        }
    }
    return Status::ok();
}

// Each row is written down, and stays if it matches: no branch for the processor to guess.
void BlockMatcher::match_by_name(const Rows& rows, MatchedBlock& out) {
    uint32_t size = out.size_;
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
        const Match match = candidates_[names_[row] * kTypes];
        out.row[size] = row;
        out.time[size] = times_[row];
        out.match[size] = match;
        size += match != 0 ? 1 : 0;
    }
    out.size_ = size;
    looked_at_.rows += rows.end - rows.begin;
    looked_at_.seen.add(rows.root);
}

Status BlockMatcher::match_rows(const HistoryFile& file, const Rows& rows, MatchedBlock& out) {
    uint64_t looked_at = 0;
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
        if (straddles_ && (times_[row] < pass_.from || times_[row] >= pass_.to)) continue;
        ++looked_at;
        const sequence::Origin origin =
            reads_type_ ? file.origins()[origins_[row]] : sequence::Origin{};
        const auto type = static_cast<uint8_t>(origin.type);
        const Match candidates = candidates_[names_[row] * kTypes + type % kTypes];
        if (candidates == 0) continue;
        const sequence::StoredName& name = file.names()[names_[row]];
        row_values_.row().set_row(row, origin.type, name.text);
        TL_TRY_ASSIGN(const Match match, row_values_.match(candidates, name.number));
        if (match == 0) continue;
        out.make_room(out.size_ + 1);
        out.row[out.size_] = row;
        out.time[out.size_] = times_[row];
        out.match[out.size_] = match;
        ++out.size_;
        TL_TRY(row_values_.append(match, type, origin.source, out.values));
    }
    if (looked_at > 0) {
        looked_at_.rows += looked_at;
        looked_at_.seen.add(rows.root);
    }
    return Status::ok();
}

}  // namespace throughline::query

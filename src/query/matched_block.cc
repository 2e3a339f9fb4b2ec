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

Result<sequence::RowKey> MatchedBlock::key(uint32_t at) {
    if (!tie_) {
        TL_TRY_ASSIGN(tie_, block_->ints(Segment::Tie));
        TL_TRY_ASSIGN(position_, block_->ints(Segment::Position));
    }
    return sequence::RowKey{time[at], static_cast<uint32_t>(tie_->at(row[at])),
                            static_cast<model::Position>(position_->at(row[at]))};
}

BlockMatcher::BlockMatcher(const Pass& pass, const Environment& environment, Values& values)
    : pass_(pass), environment_(environment), row_values_(pass, environment, values) {}

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
Status BlockMatcher::find_people(Block& block) {
    people_.clear();
    TL_TRY_ASSIGN(const auto homes, block.homes());
    TL_TRY_ASSIGN(const bool all_at_home, block.all_at_home());
    if (all_at_home) {
        homes_.resize(homes.size());
        roots_.resize(homes.size());
        std::transform(homes.begin(), homes.end(), homes_.begin(),
                       [](const HomeRun& run) { return run.home; });
        environment_.people.roots(homes_, roots_);
        for (size_t i = 0; i < homes.size(); ++i) {
            if (roots_[i] == homes_[i]) add_people(roots_[i], homes[i].begin, homes[i].end);
        }
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

Status BlockMatcher::load(const HistoryFile& file, size_t number, RootRange range,
                          MatchedBlock& out) {
    out.stretches.clear();
    out.row.clear();
    out.time.clear();
    out.match.clear();
    out.values.clear();
    out.tie_.reset();
    out.position_.reset();
    out.block_ = std::make_unique<Block>(file, number);
    Block& block = *out.block_;
    table_of_names(file);
    TL_TRY(find_people(block));
    TL_TRY(block.codes(Segment::Name, names_));
    TL_TRY(block.codes(Segment::Origin, origins_));
    TL_TRY(block.times(block.all(), times_));
    const sequence::BlockEntry& entry = file.blocks()[number];
    const bool straddles = entry.time_min < pass_.from || entry.time_max >= pass_.to;
    for (const Rows& rows : people_) {
        if (!range.contains(rows.root)) continue;
        const auto begin = static_cast<uint32_t>(out.row.size());
        TL_TRY(match_rows(file, block, rows, straddles, out));
        const auto end = static_cast<uint32_t>(out.row.size());
        if (begin == end) continue;
        if (!out.stretches.empty() && out.stretches.back().root == rows.root) {
            out.stretches.back().end = end;
        } else {
            out.stretches.push_back({rows.root, begin, end});
        }
    }
    return Status::ok();
}

Status BlockMatcher::match_rows(const HistoryFile& file, Block& block, const Rows& rows,
                                bool straddles, MatchedBlock& out) {
    const auto& origins = file.origins();
    uint64_t looked_at = 0;
    for (uint32_t row = rows.begin; row < rows.end; ++row) {
        if (straddles && (times_[row] < pass_.from || times_[row] >= pass_.to)) continue;
        ++looked_at;
        const auto& origin = origins[origins_[row]];
        const auto type = static_cast<uint8_t>(origin.type);
        const Match candidates = candidates_[names_[row] * kTypes + type % kTypes];
        if (candidates == 0) continue;
        const auto payload = [&] { return block.payload(row); };
        const uint32_t name = file.names()[names_[row]].number;
        TL_TRY_ASSIGN(const Match match, row_values_.match(candidates, name, payload));
        if (match == 0) continue;
        out.row.push_back(row);
        out.time.push_back(times_[row]);
        out.match.push_back(match);
        TL_TRY(row_values_.append(match, type, origin.source, payload, out.values));
    }
    if (looked_at > 0) {
        looked_at_.rows += looked_at;
        looked_at_.seen.add(rows.root);
    }
    return Status::ok();
}

}  // namespace throughline::query

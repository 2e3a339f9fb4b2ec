#include "sequence/history_file.h"

#include <algorithm>
#include <limits>

#include "base/hash.h"

namespace throughline::sequence {

Result<std::shared_ptr<const HistoryFile>> HistoryFile::open(store::Files& files,
                                                             const std::string& directory,
                                                             const std::string& name) {
    TL_TRY_ASSIGN(auto mapped, files.map(store::join_path(directory, name)));
    TL_TRY_ASSIGN(auto file, make(mapped->bytes(), name));
    file->mapped_ = std::move(mapped);
    return std::shared_ptr<const HistoryFile>(std::move(file));
}

Result<std::shared_ptr<const HistoryFile>> HistoryFile::from_bytes(std::string_view bytes,
                                                                   const std::string& name) {
    TL_TRY_ASSIGN(auto file, make(bytes, name));
    return std::shared_ptr<const HistoryFile>(std::move(file));
}

Result<std::shared_ptr<HistoryFile>> HistoryFile::make(std::string_view bytes,
                                                       const std::string& name) {
    const auto parts = parse_file_name(name);
    if (!parts) return Error::corrupt("history: " + name + ": not the name of a history file");
    auto footer = read_footer(*parts, bytes);
    if (!footer) return Error::corrupt("history: " + name + ": " + footer.error().message);

    std::shared_ptr<HistoryFile> file(new HistoryFile());
    file->name_ = name;
    file->parts_ = *parts;
    file->bytes_ = bytes;
    file->footer_ = std::move(footer).value();
    if (const std::string_view kept = file->footer_.statistics; !kept.empty()) {
        const auto overflow = FileStatistics::read_overflow(kept);
        if (!overflow) return file->corrupt_statistics();
        file->overflow_ = *overflow;
    }
    return file;
}

Error HistoryFile::corrupt(std::string_view what, size_t block) const {
    return Error::corrupt("history: " + name_ + ": block " + std::to_string(block) + ": " +
                          std::string(what));
}

void HistoryFile::add_homes_of(uint32_t identity, std::vector<uint32_t>& homes) const {
    const auto add = [&](uint32_t home) {
        if (std::find(homes.begin(), homes.end(), home) == homes.end()) homes.push_back(home);
    };
    add(identity);
    const auto& moved = footer_.moved;
    for (auto at = std::lower_bound(moved.begin(), moved.end(), std::pair(identity, uint32_t{0}));
         at != moved.end() && at->first == identity; ++at) {
        add(at->second);
    }
}

std::pair<size_t, size_t> HistoryFile::blocks_of(uint32_t home) const {
    const auto& blocks = footer_.blocks;
    const auto first =
        std::partition_point(blocks.begin(), blocks.end(),
                             [&](const BlockEntry& block) { return block.home_max < home; });
    const auto last = std::partition_point(
        first, blocks.end(), [&](const BlockEntry& block) { return block.home_min <= home; });
    return {first - blocks.begin(), last - blocks.begin()};
}

Result<std::optional<FileStatistics>> HistoryFile::statistics() const {
    if (footer_.statistics.empty()) return std::optional<FileStatistics>();
    auto read = FileStatistics::read(footer_.statistics, footer_.names.size(), footer_.schema);
    if (!read) return corrupt_statistics();
    return read;
}

Error HistoryFile::corrupt_statistics() const {
    return Error::corrupt("history: " + name_ + ": statistics do not fit the file");
}

Status HistoryFile::verify_statistics() const {
    TL_TRY_ASSIGN(const auto kept, statistics());
    if (!kept) return Status::ok();
    uint64_t rows = overflow_.uncounted;
    for (const FileStatistics::Kind& kind : kept->kinds) rows += kind.rows;
    return rows == footer_.rows ? Status::ok() : Status(corrupt_statistics());
}

Status HistoryFile::verify() const {
    TL_TRY(verify_statistics());
    std::optional<std::pair<uint32_t, RowKey>> last;
    for (size_t block = 0; block < footer_.blocks.size(); ++block) {
        TL_TRY(verify_block(block, last));
    }
    return Status::ok();
}

Status HistoryFile::verify_block(size_t number,
                                 std::optional<std::pair<uint32_t, RowKey>>& last) const {
    Block block(*this, number);
    TL_TRY(block.verify_bytes());
    TL_TRY_ASSIGN(const auto homes, block.homes());
    TL_TRY_ASSIGN(const RowColumns columns, block.row_columns());
    std::vector<uint16_t> touches;
    TL_TRY(block.touch_codes(touches));
    const BlockEntry& entry = footer_.blocks[number];
    BlockEntry found{.home_min = homes.front().home,
                     .home_max = homes.back().home,
                     .time_min = columns.time[0],
                     .time_max = columns.time[0],
                     .position_min = columns.key(0).position,
                     .position_max = columns.key(0).position};
    for (const HomeRun& run : homes) {
        for (uint32_t i = run.begin; i < run.end; ++i) {
            TL_TRY_ASSIGN(const Row row, block.row(columns, i));
            const std::pair key(run.home, key_of(row));
            if (last && key <= *last) return corrupt("rows are out of order", number);
            last = key;
            if (month_of(row.time) != parts_.month)
                return corrupt("a row of another month", number);
            TL_TRY_ASSIGN(const auto payload, block.payload(i));
            if (!model::is_event(payload)) return corrupt("a payload is no event", number);
            const model::EventView event(payload);
            if (event.time() != row.time || event.tie() != row.tie || event.type() != row.type ||
                event.source() != row.source || event.flags() != row.flags) {
                return corrupt("columns and payload disagree", number);
            }
            found.time_min = std::min(found.time_min, row.time);
            found.time_max = std::max(found.time_max, row.time);
            found.position_min = std::min(found.position_min, row.position);
            found.position_max = std::max(found.position_max, row.position);
        }
    }
    if (found.home_min != entry.home_min || found.home_max != entry.home_max ||
        found.time_min != entry.time_min || found.time_max != entry.time_max ||
        found.position_min != entry.position_min || found.position_max != entry.position_max) {
        return corrupt("footer and columns disagree", number);
    }
    return Status::ok();
}

}  // namespace throughline::sequence

#include "sql/event_rows.h"

#include <algorithm>
#include <numeric>

namespace throughline::sql {

using sequence::HistoryFile;
using sequence::Segment;

namespace {

std::optional<TextSet> texts_of(const TableNeeds& needs, std::string_view column) {
    const auto found = needs.texts.find(column);
    return found == needs.texts.end() ? std::nullopt : std::optional(found->second);
}

bool all_of(const std::vector<uint8_t>& needed) {
    return std::ranges::find(needed, 0) == needed.end();
}

bool any_of(const std::vector<uint8_t>& needed) {
    return std::ranges::find(needed, 1) != needed.end();
}

}  // namespace

RowChoice::RowChoice(const query::Environment& environment, const TableNeeds& needs)
    : environment_(environment),
      range_(needs.range),
      events_(texts_of(needs, "event")),
      types_(texts_of(needs, "type")),
      sources_(texts_of(needs, "source")) {
    for (const auto& file : environment.history.files()) {
        files_.emplace(file.get(), choice_of(*file));
    }
}

bool RowChoice::needs_origin(const sequence::Origin& origin) const {
    if (types_ && !types_->contains(model::event_type_name(origin.type))) return false;
    return !sources_ || sources_->contains(environment_.source_name(origin.source));
}

RowChoice::OfFile RowChoice::choice_of(const HistoryFile& file) const {
    OfFile choice;
    for (const sequence::StoredName& name : file.names()) {
        choice.names.push_back(!events_ || events_->contains(name.text) ? 1 : 0);
    }
    for (const sequence::Origin& origin : file.origins()) {
        choice.origins.push_back(needs_origin(origin) ? 1 : 0);
    }
    choice.is_any = any_of(choice.names) && any_of(choice.origins);
    if (all_of(choice.names)) choice.names.clear();
    if (all_of(choice.origins)) choice.origins.clear();
    return choice;
}

bool RowChoice::needs_row(const sequence::Row& row) const {
    if (!needs_origin({row.type, row.flags, row.source})) return false;
    return !events_ || row.name == sequence::kOverflowName ||
           events_->contains(environment_.names.name(row.name));
}

std::vector<EventPart> RowChoice::parts() const {
    std::vector<EventPart> parts;
    for (const auto& file : environment_.history.files()) {
        for (size_t i = 0; of(*file).is_any && i < file->blocks().size(); ++i) {
            const sequence::BlockEntry& block = file->blocks()[i];
            if (block.time_max < range_.from || block.time_min >= range_.to) continue;
            parts.push_back({.file = file.get(), .block = i});
        }
    }
    environment_.history.tail().for_each_chunk(
        [&](uint64_t first, const sequence::TailColumns& rows) {
            parts.push_back({.first = first, .tail = rows});
            return true;
        });
    return parts;
}

Status PartRows::open(const EventPart& part) {
    part_ = &part;
    at_ = 0;
    block_.reset();
    std::span<const uint32_t> identities = part.tail.identity;
    if (part.file == nullptr) {
        TL_TRY(choose_tail_rows());
    } else {
        block_.emplace(*part.file, part.block);
        TL_TRY(choose_rows(choice_.of(*part.file)));
        if (rows_.empty()) return Status::ok();
        TL_TRY_ASSIGN(columns_, block_->row_columns());
        identities = columns_.identity;
    }
    roots_.resize(identities.size());
    environment_.people.roots(identities, roots_);
    return Status::ok();
}

Status PartRows::choose_rows(const RowChoice::OfFile& choice) {
    rows_.resize(block_->rows());
    std::iota(rows_.begin(), rows_.end(), 0u);
    const std::pair<Segment, const std::vector<uint8_t>&> kinds[] = {
        {Segment::Name, choice.names}, {Segment::Origin, choice.origins}};
    for (const auto& [segment, needed] : kinds) {
        if (needed.empty() || rows_.empty()) continue;
        TL_TRY(block_->codes(segment, codes_));
        // Without a branch a row: what is needed comes in no order that could be foreseen.
        size_t kept = 0;
        for (const uint32_t row : rows_) {
            rows_[kept] = row;
            kept += needed[codes_[row]];
        }
        rows_.resize(kept);
    }
    return Status::ok();
}

Status PartRows::choose_tail_rows() {
    rows_.resize(part_->tail.identity.size());
    std::iota(rows_.begin(), rows_.end(), 0u);
    if (!choice_.chooses()) return Status::ok();
    const auto& tail = environment_.history.tail();
    std::erase_if(rows_,
                  [&](uint32_t row) { return !choice_.needs_row(tail.row(part_->first + row)); });
    return Status::ok();
}

Result<sequence::Row> PartRows::facts() const {
    if (block_) return block_->row(columns_, row());
    return environment_.history.tail().row(part_->first + row());
}

Result<std::string_view> PartRows::payload() {
    if (block_) return block_->payload(row());
    return part_->tail.payload[row()];
}

}  // namespace throughline::sql

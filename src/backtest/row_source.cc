#include "backtest/row_source.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "model/consequence.h"
#include "sequence/outline.h"

namespace throughline::backtest {

using model::EventView;
using query::kNobody;
using sequence::Block;
using sequence::HistoryFile;
using sequence::HomeRun;

namespace {

constexpr uint64_t kPartRows = 1 << 20;      // Of files: so many are read at once.
constexpr uint64_t kPartRowsLeast = 10;      // For each that a thread is worth.
constexpr size_t kGatheredMax = 20'000'000;  // 88 bytes each.
constexpr uint8_t kTypes = 8;

uint64_t hash_of(model::Position position) {
    return mix(position);
}

/// The lowest of a chain of joined families.
uint32_t lowest(std::unordered_map<uint32_t, uint32_t>& joined, uint32_t family) {
    auto found = joined.find(family);
    while (found != joined.end()) {
        family = found->second;
        found = joined.find(family);
    }
    return family;
}

bool is_one_of(std::string_view name, const std::vector<std::string>& names) {
    return std::ranges::find(names, name) != names.end();
}

/// Whether a document of an event says something of some traits of its person.
bool says_one_of(model::DocView doc, const std::vector<std::string>& traits) {
    const model::DocView own = doc.find("traits");
    const model::DocView beside = doc.find("context").find("traits");
    return std::ranges::any_of(traits, [&](const std::string& name) {
        return !own.find(name).is_missing() || !beside.find(name).is_missing();
    });
}

/// Whether some event of a file may say something of some traits.
bool may_say_one_of(const sequence::Schema& schema, const std::vector<std::string>& traits) {
    const auto& paths = schema.paths();
    return !schema.shapes().empty() && std::ranges::any_of(paths, [&](const sequence::Path& path) {
        return paths[path.parent].key == "traits" && is_one_of(path.key, traits);
    });
}

/// By shape: whether an event of it says something of some traits.
std::vector<uint8_t> shapes_with(const sequence::Schema& schema,
                                 const std::vector<std::string>& traits) {
    std::vector<uint8_t> says(schema.shapes().size(), 1);
    for (uint32_t shape = 0; shape < says.size(); ++shape) {
        if (shape == sequence::Schema::kSpilled) continue;
        const std::string doc = sequence::outline_of(schema, shape).doc;
        says[shape] = says_one_of(model::DocView(doc), traits);
    }
    return says;
}

}  // namespace

uint32_t Names::number_of(std::string_view text) {
    const auto next = static_cast<uint32_t>(texts_.size());
    const auto [found, is_new] = numbers_.try_emplace(std::string(text), next);
    if (is_new) texts_.emplace_back(text);
    return found->second;
}

Watch::Watch(const query::Environment& environment)
    : environment_(environment),
      deadline_(environment.clock.monotonic() + environment.time_limit) {}

Status Watch::look(uint64_t rows) const {
    if (environment_.progress != nullptr) environment_.progress->rows_done += rows;
    if (environment_.cancelled && environment_.cancelled->load(std::memory_order_relaxed)) {
        return Error{Code::Cancelled, "backtest: cancelled"};
    }
    if (environment_.clock.monotonic() <= deadline_) return Status::ok();
    return Error{
        Code::DeadlineExceeded,
        "backtest: took longer than " + std::to_string(environment_.time_limit / kSecond) + " s"};
}

/// Chooses rows of blocks, one after another.
class BlockRows {
public:
    BlockRows(const RowSource& source, Names& names) : source_(source), names_(names) {}

    /// Adds the rows of a block that were chosen. Of homes in [begin, end): those of families that
    /// are their home; or, of all, those that are not.
    struct Wanted {
        uint32_t begin = 0;
        uint32_t end = kNobody;
        bool strays = false;
    };
    Status choose(uint32_t file, size_t number, const Wanted& wanted, std::vector<ChosenRow>& out) {
        open_file(file);
        Block block(*file_, number);
        const bool reads_shapes =
            !source_.trait_shapes_.empty() && !source_.trait_shapes_[file_number_].empty();
        TL_TRY(block.codes(sequence::Segment::Name, names_of_));
        if (reads_shapes) TL_TRY(block.shapes(shapes_));
        TL_TRY_ASSIGN(const auto homes, block.homes());
        if (!find_rows(homes, wanted, reads_shapes)) return Status::ok();
        TL_TRY_ASSIGN(const auto columns, block.row_columns());
        TL_TRY_ASSIGN(const auto received, block.ints(sequence::Segment::Received));
        std::optional<sequence::IntView> positions;
        for (const uint32_t at : rows_) {
            ChosenRow row = row_at(columns, at, reads_shapes);
            row.block = static_cast<uint32_t>(number);
            row.received = static_cast<Micros>(static_cast<uint64_t>(row.time) +
                                               static_cast<uint64_t>(received.at(at)));
            const bool is_stray = row.family != home_of(homes, at);
            if (row.family == kNobody || is_stray != wanted.strays) continue;
            if (source_.is_change(row.position)) row.use |= kChanges;
            if (source_.admit(row)) out.push_back(row);
        }
        return Status::ok();
    }

private:
    void open_file(uint32_t number) {
        const HistoryFile* file = source_.source_.environment.history.files()[number].get();
        if (file == file_) return;
        file_ = file;
        file_number_ = number;
        uses_.clear();
        for (const sequence::StoredName& name : file->names()) {
            uint8_t any = 0;
            for (uint8_t type = 1; type < kTypes; ++type) {
                uses_.push_back(source_.plan_.use_of(name.text, type));
                any |= uses_.back();
            }
            uses_.push_back(any);
            numbers_.push_back(0);
        }
        numbers_.assign(file->names().size(), ~uint32_t{0});
    }
    uint8_t use_of(uint16_t name, uint8_t type) const {
        return uses_[name * size_t{kTypes} + (type + kTypes - 1) % kTypes];
    }
    uint8_t any_use_of(uint16_t name) const { return uses_[name * size_t{kTypes} + kTypes - 1]; }

    // Rows that may be chosen, as far as their names tell, and what people say, and their homes.
    bool find_rows(std::span<const HomeRun> homes, const Wanted& wanted, bool reads_shapes) {
        rows_.clear();
        home_ = 0;
        for (const HomeRun& run : homes) {
            if (run.home < wanted.begin || run.home >= wanted.end) continue;
            const bool has_changes =
                run.home < source_.has_changes_.size() && source_.has_changes_[run.home];
            const bool changes = wanted.strays || has_changes;
            for (uint32_t row = run.begin; row < run.end; ++row) {
                const bool says = reads_shapes && source_.trait_shapes_[file_number_][shapes_[row]];
                const bool is_wanted = any_use_of(names_of_[row]) != 0 || says || changes;
                if (is_wanted) rows_.push_back(row);
            }
        }
        return !rows_.empty();
    }

    ChosenRow row_at(const sequence::RowColumns& columns, uint32_t at, bool reads_shapes) {
        ChosenRow row;
        row.identity = columns.identity_of(at);
        row.family =
            row.identity < source_.family_of_.size() ? source_.family_of_[row.identity] : kNobody;
        const sequence::RowKey key = columns.key(at);
        row.time = key.time;
        row.tie = key.tie;
        row.position = key.position;
        row.file = file_number_;
        row.row = at;
        const sequence::Origin& origin =
            file_->origins()[static_cast<size_t>(columns.origin.at(at))];
        row.type = static_cast<uint8_t>(origin.type);
        row.flags = origin.flags;
        row.source = origin.source;
        const uint16_t name = names_of_[at];
        if (numbers_[name] == ~uint32_t{0}) {
            numbers_[name] = names_.number_of(file_->names()[name].text);
        }
        row.name = numbers_[name];
        row.use = use_of(name, row.type);
        const bool is_sent = origin.type != model::kConsequence;
        const bool says =
            reads_shapes && source_.trait_shapes_[file_number_][shapes_[at]] != 0 && is_sent;
        if (says) row.use |= kSays;
        return row;
    }

    uint32_t home_of(std::span<const HomeRun> homes, uint32_t row) {
        while (homes[home_].end <= row) ++home_;
        return homes[home_].home;
    }

    const RowSource& source_;
    Names& names_;
    const HistoryFile* file_ = nullptr;
    uint32_t file_number_ = 0;
    std::vector<uint8_t> uses_;      // By name of the file and type; last of each: any type.
    std::vector<uint32_t> numbers_;  // By name of the file.
    std::vector<uint16_t> names_of_;
    std::vector<uint32_t> shapes_;
    std::vector<uint32_t> rows_;
    size_t home_ = 0;
};

Result<std::unique_ptr<RowSource>> RowSource::open(const Plan& plan, const Source& source,
                                                   const Watch& watch) {
    std::unique_ptr<RowSource> made(new RowSource(plan, source));
    if (source.environment.progress != nullptr) {
        source.environment.progress->rows_total = source.environment.history.rows();
    }
    made->find_families();
    made->find_changes();
    made->divide();
    made->find_trait_shapes();
    TL_TRY(made->gather(watch));
    return made;
}

void RowSource::find_families() {
    std::vector<uint32_t> identities(source_.identities);
    std::iota(identities.begin(), identities.end(), 0u);
    family_of_.assign(source_.identities, kNobody);
    if (source_.identities > 1) {
        source_.environment.people.roots(std::span(identities).subspan(1),
                                         std::span(family_of_).subspan(1));
    }
    for (uint32_t& family : family_of_) {
        if (family == 0) family = kNobody;
    }
    join_families();
    for (uint32_t identity = 1; identity < family_of_.size(); ++identity) {
        const uint32_t family = family_of_[identity];
        if (family != identity && family != kNobody) others_.emplace_back(family, identity);
    }
    std::ranges::sort(others_);
}

// A person who is two today was one, then: both are looked at together.
void RowSource::join_families() {
    if (plan_.draft().order == Order::AsHappened) return;
    std::unordered_map<uint32_t, uint32_t> joined;  // Looked up only.
    const auto exists = [&](uint32_t identity) {
        return identity < family_of_.size() && family_of_[identity] != kNobody;
    };
    for (const RootChange& change : source_.changes) {
        if (!exists(change.identity) || !exists(change.before)) continue;
        const uint32_t a = lowest(joined, family_of_[change.identity]);
        const uint32_t b = lowest(joined, family_of_[change.before]);
        if (a != b) joined.emplace(std::max(a, b), std::min(a, b));
    }
    if (joined.empty()) return;
    for (uint32_t& family : family_of_) {
        if (family != kNobody) family = lowest(joined, family);
    }
}

void RowSource::find_changes() {
    if (plan_.draft().order == Order::AsHappened) return;
    has_changes_.resize(family_of_.size());
    size_t bits = 64;
    while (bits < 16 * source_.changes.size()) bits *= 2;
    if (!source_.changes.empty()) change_bits_.resize(bits / 64);
    for (const RootChange& change : source_.changes) {
        const bool exists =
            change.identity < family_of_.size() && family_of_[change.identity] != kNobody;
        if (!exists) continue;
        const uint32_t family = family_of_[change.identity];
        changes_.emplace_back(family, change);
        has_changes_[family] = true;
        const uint64_t hash = hash_of(change.position) % (change_bits_.size() * 64);
        change_bits_[hash / 64] |= uint64_t{1} << (hash % 64);
    }
    std::ranges::stable_sort(
        changes_, {}, [](const auto& one) { return std::pair(one.first, one.second.position); });
}

// Whether it may be one: now and then a row more is read.
bool RowSource::is_change(model::Position position) const {
    if (change_bits_.empty()) return false;
    const uint64_t hash = hash_of(position) % (change_bits_.size() * 64);
    return (change_bits_[hash / 64] >> (hash % 64) & 1) != 0;
}

void RowSource::divide() {
    std::vector<std::pair<uint32_t, uint64_t>> blocks;  // Largest home, rows.
    for (const auto& file : source_.environment.history.files()) {
        for (const sequence::BlockEntry& block : file->blocks()) {
            blocks.emplace_back(block.home_max, block.rows);
        }
    }
    std::ranges::sort(blocks);
    const uint64_t part_rows =
        std::min(kPartRows, kPartRowsLeast * source_.environment.thread_rows_min);
    uint32_t begin = 0;
    uint64_t rows = 0;
    for (const auto& [home, more] : blocks) {
        rows += more;
        if (rows < part_rows || home < begin || home + 1 >= kNobody) continue;
        parts_.push_back({begin, home + 1});
        begin = home + 1;
        rows = 0;
    }
    parts_.push_back({begin, kNobody});
}

void RowSource::find_trait_shapes() {
    if (!plan_.asks_traits()) return;
    for (const auto& file : source_.environment.history.files()) {
        auto& shapes = trait_shapes_.emplace_back();
        // Events kept whole may say anything; without statistics there may be some.
        const auto counted = file->statistics();
        const bool may_say = !counted || !*counted || file->overflow().whole > 0 ||
                             may_say_one_of(file->schema(), plan_.wants().traits);
        if (may_say) shapes = shapes_with(file->schema(), plan_.wants().traits);
    }
}

Status RowSource::gather(const Watch& watch) {
    gather_tail();
    BlockRows rows(*this, names_);
    std::vector<Block::IdentityRun> runs;
    const auto& files = source_.environment.history.files();
    for (uint32_t number = 0; number < files.size(); ++number) {
        for (size_t at = 0; at < files[number]->blocks().size(); ++at) {
            TL_TRY(watch.look());
            Block block(*files[number], at);
            TL_TRY(block.identity_runs(runs));
            bool has_strays = false;
            if (runs.empty()) {  // Each row stands under its own identity.
                TL_TRY_ASSIGN(const auto homes, block.homes());
                has_strays = std::ranges::any_of(homes, [&](const HomeRun& run) {
                    return run.home < family_of_.size() && family_of_[run.home] != run.home;
                });
            }
            has_strays =
                has_strays || std::ranges::any_of(runs, [&](const auto& run) {
                    return run.identity < family_of_.size() && family_of_[run.identity] != run.home;
                });
            if (!has_strays) continue;
            TL_TRY(rows.choose(number, at, {.strays = true}, gathered_));
            TL_TRY(check_gathered());
        }
    }
    std::ranges::sort(gathered_, {}, &ChosenRow::family);
    return Status::ok();
}

Status RowSource::check_gathered() const {
    if (gathered_.size() <= kGatheredMax) return Status::ok();
    return Error::exhausted("backtest: more than " + std::to_string(kGatheredMax) +
                            " rows of people who were merged since: take a shorter range");
}

void RowSource::gather_tail() {
    const sequence::TailSnapshot& tail = source_.environment.history.tail();
    tail.for_each_chunk([&](uint64_t first, const sequence::TailColumns& columns) {
        for (size_t i = 0; i < columns.identity.size(); ++i) {
            ChosenRow row;
            row.identity = columns.identity[i];
            row.family = row.identity < family_of_.size() ? family_of_[row.identity] : kNobody;
            if (row.family == kNobody) continue;
            const EventView event(columns.payload[i]);
            row.type = columns.type[i];
            row.use = plan_.use_of(event.name(), row.type);
            const bool is_sent = event.type() != model::kConsequence;
            const bool says =
                plan_.asks_traits() && is_sent && says_one_of(event.doc(), plan_.wants().traits);
            if (says) row.use |= kSays | kReads;
            row.position = columns.position[i];
            if (is_change(row.position)) row.use |= kChanges;
            row.time = event.time();
            row.received = event.received();
            row.tie = event.tie();
            row.flags = event.flags();
            row.source = event.source();
            row.file = kInTail;
            row.row = first + i;
            if (!admit(row)) continue;
            row.name = names_.number_of(event.name());
            gathered_.push_back(row);
        }
        return true;
    });
}

// Takes from a row what it is no good for at its time. Whether anything is left.
bool RowSource::admit(ChosenRow& row) const {
    const Draft& draft = plan_.draft();
    if (draft.order == Order::AsHappened) {
        row.flags &= static_cast<uint8_t>(~model::kEventHistory);
        row.received = row.time;
    }
    // The program's own rows are nobody's deeds; those of items alone are looked at.
    if (row.type == static_cast<uint8_t>(model::kConsequence) && row.source != model::kOwnSource) {
        return false;
    }
    if (row.received >= draft.to) return false;
    if (row.received < draft.from) {
        row.use &= static_cast<uint8_t>(~(kStarts | kMoves | kChanges));
        if (std::min(row.time, row.received) < plan_.counts_from()) {
            row.use &= static_cast<uint8_t>(~kCounts);
        }
        if (!plan_.looks_back()) return false;
    }
    const bool is_late = (row.flags & model::kEventHistory) != 0;
    const bool starts_late = plan_.journey() && plan_.journey()->trigger().includes_late;
    if (is_late && !starts_late && (row.use & kStarts) != 0) {
        row.use &= static_cast<uint8_t>(~kStarts);
        ++late_starts_;
    }
    return (row.use & ~kReads) != 0;
}

bool RowSource::is_candidate(const ChosenRow& row) const {
    if ((row.use & kStarts) != 0) return true;
    return plan_.moves_anybody() && (row.use & (kCounts | kSays | kExists)) != 0;
}

Family RowSource::family(uint32_t id) const {
    Family family{.id = id, .members = {id}, .roots = {}, .moves = {}};
    const auto mine =
        std::ranges::equal_range(others_, id, {}, &std::pair<uint32_t, uint32_t>::first);
    for (const auto& [of, identity] : mine) family.members.push_back(identity);
    family.roots.resize(family.members.size());
    source_.environment.people.roots(family.members, family.roots);
    if (has_changes_.empty() || !has_changes_[id]) return family;
    const auto changes =
        std::ranges::equal_range(changes_, id, {}, &std::pair<uint32_t, RootChange>::first);
    for (auto at = changes.end(); at != changes.begin();) {
        const RootChange& change = (--at)->second;
        const auto place = std::ranges::lower_bound(family.members, change.identity);
        uint32_t& root = family.roots[static_cast<size_t>(place - family.members.begin())];
        family.moves.push_back({change.position, change.at, change.identity, root});
        root = change.before;
    }
    std::ranges::reverse(family.moves);
    return family;
}

// --- one part

PartReader::PartReader(const RowSource& source)
    : source_(source), names_(source.names_), said_(source.plan_.wants().traits) {}

Status PartReader::read(const RowSource::Part& part, const Watch& watch) {
    rows_.clear();
    payloads_.clear();
    TL_TRY(choose(part, watch));
    keep_candidates(part);
    TL_TRY(read_payloads(watch));
    const auto taken = [](const ChosenRow& row) {
        return std::tuple(row.family, row.position, row.received, row.source == model::kOwnSource,
                          row.tie);
    };
    const auto happened = [](const ChosenRow& row) {
        return std::tuple(row.family, row.time, row.tie, row.position,
                          row.source == model::kOwnSource);
    };
    if (source_.plan_.draft().order == Order::AsTaken) {
        std::ranges::sort(rows_, {}, taken);
    } else {
        std::ranges::sort(rows_, {}, happened);
    }
    return Status::ok();
}

Status PartReader::choose(const RowSource::Part& part, const Watch& watch) {
    const Plan& plan = source_.plan_;
    const bool by_time = plan.draft().order == Order::AsHappened;
    const auto& files = source_.source_.environment.history.files();
    BlockRows blocks(source_, names_);
    for (uint32_t number = 0; number < files.size(); ++number) {
        for (size_t at = 0; at < files[number]->blocks().size(); ++at) {
            const sequence::BlockEntry& entry = files[number]->blocks()[at];
            if (entry.home_max < part.begin || entry.home_min >= part.end) continue;
            const bool is_early =
                by_time && !plan.looks_back() && entry.time_max < plan.draft().from;
            if (is_early || (by_time && entry.time_min >= plan.draft().to)) continue;
            TL_TRY(watch.look(entry.rows));
            TL_TRY(blocks.choose(number, at, {.begin = part.begin, .end = part.end}, rows_));
        }
    }
    const auto first =
        std::ranges::lower_bound(source_.gathered_, part.begin, {}, &ChosenRow::family);
    const auto last = std::ranges::lower_bound(source_.gathered_, part.end, {}, &ChosenRow::family);
    rows_.insert(rows_.end(), first, last);
    return Status::ok();
}

void PartReader::keep_candidates(const RowSource::Part& part) {
    const uint32_t end = std::min(part.end, static_cast<uint32_t>(source_.family_of_.size()));
    std::vector<bool> is_wanted(end > part.begin ? end - part.begin : 0);
    for (const ChosenRow& row : rows_) {
        if (source_.is_candidate(row)) is_wanted[row.family - part.begin] = true;
    }
    std::erase_if(rows_, [&](const ChosenRow& row) { return !is_wanted[row.family - part.begin]; });
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
    return source_.plan_.asks_traits() ? said_.open(file, *block_) : Status::ok();
}

}  // namespace throughline::backtest

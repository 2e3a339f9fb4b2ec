#include "backtest/row_source.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "backtest/block_rows.h"
#include "model/consequence.h"
#include "sequence/outline.h"

namespace throughline::backtest {

using model::EventView;
using query::kNobody;

namespace {

constexpr uint64_t kPartsAThread = 8;        // So that all of them are done at one time,
constexpr uint64_t kPartRowsLeast = 10;      // but for each row that a thread is worth so many,
constexpr uint64_t kPartRowsMost = 1 << 22;  // and never more.
constexpr size_t kGatheredMax = 20'000'000;  // 88 bytes each.

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

/// Families as the people of a question.
class Families final : public query::People {
public:
    explicit Families(const std::vector<uint32_t>& family_of) : family_of_(family_of) {}
    void roots(std::span<const uint32_t> identities, std::span<uint32_t> roots) const override {
        std::ranges::transform(identities, roots.begin(), [&](uint32_t id) {
            return id < family_of_.size() ? family_of_[id] : kNobody;
        });
    }
    bool is_known(uint32_t) const override { return true; }

private:
    const std::vector<uint32_t>& family_of_;
};

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
    TL_TRY(made->find_strays(watch));
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
    const query::Environment& environment = source_.environment;
    const uint64_t part_rows = std::clamp(
        environment.history.rows() / (kPartsAThread * std::max<size_t>(1, environment.threads)),
        std::min(kPartRowsMost, kPartRowsLeast * environment.thread_rows_min), kPartRowsMost);
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

// Which rows stand under another home than their family's.
Status RowSource::find_strays(const Watch& watch) {
    const Draft& draft = plan_.draft();
    if (draft.order == Order::AsHappened) {
        time_.to = draft.to;
        if (!plan_.looks_back()) time_.from = draft.from;
    }
    return strays_.find(source_.environment, Families(family_of_), time_,
                        [&] { return watch.look(); });
}

Status RowSource::gather(const Watch& watch) {
    gather_tail();
    BlockRows rows(*this, names_);
    uint64_t late_starts = 0;
    const auto& files = source_.environment.history.files();
    for (uint32_t number = 0; number < files.size(); ++number) {
        for (size_t at = 0; at < files[number]->blocks().size(); ++at) {
            if (strays_.of(*files[number], at).empty()) continue;
            TL_TRY(watch.look());
            TL_TRY(rows.choose_strays(number, at, gathered_, late_starts));
            TL_TRY(check_gathered());
        }
    }
    late_starts_ += late_starts;
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
    uint64_t late_starts = 0;
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
            if (!admit(row, late_starts)) continue;
            row.name = names_.number_of(event.name());
            gathered_.push_back(row);
        }
        return true;
    });
    late_starts_ += late_starts;
}

// Takes from a row what it is no good for at its time. Whether anything is left.
bool RowSource::admit(ChosenRow& row, uint64_t& late_starts) const {
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
        ++late_starts;
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
    if (!has_changes(id)) return family;
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

}  // namespace throughline::backtest

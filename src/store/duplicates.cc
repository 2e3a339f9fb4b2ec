#include "store/duplicates.h"

#include <algorithm>
#include <optional>

#include "base/assert.h"
#include "base/bytes.h"

namespace throughline::store {

namespace {

constexpr uint8_t kManifestVersion = 1;
constexpr std::string_view kSuffix = ".hashes";

std::string name_of(uint64_t number) {
    return std::to_string(number) + std::string(kSuffix);
}

}  // namespace

// A merge under way: some runs into one file.
struct DuplicateSet::Merge {
    std::vector<std::shared_ptr<const DuplicateRun>> inputs;
    std::vector<uint64_t> positions;  // Next entry of each input.
    std::optional<DuplicateRunWriter> writer;
    std::string path;
    int64_t first_day = 0;  // Older entries are left out.

    Result<bool> step();
};

// Writes the smallest entry; returns whether there was one. An entry that was inserted again after
// its window has the later day in the later run: that one stays.
Result<bool> DuplicateSet::Merge::step() {
    std::optional<DatedHash> smallest;
    for (size_t i = 0; i < inputs.size(); ++i) {
        if (positions[i] == inputs[i]->size()) continue;
        TL_TRY_ASSIGN(const DatedHash entry, inputs[i]->at(positions[i]));
        if (!smallest || entry.hash < smallest->hash) {
            smallest = entry;
        } else if (entry.hash == smallest->hash) {
            smallest->day = std::max(smallest->day, entry.day);
        }
    }
    if (!smallest) return false;
    for (size_t i = 0; i < inputs.size(); ++i) {
        if (positions[i] == inputs[i]->size()) continue;
        TL_TRY_ASSIGN(const DatedHash entry, inputs[i]->at(positions[i]));
        if (entry.hash == smallest->hash) ++positions[i];
    }
    if (smallest->day >= first_day) TL_TRY(writer->add(*smallest));
    return true;
}

// What write_sealed() says of the set; nothing of an empty text.
struct DuplicateSet::Manifest {
    Window window;
    uint64_t next_number = 1;
    std::vector<uint64_t> runs;

    static Result<Manifest> decode(std::string_view bytes);
};

Result<DuplicateSet::Manifest> DuplicateSet::Manifest::decode(std::string_view bytes) {
    Manifest manifest;
    if (bytes.empty()) return manifest;
    ByteReader in(bytes);
    const uint8_t version = in.u8();
    manifest.window.today = in.signed_varint();
    manifest.window.first_day = in.signed_varint();
    for (uint64_t days = in.varint(); days > 0 && in.ok(); --days) {
        const int64_t day = in.signed_varint();
        manifest.window.ids += manifest.window.per_day[day] = in.varint();
    }
    manifest.next_number = in.varint();
    for (uint64_t runs = in.varint(); runs > 0 && in.ok(); --runs) {
        manifest.runs.push_back(in.varint());
    }
    if (version != kManifestVersion || !in.ok() || !in.at_end()) {
        return Error::corrupt("store: duplicates: damaged manifest");
    }
    return manifest;
}

DuplicateSet::DuplicateSet(Options options)
    : options_(std::move(options)), newest_(std::make_unique<DuplicateMemory>()) {}
DuplicateSet::~DuplicateSet() = default;

Result<std::unique_ptr<DuplicateSet>> DuplicateSet::open(Options options,
                                                         std::string_view manifest) {
    TL_ASSERT(options.files != nullptr);
    TL_TRY(make_directories(*options.files, options.directory));
    std::unique_ptr<DuplicateSet> set(new DuplicateSet(std::move(options)));
    TL_TRY(set->load_manifest(manifest));
    TL_TRY(set->remove_strays());
    return set;
}

Status DuplicateSet::load_manifest(std::string_view manifest) {
    TL_TRY_ASSIGN(Manifest known, Manifest::decode(manifest));
    window_ = std::move(known.window);
    next_number_ = known.next_number;
    auto levels = std::make_shared<Levels>();
    for (const uint64_t number : known.runs) {
        TL_TRY_ASSIGN(auto run, DuplicateRun::open(*options_.files, path_of(number)));
        levels->runs.push_back(std::move(run));
    }
    sealed_window_ = window_;
    levels_ = seen_ = std::move(levels);
    return Status::ok();
}

Result<std::vector<std::string>> DuplicateSet::file_names(std::string_view manifest) {
    TL_TRY_ASSIGN(const Manifest known, Manifest::decode(manifest));
    std::vector<std::string> names;
    for (const uint64_t number : known.runs) names.push_back(name_of(number));
    return names;
}

// Removes what a run that was cut short, or a merge not yet named, has left.
Status DuplicateSet::remove_strays() const {
    TL_TRY_ASSIGN(const auto names, options_.files->list(options_.directory));
    for (const std::string& name : names) {
        const std::string path = join_path(options_.directory, name);
        const bool is_named = std::ranges::any_of(
            levels_->runs, [&](const auto& run) { return run->path() == path; });
        if (!is_named) TL_TRY(options_.files->remove(path));
    }
    return Status::ok();
}

// Requires: mutex_ held.
std::string DuplicateSet::make_manifest() const {
    std::string manifest;
    ByteWriter out(manifest);
    out.u8(kManifestVersion);
    out.signed_varint(sealed_window_.today);
    out.signed_varint(sealed_window_.first_day);
    out.varint(sealed_window_.per_day.size());
    for (const auto& [day, ids] : sealed_window_.per_day) {
        out.signed_varint(day);
        out.varint(ids);
    }
    out.varint(next_number_);
    out.varint(levels_->runs.size());
    for (const auto& run : levels_->runs) {
        const std::string name = run->path().substr(options_.directory.size() + 1);
        out.varint(std::stoull(name));
    }
    return manifest;
}

std::string DuplicateSet::path_of(uint64_t number) const {
    return join_path(options_.directory, name_of(number));
}

std::string DuplicateSet::next_path() {
    std::lock_guard lock(mutex_);
    return path_of(next_number_++);
}

Result<bool> DuplicateSet::insert_if_new(const Key128& hash, Micros stamp) {
    TL_TRY_ASSIGN(const bool is_known, contains(hash, stamp));
    if (!is_known) insert(hash);
    return !is_known;
}

Result<bool> DuplicateSet::contains(const Key128& hash, Micros stamp) {
    refresh();
    if (stamp >= (window_.today + 1) * kDay) advance_to(stamp);
    return is_duplicate(hash);
}

void DuplicateSet::insert(const Key128& hash) {
    TL_ASSERT(window_.today >= 0 && window_.today <= 0xffff);
    newest_->insert({hash, static_cast<uint16_t>(window_.today)});
    newest_bytes_.store(newest_->memory_bytes(), std::memory_order_relaxed);
    count_one();
}

Result<bool> DuplicateSet::is_duplicate(const Key128& hash) const {
    const auto counts = [&](std::optional<uint16_t> day) {
        return day && *day >= window_.first_day;
    };
    if (counts(newest_->find(hash))) return true;
    for (const auto& memory : seen_->sealed) {
        if (counts(memory->find(hash))) return true;
    }
    for (const auto& run : seen_->runs) {
        TL_TRY_ASSIGN(const auto day, run->find(hash));
        if (counts(day)) return true;
    }
    return false;
}

void DuplicateSet::prefetch_hint(const Key128& hash) const {
    newest_->prefetch_hint(hash);
    for (const auto& memory : seen_->sealed) memory->prefetch_hint(hash);
    for (const auto& run : seen_->runs) run->prefetch_hint(hash);
}

void DuplicateSet::advance_to(Micros stamp) {
    window_.today = floor_div(stamp, kDay);
    if (options_.window_days == kForever) return;
    window_.first_day = std::max(window_.first_day, window_.today - options_.window_days);
    while (!window_.per_day.empty() && window_.per_day.begin()->first < window_.first_day) {
        window_.ids -= window_.per_day.begin()->second;
        window_.per_day.erase(window_.per_day.begin());
    }
}

void DuplicateSet::count_one() {
    ++window_.ids;
    if (options_.window_days == kForever) return;
    ++window_.per_day[window_.today];
    while (window_.ids > options_.ids_max && window_.per_day.size() > 1) {
        window_.first_day = window_.per_day.begin()->first + 1;
        window_.ids -= window_.per_day.begin()->second;
        window_.per_day.erase(window_.per_day.begin());
    }
}

// Takes over what the checkpointer and the merger have put in place. What stood there before holds
// the same hashes, so it does not matter when this happens.
void DuplicateSet::refresh() {
    if (levels_version_.load(std::memory_order_acquire) == seen_version_) return;
    std::lock_guard lock(mutex_);
    dropped_.push_back(std::move(seen_));
    seen_ = levels_;
    seen_version_ = levels_version_.load(std::memory_order_relaxed);
}

// Requires: mutex_ held.
void DuplicateSet::replace(const std::shared_ptr<const Levels>& levels) {
    levels_ = levels;
    levels_version_.fetch_add(1, std::memory_order_release);
}

void DuplicateSet::seal() {
    {
        std::lock_guard lock(mutex_);
        sealed_window_ = window_;
        if (newest_->size() > 0) {
            auto levels = std::make_shared<Levels>(*levels_);
            levels->sealed.push_back(std::move(newest_));
            newest_ = std::make_unique<DuplicateMemory>();
            replace(levels);
        }
    }
    newest_bytes_.store(newest_->memory_bytes(), std::memory_order_relaxed);
    refresh();
}

// The hash tables of a sealed level may be hundreds of megabytes; freeing them takes a while.
void DuplicateSet::free_dropped() {
    std::vector<std::shared_ptr<const Levels>> dropped;
    std::lock_guard lock(mutex_);
    dropped.swap(dropped_);  // Destroyed after the lock.
}

Status DuplicateSet::write_run(const DuplicateMemory& memory, const std::string& path) const {
    TL_TRY_ASSIGN(auto writer, DuplicateRunWriter::create(*options_.files, path, memory.size()));
    for (size_t part = 0; part < DuplicateMemory::kParts; ++part) {
        for (const DatedHash& entry : memory.sorted_part(part)) TL_TRY(writer.add(entry));
    }
    return writer.finish();
}

// Gives a full disk its space back. If that fails too, the next open() removes the file.
void DuplicateSet::remove_failed(const std::string& path) const {
    static_cast<void>(options_.files->remove(path));
}

Result<std::string> DuplicateSet::write_sealed() {
    free_dropped();
    std::vector<std::shared_ptr<const DuplicateMemory>> sealed;
    {
        std::lock_guard lock(mutex_);
        sealed = levels_->sealed;
    }
    for (const auto& memory : sealed) {
        const std::string path = next_path();
        const Status written = write_run(*memory, path);
        if (!written) remove_failed(path);
        TL_TRY(written);
        TL_TRY_ASSIGN(auto run, DuplicateRun::open(*options_.files, path));
        std::lock_guard lock(mutex_);
        auto levels = std::make_shared<Levels>(*levels_);
        std::erase(levels->sealed, memory);
        levels->runs.push_back(std::move(run));
        replace(levels);
    }
    TL_TRY(options_.files->sync_directory(options_.directory));
    std::lock_guard lock(mutex_);
    removable_.insert(removable_.end(), retired_.begin(), retired_.end());
    retired_.clear();
    return make_manifest();
}

Status DuplicateSet::committed() {
    std::vector<std::string> paths;
    {
        std::lock_guard lock(mutex_);
        paths.swap(removable_);
    }
    for (const std::string& path : paths) TL_TRY(options_.files->remove(path));
    return Status::ok();
}

Result<bool> DuplicateSet::merge_step(size_t hashes) {
    if (!merge_) {
        free_dropped();
        drop_expired_runs();
        TL_TRY(start_merge());
        if (!merge_) return false;
    }
    for (; hashes > 0; --hashes) {
        const auto has_more = merge_->step();
        if (!has_more || !*has_more) {
            const Status status = has_more ? finish_merge() : Status(has_more.error());
            if (!status) remove_failed(merge_->path);
            merge_.reset();
            TL_TRY(status);
            return true;
        }
    }
    return true;
}

// What no answer can depend on any more. As of the last seal: a crash leads back to no earlier one.
void DuplicateSet::drop_expired_runs() {
    std::lock_guard lock(mutex_);
    const auto is_expired = [&](const auto& run) {
        return run->newest_day() < sealed_window_.first_day;
    };
    if (std::ranges::none_of(levels_->runs, is_expired)) return;
    auto levels = std::make_shared<Levels>(*levels_);
    for (const auto& run : levels_->runs) {
        if (is_expired(run)) retired_.push_back(run->path());
    }
    std::erase_if(levels->runs, is_expired);
    replace(levels);
}

Status DuplicateSet::start_merge() {
    auto merge = std::make_unique<Merge>();
    uint64_t size = 0;
    {
        std::lock_guard lock(mutex_);
        if (levels_->runs.size() <= kRunsMax) return Status::ok();
        auto runs = levels_->runs;
        std::ranges::stable_sort(runs, {}, [](const auto& run) { return run->size(); });
        merge->inputs.assign(runs.begin(), runs.begin() + 2);
        merge->first_day = sealed_window_.first_day;
    }
    for (const auto& input : merge->inputs) size += input->size();
    merge->positions.assign(merge->inputs.size(), 0);
    merge->path = next_path();
    TL_TRY_ASSIGN(merge->writer, DuplicateRunWriter::create(*options_.files, merge->path, size));
    merge_ = std::move(merge);
    return Status::ok();
}

Status DuplicateSet::finish_merge() {
    TL_TRY(merge_->writer->finish());
    TL_TRY(options_.files->sync_directory(options_.directory));
    TL_TRY_ASSIGN(auto merged, DuplicateRun::open(*options_.files, merge_->path));
    std::lock_guard lock(mutex_);
    auto levels = std::make_shared<Levels>(*levels_);
    for (const auto& input : merge_->inputs) {
        std::erase(levels->runs, input);
        retired_.push_back(input->path());
    }
    levels->runs.push_back(std::move(merged));
    replace(levels);
    return Status::ok();
}

Status DuplicateSet::verify() const {
    std::shared_ptr<const Levels> levels;
    {
        std::lock_guard lock(mutex_);
        levels = levels_;
    }
    for (const auto& run : levels->runs) TL_TRY(run->verify());
    return Status::ok();
}

DuplicateSet::Stats DuplicateSet::stats() const {
    std::lock_guard lock(mutex_);
    Stats stats;
    stats.ids = sealed_window_.ids;
    stats.days = sealed_window_.per_day.empty()
                     ? 0
                     : sealed_window_.today - sealed_window_.per_day.begin()->first + 1;
    stats.runs = levels_->runs.size();
    stats.memory_bytes = newest_bytes_.load(std::memory_order_relaxed);
    for (const auto& memory : levels_->sealed) stats.memory_bytes += memory->memory_bytes();
    return stats;
}

}  // namespace throughline::store

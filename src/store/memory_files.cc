#include "store/memory_files.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/random.h"

namespace throughline::store {
namespace {

/// A write or a new size that no sync covers yet.
struct Change {
    bool is_resize = false;
    uint64_t offset = 0;  // Of the write, or the new size.
    std::string bytes;
};

struct Node;
using NodePtr = std::shared_ptr<Node>;
using Entries = std::map<std::string, NodePtr, std::less<>>;

/// A file or a directory: as programs see it, and as the disk surely holds it.
struct Node {
    bool is_directory = false;
    uint64_t names = 0;  // Directory entries that point here.
    std::string bytes;
    std::string durable_bytes;
    std::vector<Change> pending;  // Oldest first; durable_bytes plus all of these is bytes.
    Entries entries;
    Entries durable_entries;
};

/// One name that comes to stand for another node, or for none.
struct NameEdit {
    NodePtr directory;
    std::string name;
    NodePtr target;
};

/// Edits that reach the disk together or not at all.
using NameChange = std::vector<NameEdit>;

void write_into(std::string& bytes, uint64_t offset, std::string_view what) {
    if (what.empty()) return;
    if (bytes.size() < offset + what.size()) bytes.resize(offset + what.size());
    std::copy(what.begin(), what.end(), bytes.begin() + static_cast<ptrdiff_t>(offset));
}

void apply(std::string& bytes, const Change& change) {
    if (change.is_resize) {
        bytes.resize(change.offset);
    } else {
        write_into(bytes, change.offset, change.bytes);
    }
}

/// Applies some sectors of a write; the file may grow over the lost ones, which then read as zeros.
void apply_torn(std::string& bytes, const Change& change, SeededRandom& random) {
    if (change.is_resize) return;
    const uint64_t end = change.offset + change.bytes.size();
    if (random.chance(0.5) && bytes.size() < end) bytes.resize(end);
    const double kept = 0.1 + 0.8 * random.unit();
    for (uint64_t at = change.offset; at < end;) {
        const uint64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
        if (random.chance(kept)) {
            const std::string_view all = change.bytes;
            write_into(bytes, at, all.substr(at - change.offset, next - at));
        }
        at = next;
    }
}

/// Every change on its own: kept, lost or torn, and in any order among writes. Sizes set by
/// truncate are metadata, which file systems keep in order.
void apply_mixed(std::string& bytes, std::vector<Change> changes, SeededRandom& random) {
    for (size_t at = 0; at + 1 < changes.size(); ++at) {
        const size_t other = at + random.below(changes.size() - at);
        const bool ordered = std::any_of(changes.begin() + static_cast<ptrdiff_t>(at),
                                         changes.begin() + static_cast<ptrdiff_t>(other) + 1,
                                         [](const Change& change) { return change.is_resize; });
        if (!ordered) std::swap(changes[at], changes[other]);
    }
    for (const Change& change : changes) {
        const uint64_t fate = random.below(3);
        if (fate == 0) apply(bytes, change);
        if (fate == 1) apply_torn(bytes, change, random);
    }
}

/// What the disk holds of a file after the cut.
std::string settle(const Node& file, SeededRandom& random) {
    if (file.pending.empty()) return file.durable_bytes;
    const uint64_t style = random.below(4);
    if (style == 0) return file.bytes;
    std::string bytes = file.durable_bytes;
    if (style == 1) return bytes;
    if (style == 2) {
        const size_t whole = random.below(file.pending.size());
        for (size_t at = 0; at < whole; ++at) apply(bytes, file.pending[at]);
        apply_torn(bytes, file.pending[whole], random);
        return bytes;
    }
    apply_mixed(bytes, file.pending, random);
    return bytes;
}

/// The same where the file system writes appended bytes before the size that covers them.
std::string settle_in_order(const Node& file, SeededRandom& random) {
    std::string bytes = settle(file, random);
    const size_t durable = file.durable_bytes.size();
    if (file.bytes.size() <= durable || bytes.size() < durable) return bytes;
    bytes.resize(durable);
    return bytes.append(file.bytes, durable, random.below(file.bytes.size() - durable + 1));
}

std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const size_t slash = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, slash);
        if (!part.empty() && part != ".") parts.push_back(part);
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return parts;
}

Error missing(const std::string& path) {
    return Error::not_found("disk: no such file or directory: " + path);
}
Error power_is_off() {
    return Error::unavailable("disk: the power is off");
}

class MemoryMapping final : public MappedFile {
public:
    explicit MemoryMapping(std::string bytes) : bytes_(std::move(bytes)) {}
    std::string_view bytes() const override { return bytes_; }

private:
    std::string bytes_;
};

}  // namespace

class MemoryFiles::Disk : public std::enable_shared_from_this<Disk> {
public:
    explicit Disk(WriteOrder order) : order_(order) { root_->is_directory = true; }

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode);
    Result<NodePtr> find_file(const std::string& path);
    Result<FileStat> stat(const std::string& path);
    Result<std::vector<std::string>> list(const std::string& path);
    Status make_directory(const std::string& path);
    Status remove(const std::string& path);
    Status rename(const std::string& from, const std::string& to);
    Status link(const std::string& from, const std::string& to);
    Status sync_directory(const std::string& path);
    Result<std::unique_ptr<FileLock>> lock(const std::string& path, std::string_view holder);
    void unlock(const std::string& path);
    Result<std::string> copy_of(const std::string& path);

    Status write(Node& file, uint64_t offset, std::string_view bytes);
    Result<size_t> read(const Node& file, uint64_t offset, std::span<char> into);
    Result<uint64_t> size_of(const Node& file);
    Status resize(Node& file, uint64_t size, bool only_grow);
    Status sync(Node& file);
    void forget_cached(Node& file);

    std::shared_ptr<Disk> cut(uint64_t seed) const;

    mutable std::mutex mutex_;  // Guards everything below and every node.
    uint64_t operations_ = 0;
    uint64_t stop_at_ = kNever;
    uint64_t writes_until_failure_ = kNever;
    uint64_t syncs_until_failure_ = kNever;
    uint64_t space_left_ = kNever / 2;

private:
    enum class Power : unsigned char { On, Failing, Off };

    struct Place {
        NodePtr directory;
        std::string name;
    };

    /// Counts an operation. Failing: it may reach the disk, but its caller never learns.
    Power next_operation() {
        if (operations_ > stop_at_) return Power::Off;
        return operations_++ == stop_at_ ? Power::Failing : Power::On;
    }
    bool is_off() const { return operations_ > stop_at_; }
    static Status done(Power power) {
        return power == Power::On ? Status::ok() : Status(power_is_off());
    }
    static bool is_due(uint64_t& until_failure) {
        if (until_failure == kNever) return false;
        if (until_failure-- != 0) return false;
        until_failure = kNever;
        return true;
    }

    NodePtr find(const std::string& path) const;
    Result<Place> place_of(const std::string& path) const;
    void change_names(NameChange change);
    void make_durable(const NameChange& change);
    Status write_part(Node& file, uint64_t offset, std::string_view bytes);

    std::vector<NameChange> kept_names(SeededRandom& random) const;
    std::string settled(const Node& file, SeededRandom& random) const {
        return order_ == WriteOrder::Any ? settle(file, random) : settle_in_order(file, random);
    }

    const WriteOrder order_;
    NodePtr root_ = std::make_shared<Node>();
    std::vector<NameChange> pending_names_;     // Oldest first.
    std::map<std::string, std::string> locks_;  // Path to holder.
};

namespace {

template <typename Disk>
class MemoryFile final : public File {
public:
    MemoryFile(std::shared_ptr<Disk> disk, NodePtr node, OpenMode mode)
        : disk_(std::move(disk)), node_(std::move(node)), mode_(mode) {}

    Status write_at(uint64_t offset, std::string_view bytes) override {
        if (mode_ == OpenMode::Read) return Error::internal("disk: file is open for reading only");
        return disk_->write(*node_, offset, bytes);
    }
    Result<size_t> read_at(uint64_t offset, std::span<char> into) override {
        return disk_->read(*node_, offset, into);
    }
    Result<uint64_t> size() override { return disk_->size_of(*node_); }
    Status allocate(uint64_t size) override { return disk_->resize(*node_, size, true); }
    Status truncate(uint64_t size) override { return disk_->resize(*node_, size, false); }
    Status sync() override { return disk_->sync(*node_); }
    void forget_cached() override { disk_->forget_cached(*node_); }

private:
    std::shared_ptr<Disk> disk_;
    NodePtr node_;
    OpenMode mode_;
};

template <typename Disk>
class MemoryLock final : public FileLock {
public:
    MemoryLock(std::shared_ptr<Disk> disk, std::string path)
        : disk_(std::move(disk)), path_(std::move(path)) {}
    MemoryLock(const MemoryLock&) = delete;
    MemoryLock& operator=(const MemoryLock&) = delete;
    ~MemoryLock() override { disk_->unlock(path_); }

private:
    std::shared_ptr<Disk> disk_;
    std::string path_;
};

}  // namespace

NodePtr MemoryFiles::Disk::find(const std::string& path) const {
    NodePtr node = root_;
    for (const std::string_view part : parts_of(path)) {
        const auto entry = node->entries.find(part);
        if (entry == node->entries.end()) return nullptr;
        node = entry->second;
    }
    return node;
}

Result<MemoryFiles::Disk::Place> MemoryFiles::Disk::place_of(const std::string& path) const {
    const auto parts = parts_of(path);
    if (parts.empty()) return Error::invalid("disk: the root has no name");
    NodePtr directory = root_;
    for (size_t at = 0; at + 1 < parts.size(); ++at) {
        const auto entry = directory->entries.find(parts[at]);
        if (entry == directory->entries.end()) return missing(path);
        directory = entry->second;
    }
    if (!directory->is_directory) return missing(path);
    return Place{std::move(directory), std::string(parts.back())};
}

void MemoryFiles::Disk::change_names(NameChange change) {
    for (const NameEdit& edit : change) {
        NodePtr& entry = edit.directory->entries[edit.name];
        if (entry != nullptr && --entry->names == 0) space_left_ += entry->bytes.size();
        entry = edit.target;
        if (entry == nullptr) {
            edit.directory->entries.erase(edit.name);
        } else if (entry->names++ == 0) {
            space_left_ -= std::min<uint64_t>(space_left_, entry->bytes.size());
        }
    }
    pending_names_.push_back(std::move(change));
}

void MemoryFiles::Disk::make_durable(const NameChange& change) {
    for (const NameEdit& edit : change) {
        if (edit.target == nullptr) {
            edit.directory->durable_entries.erase(edit.name);
        } else {
            edit.directory->durable_entries[edit.name] = edit.target;
        }
    }
}

Result<std::unique_ptr<File>> MemoryFiles::Disk::open(const std::string& path, OpenMode mode) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    NodePtr node = find(path);
    if (node != nullptr && node->is_directory) {
        return Error::internal("disk: is a directory: " + path);
    }
    if (node == nullptr && (mode == OpenMode::Read || mode == OpenMode::Write)) {
        return missing(path);
    }
    auto power = Power::On;
    if (node == nullptr) {
        TL_TRY_ASSIGN(Place place, place_of(path));
        power = next_operation();
        if (power == Power::Off) return power_is_off();
        node = std::make_shared<Node>();
        change_names({{place.directory, place.name, node}});
    } else if (mode == OpenMode::Fresh) {
        power = next_operation();
        if (power == Power::Off) return power_is_off();
        space_left_ += node->bytes.size();
        node->bytes.clear();
        node->pending.push_back({true, 0, {}});
    }
    if (power != Power::On) return power_is_off();
    return std::unique_ptr<File>(
        std::make_unique<MemoryFile<Disk>>(shared_from_this(), std::move(node), mode));
}

Result<FileStat> MemoryFiles::Disk::stat(const std::string& path) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    const NodePtr node = find(path);
    if (node == nullptr) return missing(path);
    return FileStat{node->is_directory, node->bytes.size()};
}

Result<std::vector<std::string>> MemoryFiles::Disk::list(const std::string& path) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    const NodePtr node = find(path);
    if (node == nullptr || !node->is_directory) return missing(path);
    std::vector<std::string> names;
    for (const auto& [name, target] : node->entries) names.push_back(name);
    return names;
}

Result<std::string> MemoryFiles::Disk::copy_of(const std::string& path) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    const NodePtr node = find(path);
    if (node == nullptr) return missing(path);
    return node->bytes;
}

Status MemoryFiles::Disk::make_directory(const std::string& path) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    if (find(path) != nullptr) return Status::ok();
    TL_TRY_ASSIGN(Place place, place_of(path));
    const auto power = next_operation();
    if (power == Power::Off) return power_is_off();
    auto node = std::make_shared<Node>();
    node->is_directory = true;
    change_names({{place.directory, place.name, std::move(node)}});
    return done(power);
}

Status MemoryFiles::Disk::remove(const std::string& path) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    const NodePtr node = find(path);
    if (node == nullptr) return missing(path);
    if (!node->entries.empty()) return Error::conflict("disk: directory is not empty: " + path);
    TL_TRY_ASSIGN(Place place, place_of(path));
    const auto power = next_operation();
    if (power == Power::Off) return power_is_off();
    change_names({{place.directory, place.name, nullptr}});
    return done(power);
}

Status MemoryFiles::Disk::rename(const std::string& from, const std::string& to) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    const NodePtr node = find(from);
    if (node == nullptr) return missing(from);
    TL_TRY_ASSIGN(Place source, place_of(from));
    TL_TRY_ASSIGN(Place target, place_of(to));
    const auto power = next_operation();
    if (power == Power::Off) return power_is_off();
    if (find(to) != node) {
        change_names(
            {{target.directory, target.name, node}, {source.directory, source.name, nullptr}});
    }
    return done(power);
}

Status MemoryFiles::Disk::link(const std::string& from, const std::string& to) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    const NodePtr node = find(from);
    if (node == nullptr) return missing(from);
    if (find(to) != nullptr) return Error::conflict("disk: exists already: " + to);
    TL_TRY_ASSIGN(Place target, place_of(to));
    const auto power = next_operation();
    if (power == Power::Off) return power_is_off();
    change_names({{target.directory, target.name, node}});
    return done(power);
}

Status MemoryFiles::Disk::sync_directory(const std::string& path) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    const NodePtr directory = find(path);
    if (directory == nullptr || !directory->is_directory) return missing(path);
    const auto power = next_operation();
    if (power != Power::On) return power_is_off();
    if (is_due(syncs_until_failure_)) return Error::internal("disk: input/output error: fsync");

    // A change that reaches the disk takes along the earlier ones of the names it touches: going
    // back from the newest, `reached` collects what has to come with it.
    std::vector<const NameEdit*> reached;
    const auto must_come = [&](const NameEdit& edit) {
        return edit.directory == directory ||
               std::ranges::any_of(reached, [&](const NameEdit* other) {
                   return other->directory == edit.directory && other->name == edit.name;
               });
    };
    std::vector<char> comes(pending_names_.size());
    for (size_t at = pending_names_.size(); at-- > 0;) {
        comes[at] = std::ranges::any_of(pending_names_[at], must_come);
        if (!comes[at]) continue;
        for (const NameEdit& edit : pending_names_[at]) reached.push_back(&edit);
    }
    std::vector<NameChange> left;
    for (size_t at = 0; at < comes.size(); ++at) {
        if (comes[at]) {
            make_durable(pending_names_[at]);
        } else {
            left.push_back(std::move(pending_names_[at]));
        }
    }
    pending_names_ = std::move(left);
    return Status::ok();
}

Result<std::unique_ptr<FileLock>> MemoryFiles::Disk::lock(const std::string& path,
                                                          std::string_view holder) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    const auto [entry, is_new] = locks_.emplace(path, holder);
    if (!is_new) return Error::precondition("disk: " + path + " is held by " + entry->second);
    return std::unique_ptr<FileLock>(std::make_unique<MemoryLock<Disk>>(shared_from_this(), path));
}

void MemoryFiles::Disk::unlock(const std::string& path) {
    const std::lock_guard guard(mutex_);
    locks_.erase(path);
}

Status MemoryFiles::Disk::write_part(Node& file, uint64_t offset, std::string_view bytes) {
    const uint64_t grows =
        std::max<uint64_t>(file.bytes.size(), offset + bytes.size()) - file.bytes.size();
    const bool fits = grows <= space_left_;
    if (!fits) bytes = bytes.substr(0, bytes.size() - std::min(bytes.size(), grows - space_left_));
    const uint64_t before = file.bytes.size();
    write_into(file.bytes, offset, bytes);
    space_left_ -= std::min(space_left_, file.bytes.size() - before);
    file.pending.push_back({false, offset, std::string(bytes)});
    return fits ? Status::ok() : Status(Error::exhausted("disk: full: write"));
}

Status MemoryFiles::Disk::write(Node& file, uint64_t offset, std::string_view bytes) {
    const std::lock_guard guard(mutex_);
    const auto power = next_operation();
    if (power == Power::Off) return power_is_off();
    if (is_due(writes_until_failure_)) {
        TL_TRY(write_part(file, offset, bytes.substr(0, bytes.size() / 2)));
        return Error::internal("disk: input/output error: write");
    }
    TL_TRY(write_part(file, offset, bytes));
    return done(power);
}

Result<size_t> MemoryFiles::Disk::read(const Node& file, uint64_t offset, std::span<char> into) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    if (offset >= file.bytes.size()) return size_t{0};
    const size_t size = std::min<size_t>(into.size(), file.bytes.size() - offset);
    std::copy_n(file.bytes.begin() + static_cast<ptrdiff_t>(offset), size, into.begin());
    return size;
}

Result<uint64_t> MemoryFiles::Disk::size_of(const Node& file) {
    const std::lock_guard guard(mutex_);
    if (is_off()) return power_is_off();
    return uint64_t{file.bytes.size()};
}

Status MemoryFiles::Disk::resize(Node& file, uint64_t size, bool only_grow) {
    const std::lock_guard guard(mutex_);
    const auto power = next_operation();
    if (power == Power::Off) return power_is_off();
    const uint64_t before = file.bytes.size();
    if (only_grow && size <= before) return done(power);
    if (size > before && size - before > space_left_) {
        return Error::exhausted("disk: full: allocate");
    }
    space_left_ += before;
    space_left_ -= size;
    file.bytes.resize(size);
    file.pending.push_back({true, size, {}});
    return done(power);
}

Status MemoryFiles::Disk::sync(Node& file) {
    const std::lock_guard guard(mutex_);
    if (next_operation() != Power::On) return power_is_off();
    if (is_due(syncs_until_failure_)) {
        // The kernel gives up the pages: some reached the disk, and no later sync tries again.
        SeededRandom random(operations_);
        file.durable_bytes = settled(file, random);
        file.pending.clear();
        return Error::internal("disk: input/output error: fdatasync");
    }
    for (const Change& change : file.pending) apply(file.durable_bytes, change);
    file.pending.clear();
    return Status::ok();
}

void MemoryFiles::Disk::forget_cached(Node& file) {
    const std::lock_guard guard(mutex_);
    // The system may keep its pages. They differ from the disk only after a failed sync.
    if ((mix(operations_) & 1) != 0) return;
    file.bytes = file.durable_bytes;
    for (const Change& change : file.pending) apply(file.bytes, change);
}

std::vector<NameChange> MemoryFiles::Disk::kept_names(SeededRandom& random) const {
    std::vector<NameChange> kept;
    if (order_ == WriteOrder::Journaled) {
        const size_t count = random.below(pending_names_.size() + 1);
        kept.assign(pending_names_.begin(), pending_names_.begin() + static_cast<ptrdiff_t>(count));
        return kept;
    }
    const double chance = 0.5 * static_cast<double>(random.below(3));
    for (const NameChange& change : pending_names_) {
        if (random.chance(chance)) kept.push_back(change);
    }
    return kept;
}

std::shared_ptr<MemoryFiles::Disk> MemoryFiles::Disk::cut(uint64_t seed) const {
    const std::lock_guard guard(mutex_);
    SeededRandom random(seed);
    std::unordered_map<const Node*, Entries> names;  // Of directories with a kept change.
    for (const NameChange& change : kept_names(random)) {
        for (const NameEdit& edit : change) {
            const Node* directory = edit.directory.get();
            Entries& entries =
                names.try_emplace(directory, directory->durable_entries).first->second;
            if (edit.target == nullptr) {
                entries.erase(edit.name);
            } else {
                entries[edit.name] = edit.target;
            }
        }
    }

    std::unordered_map<const Node*, NodePtr> copies;  // One copy a node, however many names.
    const auto copy = [&](const auto& self, const Node& node) -> NodePtr {
        NodePtr& fresh = copies[&node];
        if (fresh != nullptr) return fresh;
        const NodePtr made = fresh = std::make_shared<Node>();  // `fresh` moves as the map grows.
        made->is_directory = node.is_directory;
        if (!node.is_directory) {
            made->bytes = settled(node, random);
            made->durable_bytes = made->bytes;
            return made;
        }
        const auto changed = names.find(&node);
        for (const auto& [name, target] :
             changed == names.end() ? node.durable_entries : changed->second) {
            const NodePtr child = self(self, *target);
            ++child->names;
            made->entries.emplace(name, child);
        }
        made->durable_entries = made->entries;
        return made;
    };
    auto disk = std::make_shared<Disk>(order_);
    disk->root_ = copy(copy, *root_);
    return disk;
}

MemoryFiles::MemoryFiles(WriteOrder order) : disk_(std::make_shared<Disk>(order)) {}
MemoryFiles::MemoryFiles(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}
MemoryFiles::~MemoryFiles() = default;
MemoryFiles::MemoryFiles(MemoryFiles&&) noexcept = default;
MemoryFiles& MemoryFiles::operator=(MemoryFiles&&) noexcept = default;

Result<std::unique_ptr<File>> MemoryFiles::open(const std::string& path, OpenMode mode) {
    return disk_->open(path, mode);
}
Result<std::unique_ptr<MappedFile>> MemoryFiles::map(const std::string& path) {
    TL_TRY_ASSIGN(std::string bytes, disk_->copy_of(path));
    return std::unique_ptr<MappedFile>(std::make_unique<MemoryMapping>(std::move(bytes)));
}
Result<FileStat> MemoryFiles::stat(const std::string& path) {
    return disk_->stat(path);
}
Result<std::vector<std::string>> MemoryFiles::list(const std::string& directory) {
    return disk_->list(directory);
}
Status MemoryFiles::make_directory(const std::string& path) {
    return disk_->make_directory(path);
}
Status MemoryFiles::remove(const std::string& path) {
    return disk_->remove(path);
}
Status MemoryFiles::rename(const std::string& from, const std::string& to) {
    return disk_->rename(from, to);
}
Status MemoryFiles::link(const std::string& from, const std::string& to) {
    return disk_->link(from, to);
}
Status MemoryFiles::sync_directory(const std::string& directory) {
    return disk_->sync_directory(directory);
}
Result<std::unique_ptr<FileLock>> MemoryFiles::lock(const std::string& path,
                                                    std::string_view holder) {
    return disk_->lock(path, holder);
}
Result<uint64_t> MemoryFiles::free_bytes(const std::string& path) {
    TL_TRY(disk_->stat(path));
    const std::lock_guard guard(disk_->mutex_);
    return disk_->space_left_;
}

MemoryFiles MemoryFiles::cut(uint64_t seed) const {
    return MemoryFiles(disk_->cut(seed));
}
uint64_t MemoryFiles::operations() const {
    const std::lock_guard guard(disk_->mutex_);
    return disk_->operations_;
}
void MemoryFiles::stop_at(uint64_t operation) {
    const std::lock_guard guard(disk_->mutex_);
    disk_->stop_at_ = operation;
}
void MemoryFiles::fail_write_after(uint64_t successes) {
    const std::lock_guard guard(disk_->mutex_);
    disk_->writes_until_failure_ = successes;
}
void MemoryFiles::fail_sync_after(uint64_t successes) {
    const std::lock_guard guard(disk_->mutex_);
    disk_->syncs_until_failure_ = successes;
}
void MemoryFiles::limit_space(uint64_t bytes) {
    const std::lock_guard guard(disk_->mutex_);
    disk_->space_left_ = bytes;
}
void MemoryFiles::flip_bit(const std::string& path, uint64_t bit) {
    const auto file = disk_->find_file(path);
    TL_ASSERT(file.is_ok());
    const std::lock_guard guard(disk_->mutex_);
    Node& node = **file;
    TL_ASSERT(bit / 8 < node.bytes.size());
    const auto mask = static_cast<char>(1 << (bit % 8));
    node.bytes[bit / 8] = static_cast<char>(node.bytes[bit / 8] ^ mask);
    if (bit / 8 < node.durable_bytes.size()) {
        node.durable_bytes[bit / 8] = static_cast<char>(node.durable_bytes[bit / 8] ^ mask);
    }
}

Result<NodePtr> MemoryFiles::Disk::find_file(const std::string& path) {
    const std::lock_guard guard(mutex_);
    const NodePtr node = find(path);
    if (node == nullptr || node->is_directory) return missing(path);
    return node;
}

}  // namespace throughline::store

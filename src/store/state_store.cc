#include "store/state_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "base/assert.h"
#include "store/second_reader.h"

namespace throughline::store {

namespace {

constexpr std::string_view kManifestKey = "checkpoint";

// Large files go to the disk in pieces, as they are written, so that the log's sync in between
// never waits for more than two.
constexpr uint64_t kPieceBytes = 512 << 10;

Status from_rocks(const rocksdb::Status& status) {
    if (status.ok()) return Status::ok();
    const std::string message = "store: state: " + status.ToString();
    if (status.IsCorruption()) return Error::corrupt(message);
    if (status.IsNoSpace()) return Error::exhausted(message);
    return Error::unavailable(message);
}

rocksdb::Slice slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
    return {bytes.data(), bytes.size()};
}

// RocksDB's own log would be a file that can name keys of erased people.
class NoLog final : public rocksdb::Logger {
public:
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

thread_local bool is_ingesting = false;

// Keeps tables that an ingest takes back. When the last write of an ingest fails, RocksDB deletes
// the tables although the disk may hold the manifest that names them, and then the store cannot be
// opened. Tables that no manifest names go at the next open, or in compact_all.
class KeepsTables final : public rocksdb::FileSystemWrapper {
public:
    using rocksdb::FileSystemWrapper::FileSystemWrapper;
    const char* Name() const override { return "KeepsTables"; }

    rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override {
        const bool is_table = path.ends_with(".sst") && path.find("/ingest/") == path.npos;
        if (is_ingesting && is_table) return rocksdb::IOStatus::OK();
        return target()->DeleteFile(path, options, debug);
    }
};

rocksdb::Options make_options(const StateStore::Options& options,
                              const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.format_version = 5;
    table.checksum = rocksdb::kXXH3;
    table.block_size = 4096;

    rocksdb::Options rocks;
    rocks.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    // Rows are read one by one in random order, and decompressing their blocks costs most. Files
    // are not mapped, though a read takes 1 us longer so: RocksDB would check index and filter of a
    // mapped file once and trust what the disk says later, and a bit that flips in them hides rows.
    rocks.compression = rocksdb::kNoCompression;
    rocks.bottommost_compression = rocksdb::kNoCompression;
    rocks.create_if_missing = true;
    rocks.create_missing_column_families = true;
    if (options.env != nullptr) {
        rocks.disable_auto_compactions = true;
        rocks.max_bgerror_resume_count = 0;
    }
    rocks.info_log = std::make_shared<NoLog>();
    rocks.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
    rocks.max_open_files = 512;  // Half of the usual limit; indexes and filters load on first use.
    rocks.skip_stats_update_on_db_open = true;
    rocks.bytes_per_sync = kPieceBytes;
    rocks.strict_bytes_per_sync = true;
    rocks.max_background_jobs = 2;
    // A manifest names the smallest and largest key of files long gone, which erasure must not
    // leave behind. So each edit starts a new one: some 100 bytes a live file, once a checkpoint.
    rocks.max_manifest_file_size = 1;

    // Every checkpoint adds one file a family at level 0. Few are merged early, so that a look-up
    // asks few filters; and an ingest never waits for that.
    rocks.level_compaction_dynamic_level_bytes = true;
    rocks.level0_file_num_compaction_trigger = 4;
    rocks.level0_slowdown_writes_trigger = 1 << 20;
    rocks.level0_stop_writes_trigger = 1 << 20;
    rocks.soft_pending_compaction_bytes_limit = 0;
    rocks.hard_pending_compaction_bytes_limit = 0;
    rocks.target_file_size_base = 128 << 20;
    rocks.max_bytes_for_level_base = 512 << 20;
    rocks.write_buffer_size = 256 << 10;  // Never written to.
    return rocks;
}

class RocksFamily final : public ColdFamily {
public:
    /// Borrows all; `second` may be nullptr.
    RocksFamily(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle, SecondReader* second)
        : db_(db), handle_(handle), second_(second) {}

    rocksdb::ColumnFamilyHandle* handle() const { return handle_; }

    Result<std::optional<std::string>> read(std::string_view key) const override {
        std::string value;
        const auto status = db_.Get(rocksdb::ReadOptions(), handle_, slice(key), &value);
        if (status.IsNotFound()) return std::optional<std::string>();
        TL_TRY(from_rocks(status));
        return std::optional<std::string>(std::move(value));
    }

    Status read_many(std::span<const Key128> keys, const FoundRow& found) const override {
        constexpr size_t kSharedFrom = 64;  // Keys; fewer are not worth waking another thread for.
        Batch batch(keys);
        if (second_ != nullptr && keys.size() >= kSharedFrom) {
            const size_t half = keys.size() / 2;
            second_->run([&] { get(batch, half, keys.size()); }, [&] { get(batch, 0, half); });
        } else {
            get(batch, 0, keys.size());
        }
        for (size_t i = 0; i < keys.size(); ++i) {
            if (batch.statuses[i].IsNotFound()) {
                found(i, std::nullopt);
                continue;
            }
            TL_TRY(from_rocks(batch.statuses[i]));
            found(i, view(batch.values[i]));
        }
        return Status::ok();
    }

    Status scan(const KeyRange& range, ScanOrder order, const ScanRow& row) const override {
        if (!range.to.empty() && range.to <= range.from) return Status::ok();
        const rocksdb::Slice from(range.from);
        const rocksdb::Slice to(range.to);
        rocksdb::ReadOptions options;
        options.iterate_lower_bound = &from;
        if (!range.to.empty()) options.iterate_upper_bound = &to;
        const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(options, handle_));
        const bool is_ascending = order == ScanOrder::Ascending;
        is_ascending ? at->SeekToFirst() : at->SeekToLast();
        std::optional<std::string> last;
        while (at->Valid()) {
            if (!row(view(at->key()), view(at->value()))) return Status::ok();
            last = view(at->key());
            is_ascending ? at->Next() : at->Prev();
        }
        TL_TRY(from_rocks(at->status()));
        return last ? check_end(range, order, *last) : Status::ok();
    }

private:
    struct Batch {
        explicit Batch(std::span<const Key128> keys)
            : rows(keys.size()), slices(keys.size()), values(keys.size()), statuses(keys.size()) {
            for (size_t i = 0; i < keys.size(); ++i) {
                rows[i] = row_key(keys[i]);
                slices[i] = {rows[i].data(), rows[i].size()};
            }
        }
        std::vector<RowKey> rows;
        std::vector<rocksdb::Slice> slices;
        std::vector<rocksdb::PinnableSlice> values;
        std::vector<rocksdb::Status> statuses;
    };

    // The keys [begin, end) of a batch.
    void get(Batch& batch, size_t begin, size_t end) const {
        // The table keeps the rows; their blocks would only push others out of the cache.
        rocksdb::ReadOptions options;
        options.fill_cache = false;
        constexpr bool kSorted = true;
        db_.MultiGet(options, handle_, end - begin, &batch.slices[begin], &batch.values[begin],
                     &batch.statuses[begin], kSorted);
    }

    // An iterator that walks onto a damaged file ends there as if there were no more rows (RocksDB
    // 7.8); one that is set down on it tells. So the end of a scan is looked at once more.
    Status check_end(KeyRange range, ScanOrder order, const std::string& last) const {
        const bool is_ascending = order == ScanOrder::Ascending;
        is_ascending ? range.from = last + '\0' : range.to = last;
        if (!range.to.empty() && range.to <= range.from) return Status::ok();
        const rocksdb::Slice from(range.from);
        const rocksdb::Slice to(range.to);
        rocksdb::ReadOptions options;
        options.iterate_lower_bound = &from;
        if (!range.to.empty()) options.iterate_upper_bound = &to;
        const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(options, handle_));
        is_ascending ? at->SeekToFirst() : at->SeekToLast();
        return from_rocks(at->status());
    }

    rocksdb::DB& db_;
    rocksdb::ColumnFamilyHandle* handle_;
    SecondReader* second_;
};

}  // namespace

struct StateStore::Rocks {
    std::string path;
    std::shared_ptr<rocksdb::Cache> cache;
    std::unique_ptr<rocksdb::Env> own_env;  // The one of the options, with KeepsTables.
    rocksdb::Options options;
    std::unique_ptr<rocksdb::DB> db;
    std::unique_ptr<SecondReader> second;  // None in a harness, nor on one core.
    std::map<std::string, std::unique_ptr<RocksFamily>, std::less<>> families;
    uint64_t index_bytes = 0;               // With filters, as of the open.
    std::mutex ingest_mutex;                // One ingest at a time.
    std::atomic<bool> is_in_doubt = false;  // One failed in its last step.

    ~Rocks() {
        for (const auto& [name, family] : families) {
            if (db) db->DestroyColumnFamilyHandle(family->handle());
        }
    }

    const RocksFamily& family(std::string_view name) const {
        const auto at = families.find(name);
        TL_ASSERT(at != families.end());
        return *at->second;
    }
    rocksdb::Env& env() const { return *options.env; }
    std::string ingest_directory() const { return path + "/ingest"; }

    Status open(const Options& wanted);
    Status check_properties();
    Status clear_ingest_directory();
    Status write_part(std::string_view name, const std::function<Status(const SealedRow&)>& rows,
                      std::vector<rocksdb::IngestExternalFileArg>& args);
    Status check_room() const;
    /// Requires: ingest_mutex held.
    Status ingest(std::string_view manifest, std::span<const Part> parts, const Epochs::Pin* pin);
};

Status StateStore::Rocks::open(const Options& wanted) {
    path = wanted.path;
    cache = rocksdb::NewLRUCache(wanted.cache_bytes);
    options = make_options(wanted, cache);
    rocksdb::Env* const base = wanted.env != nullptr ? wanted.env : rocksdb::Env::Default();
    own_env = rocksdb::NewCompositeEnv(std::make_shared<KeepsTables>(base->GetFileSystem()));
    options.env = own_env.get();
    std::vector<std::string> names;
    if (env().FileExists(path + "/CURRENT").ok()) {
        TL_TRY(from_rocks(rocksdb::DB::ListColumnFamilies(options, path, &names)));
    } else {
        names.push_back(rocksdb::kDefaultColumnFamilyName);
    }
    for (const std::string& name : wanted.families) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const std::string& name : names) descriptors.emplace_back(name, options);
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    const bool is_read_only = wanted.access == Access::ReadOnly;
    TL_TRY(from_rocks(
        is_read_only ? rocksdb::DB::OpenForReadOnly(options, path, descriptors, &handles, &opened)
                     : rocksdb::DB::Open(options, path, descriptors, &handles, &opened)));
    db.reset(opened);
    if (wanted.env == nullptr && std::thread::hardware_concurrency() > 1) {
        second = std::make_unique<SecondReader>();
    }
    for (size_t i = 0; i < names.size(); ++i) {
        families[names[i]] = std::make_unique<RocksFamily>(*db, handles[i], second.get());
    }
    TL_TRY(check_properties());
    if (is_read_only) return Status::ok();
    TL_TRY(from_rocks(env().CreateDirIfMissing(ingest_directory())));
    return clear_ingest_directory();
}

// RocksDB passes over a damaged block of properties. Without it the rows of an ingested file count
// as older than all others, and replaced ones would be served.
Status StateStore::Rocks::check_properties() {
    for (const auto& [name, family] : families) {
        rocksdb::TablePropertiesCollection all;
        TL_TRY(from_rocks(db->GetPropertiesOfAllTables(family->handle(), &all)));
        for (const auto& [file, properties] : all) {
            if (!properties)
                return Error::corrupt("store: state: " + file + ": damaged properties");
            index_bytes += properties->index_size + properties->filter_size;
        }
    }
    return Status::ok();
}

// What a checkpoint that did not end has left.
Status StateStore::Rocks::clear_ingest_directory() {
    std::vector<std::string> names;
    TL_TRY(from_rocks(env().GetChildren(ingest_directory(), &names)));
    for (const std::string& name : names) {
        if (name == "." || name == "..") continue;
        TL_TRY(from_rocks(env().DeleteFile(ingest_directory() + "/" + name)));
    }
    return Status::ok();
}

// Writes the rows of one family to a file and, if there were any, adds it to what is ingested.
Status StateStore::Rocks::write_part(std::string_view name,
                                     const std::function<Status(const SealedRow&)>& rows,
                                     std::vector<rocksdb::IngestExternalFileArg>& args) {
    rocksdb::ColumnFamilyHandle* const handle = family(name).handle();
    const std::string file = ingest_directory() + "/" + std::string(name) + ".sst";
    constexpr bool kDropFromPageCache = false;  // The next merge reads it.
    rocksdb::EnvOptions pieces;
    pieces.bytes_per_sync = kPieceBytes;
    pieces.strict_bytes_per_sync = true;
    rocksdb::SstFileWriter writer(pieces, options, handle, kDropFromPageCache);
    bool is_open = false;
    const SealedRow add = [&](std::string_view key,
                              std::optional<std::string_view> value) -> Status {
        if (!is_open) TL_TRY(from_rocks(writer.Open(file)));
        is_open = true;
        return from_rocks(value ? writer.Put(slice(key), slice(*value))
                                : writer.Delete(slice(key)));
    };
    TL_TRY(rows(add));
    if (!is_open) return Status::ok();
    rocksdb::ExternalSstFileInfo info;
    TL_TRY(from_rocks(writer.Finish(&info)));  // Synced to disk.

    rocksdb::IngestExternalFileArg arg;
    arg.column_family = handle;
    arg.external_files = {file};
    arg.options.move_files = true;
    arg.options.snapshot_consistency = false;  // Nobody takes RocksDB snapshots.
    arg.options.write_global_seqno = false;    // The file stays as it was written and checksummed.
    arg.options.verify_file_checksum = false;  // Computed while writing; reading it again is dear.
    arg.files_checksums = {info.file_checksum};
    arg.files_checksum_func_names = {info.file_checksum_func_name};
    args.push_back(std::move(arg));
    return Status::ok();
}

// The last step of an ingest needs little room, but RocksDB does not get over a full disk there.
Status StateStore::Rocks::check_room() const {
    constexpr uint64_t kManifestBytesMax = 8 << 20;
    uint64_t room = 0;
    const auto asked =
        env().GetFileSystem()->GetFreeSpace(path, rocksdb::IOOptions(), &room, nullptr);
    if (!asked.ok() || room >= kManifestBytesMax) return Status::ok();
    return Error::exhausted("store: state: the disk is full, less than 8 MB are left");
}

// Without parts only the manifest is written.
Status StateStore::Rocks::ingest(std::string_view manifest, std::span<const Part> parts,
                                 const Epochs::Pin* pin) {
    if (is_in_doubt) return Error::unavailable("store: state: the process must end");
    TL_TRY(clear_ingest_directory());
    std::vector<rocksdb::IngestExternalFileArg> args;
    TL_TRY(write_part(
        rocksdb::kDefaultColumnFamilyName,
        [&](const SealedRow& row) { return row(kManifestKey, manifest); }, args));
    for (const Part& part : parts) {
        TL_ASSERT(pin != nullptr);
        TL_TRY(write_part(
            part.family,
            [&](const SealedRow& row) { return part.rows->for_each_sealed(*pin, row); }, args));
    }
    TL_TRY(check_room());
    is_ingesting = true;
    const Status ingested = from_rocks(db->IngestExternalFiles(args));
    is_ingesting = false;
    is_in_doubt = !ingested;
    return ingested;
}

StateStore::StateStore(std::unique_ptr<Rocks> rocks) : rocks_(std::move(rocks)) {}
StateStore::~StateStore() = default;

Result<std::unique_ptr<StateStore>> StateStore::open(const Options& options) {
    auto rocks = std::make_unique<Rocks>();
    TL_TRY(rocks->open(options));
    return std::unique_ptr<StateStore>(new StateStore(std::move(rocks)));
}

const ColdFamily& StateStore::family(std::string_view name) const {
    return rocks_->family(name);
}

Result<std::optional<std::string>> StateStore::manifest() const {
    return rocks_->family(rocksdb::kDefaultColumnFamilyName).read(kManifestKey);
}

Status StateStore::checkpoint(std::string_view manifest, std::span<const Part> parts,
                              const Epochs::Pin& pin) {
    const std::lock_guard lock(rocks_->ingest_mutex);
    return rocks_->ingest(manifest, parts, &pin);
}

bool StateStore::is_in_doubt() const {
    return rocks_->is_in_doubt;
}

Status StateStore::verify() {
    rocksdb::ReadOptions options;
    options.readahead_size = 2 << 20;
    TL_TRY(from_rocks(rocks_->db->VerifyFileChecksums(options)));
    return from_rocks(rocks_->db->VerifyChecksum(options));
}

Status StateStore::compact_all() {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    for (const auto& [name, family] : rocks_->families) {
        TL_TRY(from_rocks(rocks_->db->CompactRange(options, family->handle(), nullptr, nullptr)));
    }
    // The edit that dropped the last old file still names it. One more edit starts a manifest
    // that does not.
    {
        // A checkpoint in between would be undone by the manifest before it.
        const std::lock_guard lock(rocks_->ingest_mutex);
        TL_TRY_ASSIGN(const auto manifest, this->manifest());
        if (manifest) TL_TRY(rocks_->ingest(*manifest, {}, nullptr));
    }
    // Allowing deletions looks for all files that nobody names, and removes them before it returns.
    TL_TRY(from_rocks(rocks_->db->DisableFileDeletions()));
    return from_rocks(rocks_->db->EnableFileDeletions(/*force=*/true));
}

Status StateStore::backup_to(const std::string& directory) {
    rocksdb::Checkpoint* made = nullptr;
    TL_TRY(from_rocks(rocksdb::Checkpoint::Create(rocks_->db.get(), &made)));
    const std::unique_ptr<rocksdb::Checkpoint> backup(made);
    return from_rocks(backup->CreateCheckpoint(directory));
}

StateStore::Stats StateStore::stats() const {
    Stats stats;
    uint64_t readers = 0;
    for (const auto& [name, family] : rocks_->families) {
        const auto property = [&, handle = family->handle()](const std::string& key) {
            uint64_t value = 0;
            rocks_->db->GetIntProperty(handle, key, &value);
            return value;
        };
        stats.disk_bytes += property(rocksdb::DB::Properties::kLiveSstFilesSize);
        readers += property(rocksdb::DB::Properties::kEstimateTableReadersMem);
        stats.rows += property(rocksdb::DB::Properties::kEstimateNumKeys);
    }
    // Indexes and filters come as rows are read; what they will take is known before.
    stats.memory_bytes = rocks_->cache->GetUsage() + std::max(readers, rocks_->index_bytes);
    return stats;
}

}  // namespace throughline::store

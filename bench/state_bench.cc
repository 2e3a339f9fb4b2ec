// What the state costs: resident gets and puts, cold batches, checkpoints, duplicates, roots.
//
//   state_bench [keys, 1000000] [directory, a new one under the temporary directory]
//
// Each line is one figure; run it twice and compare within a run, not between machines.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/random.h"
#include "store/dense_table.h"
#include "store/duplicates.h"
#include "store/files.h"
#include "store/state_store.h"
#include "store/state_table.h"

namespace throughline::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBatch = 1000;  // Keys of one epoch.
constexpr size_t kLeafBytes = 300;

Key128 key_of(uint64_t number) {
    return {mix(number + 1), mix(~number)};
}

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    const auto of = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

// Runs `work`, which does `count` operations, and prints nanoseconds each, by the clock and by CPU.
void measure(const char* name, size_t count, const std::function<void()>& work) {
    const double wall = seconds();
    const double cpu = cpu_seconds();
    work();
    std::printf("%-48s %10.0f ns/op %10.0f cpu\n", name,
                (seconds() - wall) * 1e9 / static_cast<double>(count),
                (cpu_seconds() - cpu) * 1e9 / static_cast<double>(count));
    std::fflush(stdout);
}

void require(bool is_ok) {
    TL_ASSERT(is_ok);
}

struct Bench {
    Bench(size_t keys_, const fs::path& directory) : keys(keys_), root(directory) {}

    std::vector<Key128> random_batch() {
        std::vector<Key128> batch;
        for (size_t i = 0; i < kBatch; ++i) batch.push_back(key_of(random.below(keys)));
        return batch;
    }
    void publish(StateTable& table) {
        epochs.publish(epochs.in_work());
        table.settle();
    }
    std::unique_ptr<StateStore> open_store() const {
        auto store = StateStore::open({.path = root / "state", .families = {"leaves", "ids"}});
        require(store.is_ok());
        return std::move(store).value();
    }
    void checkpoint(StateStore& store, StateTable& table, const char* name, const char* family) {
        const size_t rows = table.dirty_bytes() / (kLeafBytes + 64) + 1;
        table.begin_checkpoint();
        const auto pin = epochs.pin();
        const StateStore::Part part{family, &table};
        measure(name, rows, [&] { require(store.checkpoint("m", {&part, 1}, pin).is_ok()); });
        table.end_checkpoint();
    }

    void fill(StateStore& store);
    void resident(StateStore& store);
    void cold(StateStore& store);
    void identifiers(StateStore& store);
    void duplicates() const;
    void roots() const;

    size_t keys;
    fs::path root;
    Epochs epochs;
    SeededRandom random{1};
};

// All keys once, with a checkpoint each million.
void Bench::fill(StateStore& store) {
    StateTable table(store.family("leaves"), epochs, 256 << 20);
    const std::string value(kLeafBytes, 'v');
    std::vector<Key128> batch(kBatch);
    for (size_t at = 0; at < keys; at += kBatch) {
        for (size_t i = 0; i < kBatch; ++i) batch[i] = key_of(at + i);
        require(table.prefetch(batch).is_ok());
        std::string leaf = value;
        for (const Key128& key : batch) {
            for (size_t i = 0; i < kLeafBytes; i += 24) {  // As compressible as a leaf.
                const uint64_t noise = random.next();
                std::copy_n(reinterpret_cast<const char*>(&noise), 8, leaf.data() + i);
            }
            table.put(key, leaf);
        }
        publish(table);
        if ((at + kBatch) % 1'000'000 == 0 || at + kBatch >= keys) {
            checkpoint(store, table, "checkpoint of up to 1 M new rows, per row", "leaves");
        }
    }
}

void Bench::resident(StateStore& store) {
    StateTable table(store.family("leaves"), epochs, size_t{16} << 30);
    const size_t resident = std::min<size_t>(keys, 1'000'000);
    std::vector<Key128> all;
    for (size_t i = 0; i < resident; ++i) all.push_back(key_of(i));
    measure("load of all keys in batches", resident, [&] {
        for (size_t at = 0; at < resident; at += kBatch) {
            require(table.prefetch(std::span(all).subspan(at, std::min(kBatch, resident - at)))
                        .is_ok());
        }
    });
    constexpr size_t kRounds = 1000;
    std::vector<std::vector<Key128>> batches(kRounds);
    for (auto& batch : batches) {
        for (size_t i = 0; i < kBatch; ++i) batch.push_back(key_of(random.below(resident)));
    }
    size_t bytes = 0;
    const auto get_all = [&](const std::vector<Key128>& batch) {
        for (const Key128& key : batch) bytes += (*table.get(key))->size();
    };
    measure("get, resident, one by one", kRounds * kBatch, [&] {
        for (const auto& batch : batches) get_all(batch);
    });
    measure("prefetch + get, resident", kRounds * kBatch, [&] {
        for (const auto& batch : batches) {
            require(table.prefetch(batch).is_ok());
            get_all(batch);
        }
    });
    const std::string value(kLeafBytes, 'w');
    measure("prefetch + get + put of 300 B, resident", kRounds * kBatch, [&] {
        for (const auto& batch : batches) {
            require(table.prefetch(batch).is_ok());
            for (const Key128& key : batch) {
                bytes += (*table.get(key))->size();
                table.put(key, value);
            }
            publish(table);
        }
    });
    measure("read under a pin, resident", kRounds * kBatch, [&] {
        for (const auto& batch : batches) {
            for (const Key128& key : batch) {
                const auto pin = epochs.pin();
                bytes += (*table.read(key, pin))->size();
            }
        }
    });
    checkpoint(store, table, "checkpoint of 630 k changed rows, per row", "leaves");
    std::printf("(%zu bytes read)\n", bytes);
}

void Bench::cold(StateStore& store) {
    StateTable table(store.family("leaves"), epochs, 8 << 20);
    constexpr size_t kRounds = 100;
    for (const char* name : {"prefetch of random keys, 8 MB of memory", "the same again, warm"}) {
        measure(name, kRounds * kBatch, [&] {
            for (size_t i = 0; i < kRounds; ++i) {
                require(table.prefetch(random_batch()).is_ok());
                publish(table);
            }
        });
    }
    measure("read under a pin, cold", 20'000, [&] {
        for (int i = 0; i < 20'000; ++i) {
            require(table.read(key_of(random.below(keys)), epochs.pin()).is_ok());
        }
    });
    const auto stats = store.stats();
    std::printf("state: %.1f MB on disk, %.1f MB in memory\n",
                static_cast<double>(stats.disk_bytes) * 1e-6,
                static_cast<double>(stats.memory_bytes) * 1e-6);
}

void Bench::identifiers(StateStore& store) {
    StateTable table(store.family("ids"), epochs, size_t{16} << 30);
    std::vector<Key128> batch(kBatch);
    measure("new identifier of 8 bytes: prefetch, put", keys, [&] {
        for (size_t at = 0; at < keys; at += kBatch) {
            for (size_t i = 0; i < kBatch; ++i) batch[i] = key_of(at + i);
            require(table.prefetch(batch).is_ok());
            for (const Key128& key : batch) table.put(key, "12345678");
            publish(table);
        }
    });
    std::printf("memory per identifier, all dirty: %.1f bytes\n",
                static_cast<double>(table.memory_bytes()) / static_cast<double>(keys));
    size_t bytes = 0;
    measure("get of an identifier, one by one", 1'000'000, [&] {
        for (int i = 0; i < 1'000'000; ++i) {
            bytes += (*table.get(key_of(random.below(keys))))->size();
        }
    });
}

void Bench::duplicates() const {
    auto opened = DuplicateSet::open({.files = &posix_files(), .directory = root / "seen"}, "");
    require(opened.is_ok());
    auto& set = **opened;
    const Micros stamp = 20'000 * kDay;
    const size_t runs = 8;
    double slowest = 0;
    for (size_t run = 0; run < runs; ++run) {
        measure("duplicate check of a new id", keys / runs, [&] {
            for (size_t at = 0; at < keys / runs; at += kBatch) {
                const double start = seconds();
                for (size_t i = 0; i < kBatch; ++i) {
                    const uint64_t id = run * (keys / runs) + at + i;
                    if (i + 8 < kBatch) set.prefetch_hint(key_of(id + 8));
                    require(set.insert_if_new(key_of(id), stamp).is_ok());
                }
                slowest = std::max(slowest, seconds() - start);
            }
        });
        set.seal();
        measure("  writing them to a run", keys / runs,
                [&] { require(set.write_sealed().is_ok()); });
        measure("  merging, per id inserted", keys / runs, [&] {
            for (auto more = set.merge_step(10'000); *more; more = set.merge_step(10'000)) {
            }
        });
        require(set.committed().is_ok());
    }
    SeededRandom ids(3);
    measure("duplicate check of a known id", 200'000, [&] {
        for (int i = 0; i < 200'000; ++i) {
            const auto is_new = set.insert_if_new(key_of(ids.below(keys / runs * runs)), stamp);
            require(is_new.is_ok() && !*is_new);
        }
    });
    std::printf("slowest 1,000 checks: %.2f ms; runs: %zu\n", slowest * 1e3, set.stats().runs);
}

void Bench::roots() const {
    Dense32 table;
    measure("root: set of a new id", keys, [&] {
        for (size_t id = 0; id < keys; ++id) {
            table.set(id, static_cast<uint32_t>(id));
            if (id % kBatch == 0) table.publish();
        }
        table.publish();
    });
    SeededRandom ids(4);
    measure("root: change of an old one, 10 a publish", 100'000, [&] {
        for (size_t i = 0; i < 100'000; ++i) {
            table.set(ids.below(keys), 1);
            if (i % 10 == 0) table.publish();
        }
        table.publish();
    });
    const std::string path = root / "roots";
    measure("roots: save, whole", 1,
            [&] { require(Dense32::save(posix_files(), path, table.snapshot()).is_ok()); });
    Dense32 loaded;
    measure("roots: load, whole", 1, [&] { require(loaded.load(posix_files(), path).is_ok()); });
}

int run(int argc, char** argv) {
    const size_t keys = argc > 1 ? std::stoul(argv[1]) : 1'000'000;
    const fs::path root =
        argc > 2 ? fs::path(argv[2])
                 : fs::temp_directory_path() / ("state_bench_" + std::to_string(getpid()));
    fs::create_directories(root);
    Bench bench(keys, root);
    {
        const auto store = bench.open_store();
        bench.fill(*store);
    }
    {
        std::unique_ptr<StateStore> store;
        measure("opening the store, whole", 1, [&] { store = bench.open_store(); });
        measure("first read, whole", 1,
                [&] { require(store->family("leaves").read(view(row_key(key_of(1)))).is_ok()); });
        bench.cold(*store);
        bench.resident(*store);
        bench.identifiers(*store);
    }
    bench.duplicates();
    bench.roots();
    fs::remove_all(root);
    return 0;
}

}  // namespace
}  // namespace throughline::store

int main(int argc, char** argv) {
    return throughline::store::run(argc, argv);
}

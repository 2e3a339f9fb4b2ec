// What the log costs: group commit of records of 500 bytes, one fdatasync an epoch, on the
// machine's disk.
//
//   log_bench [directory, a new one below the working directory] [seconds a line, 2]
//
// `bare` lines write and sync as many bytes without a log: the limit. `append` lines have one
// thread that fills and appends epochs. `group` lines have writers that each hand over 100 records
// and wait for them to be durable, as requests do; what arrives while an epoch is written is the
// next one. Figures of one run compare; those of two machines do not.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/files.h"
#include "store/log_writer.h"

namespace throughline::store {
namespace {

constexpr size_t kRecordBytes = 500;

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void check(const Status& status) {
    if (status.is_ok()) return;
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    std::exit(1);
}

struct Figures {
    uint64_t records = 0;
    std::vector<double> waits;  // Seconds, one an append or a request.
};

void print(const char* name, size_t size, Figures& figures, double elapsed, double cpu) {
    std::ranges::sort(figures.waits);
    const auto percentile = [&](double part) {
        const auto at = static_cast<size_t>(part * static_cast<double>(figures.waits.size()));
        return 1000 * figures.waits[std::min(at, figures.waits.size() - 1)];
    };
    const auto records = static_cast<double>(figures.records);
    std::printf("%-7s %6zu  %10.0f records/s  p50 %7.3f ms  p99 %7.3f ms  %5.2f us cpu/record\n",
                name, size, records / elapsed, percentile(0.5), percentile(0.99),
                1e6 * cpu / records);
}

/// Keeps the pool filled and releases all but the newest records, as checkpoints do.
class Upkeep {
public:
    explicit Upkeep(LogWriter& log) : log_(log), thread_([this] { run(); }) {}
    ~Upkeep() {
        {
            const std::lock_guard guard(mutex_);
            is_over_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }
    void set_position(uint64_t position) {
        const std::lock_guard guard(mutex_);
        position_ = position;
    }

private:
    void run() {
        std::unique_lock lock(mutex_);
        while (!is_over_) {
            const uint64_t position = position_;
            lock.unlock();
            check(log_.release_before(position));
            check(log_.prepare_next());
            lock.lock();
            wake_.wait_for(lock, std::chrono::milliseconds(20), [&] { return is_over_; });
        }
    }

    LogWriter& log_;
    std::mutex mutex_;
    std::condition_variable wake_;
    uint64_t position_ = 0;
    bool is_over_ = false;
    std::thread thread_;
};

/// The limit: as many bytes, written over written ones and synced, without a log.
void run_bare(const std::string& path, size_t epoch_records, double seconds) {
    constexpr uint64_t kFileBytes = 256ULL << 20;
    auto opened = posix_files().open(path, OpenMode::Fresh);
    if (!opened.is_ok()) check(opened.error());
    File& file = **opened;
    const std::string bytes(epoch_records * (kRecordBytes + kRecordHeaderBytes), 'x');
    for (uint64_t at = 0; at + bytes.size() < kFileBytes; at += bytes.size()) {
        check(file.write_at(at, bytes));
    }
    check(file.sync());
    Figures figures;
    const double cpu = cpu_seconds();
    const double start = now();
    uint64_t offset = 0;
    double at = start;
    while (at - start < seconds) {
        if (offset + bytes.size() >= kFileBytes) offset = 0;
        check(file.write_at(offset, bytes));
        check(file.sync());
        offset += bytes.size();
        const double then = now();
        figures.waits.push_back(then - at);
        at = then;
        figures.records += epoch_records;
    }
    print("bare", epoch_records, figures, at - start, cpu_seconds() - cpu);
}

void run_appends(LogWriter& log, Upkeep& upkeep, size_t epoch_records, double seconds) {
    const std::string payload(kRecordBytes, 'x');
    Figures figures;
    LogEpoch epoch;
    const double cpu = cpu_seconds();
    const double start = now();
    double at = start;
    while (at - start < seconds) {
        for (size_t count = 0; count < epoch_records; ++count) epoch.add(1, payload);
        check(log.append(epoch));
        const double then = now();
        figures.waits.push_back(then - at);
        at = then;
        figures.records += epoch_records;
        upkeep.set_position(log.next_position());
    }
    print("append", epoch_records, figures, at - start, cpu_seconds() - cpu);
}

/// Group commit without a timer: the epoch that fills while another is written goes next.
class Group {
public:
    void submit(const std::vector<std::string_view>& records) {
        std::unique_lock lock(mutex_);
        for (const auto record : records) filling_.add(1, record);
        const uint64_t mine = filling_number_;
        work_.notify_one();
        done_.wait(lock, [&] { return durable_number_ >= mine; });
    }
    void run(LogWriter& log, Upkeep& upkeep) {
        std::unique_lock lock(mutex_);
        for (;;) {
            work_.wait(lock, [&] { return is_over_ || !filling_.is_empty(); });
            if (filling_.is_empty()) return;
            std::swap(filling_, writing_);
            const uint64_t number = filling_number_++;
            lock.unlock();
            check(log.append(writing_));
            upkeep.set_position(log.next_position());
            lock.lock();
            durable_number_ = number;
            done_.notify_all();
        }
    }
    void stop() {
        const std::lock_guard guard(mutex_);
        is_over_ = true;
        work_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable done_;
    LogEpoch filling_;
    LogEpoch writing_;
    uint64_t filling_number_ = 1;
    uint64_t durable_number_ = 0;
    bool is_over_ = false;
};

void run_group(LogWriter& log, Upkeep& upkeep, size_t writers, double seconds) {
    const std::string payload(kRecordBytes, 'x');
    const std::vector<std::string_view> records(100, payload);
    Group group;
    std::vector<Figures> parts(writers);
    const double cpu = cpu_seconds();
    const double start = now();
    std::thread committer([&] { group.run(log, upkeep); });
    std::vector<std::thread> threads;
    for (Figures& part : parts) {
        threads.emplace_back([&] {
            for (double at = start; at - start < seconds;) {
                group.submit(records);
                const double then = now();
                part.waits.push_back(then - at);
                part.records += records.size();
                at = then;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    group.stop();
    committer.join();
    Figures all;
    for (const Figures& part : parts) {
        all.records += part.records;
        all.waits.insert(all.waits.end(), part.waits.begin(), part.waits.end());
    }
    print("group", writers, all, now() - start, cpu_seconds() - cpu);
}

void run_all(const std::string& directory, double seconds) {
    Files& files = posix_files();
    check(remove_tree(files, directory));
    {
        auto recovery = LogWriter::open(files, directory, {});
        if (!recovery.is_ok()) check(recovery.error());
        LogWriter& log = *recovery->writer;
        Upkeep upkeep(log);
        for (const size_t records : {100, 1000, 5000}) {
            run_bare(directory + ".bare", records, seconds);
            run_appends(log, upkeep, records, seconds);
        }
        for (const size_t writers : {1, 4, 16, 64}) run_group(log, upkeep, writers, seconds);
    }
    check(remove_tree(files, directory));
    check(remove_tree(files, directory + ".bare"));
}

}  // namespace
}  // namespace throughline::store

int main(int count, char** arguments) {
    const std::string directory = count > 1 ? arguments[1] : "log_bench.files";
    throughline::store::run_all(directory, count > 2 ? std::atof(arguments[2]) : 2);
}

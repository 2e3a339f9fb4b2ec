// The promise of the log: what was acknowledged is there after a power cut, whatever the disk did
// with the writes that no finished sync covers; and a flipped bit is never served.
//
// TL_SEEDS sets how many seeds are tried.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/random.h"
#include "store/log_reader.h"
#include "store/log_writer.h"
#include "store/memory_files.h"

namespace throughline::store {
namespace {

uint64_t seeds() {
    const char* text = std::getenv("TL_SEEDS");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 2000;
}

/// Bytes that payloads are cut from.
const std::string& noise() {
    static const std::string bytes = [] {
        SeededRandom random(1);
        std::string made;
        while (made.size() < 400'000) made.append(std::to_string(random.next()));
        return made;
    }();
    return bytes;
}

/// A record as the model remembers it: its payload is a piece of noise().
struct Record {
    Micros stamp_us;
    std::string_view payload;
};

/// One disk, one log on it, and what must be in that log.
class World {
public:
    explicit World(uint64_t seed) : random_(seed) {
        // One world in twenty has records that fill a good part of a file.
        const bool is_large = random_.chance(0.05);
        payload_max_ = is_large ? 300'000 : 3'000;
        options_.file_bytes = is_large ? 512 << 10 : (8ULL << 10) << random_.below(3);
        options_.incarnation_seed = seed + 1;
    }

    /// Lets the program work until it ends: mostly because the power goes, at times because it is
    /// killed (what it wrote lives on in the page cache) or because a sync fails.
    void run_until_end() {
        const bool fails = random_.chance(0.2);
        const bool is_cut = !fails && random_.chance(0.75);
        const uint64_t moment = random_.below(random_.chance(0.3) ? 12 : 120);
        fails ? disk_.fail_sync_after(moment) : disk_.stop_at(disk_.operations() + moment);
        work(fails ? Code::Internal : Code::Unavailable);
        disk_.stop_at(MemoryFiles::kNever);
        disk_.fail_sync_after(MemoryFiles::kNever);
        if (is_cut) cut();
    }

    void cut() { disk_ = disk_.cut(random_.next()); }

    /// Opens the log without faults and compares all of it, twice.
    void check() {
        ASSERT_NO_FATAL_FAILURE(compare(open()));
        const uint64_t before = acknowledged_.size();
        ASSERT_NO_FATAL_FAILURE(compare(open()));
        ASSERT_EQ(acknowledged_.size(), before);
        const auto damages = LogReader(disk_, "/log").verify();
        ASSERT_TRUE(damages) << damages.error().message;
        ASSERT_TRUE(damages->empty()) << damages->front().file << damages->front().what;
    }

private:
    Result<LogRecovery> open() {
        options_.replay_from = checkpoint_;
        ++options_.incarnation_seed;
        return LogWriter::open(disk_, "/log", options_);
    }

    void compare(const Result<LogRecovery>& recovery) {
        ASSERT_TRUE(recovery) << recovery.error().message;
        // The epoch that was being written may be there or not, but wholly.
        if (recovery->next_position != acknowledged_.size()) {
            ASSERT_EQ(recovery->next_position, acknowledged_.size() + doubtful_.size());
            acknowledged_.insert(acknowledged_.end(), doubtful_.begin(), doubtful_.end());
        }
        doubtful_.clear();
        ASSERT_LE(recovery->first_position, checkpoint_);
        uint64_t expected = recovery->first_position;
        const auto end =
            LogReader(disk_, "/log").read(expected, 1, [&](const LogRecordView& record) -> Status {
                const bool is_right = record.position == expected &&
                                      expected < acknowledged_.size() &&
                                      record.stamp_us == acknowledged_[expected].stamp_us &&
                                      record.payload == acknowledged_[expected].payload;
                ++expected;
                return is_right ? Status::ok() : Status(Error::internal("a wrong record"));
            });
        ASSERT_TRUE(end) << end.error().message << " at position " << expected - 1;
        ASSERT_EQ(expected, acknowledged_.size());
    }

    void work(Code end) {
        const auto recovery = open();
        if (!recovery.is_ok()) {
            ASSERT_EQ(recovery.error().code, end) << recovery.error().message;
            return;
        }
        ASSERT_NO_FATAL_FAILURE(compare_positions(*recovery));
        LogWriter& log = *recovery->writer;
        Status status;
        while (status.is_ok()) status = step(log);
        ASSERT_EQ(status.error().code, end) << status.error().message;
    }

    void compare_positions(const LogRecovery& recovery) {
        if (recovery.next_position == acknowledged_.size() + doubtful_.size()) {
            acknowledged_.insert(acknowledged_.end(), doubtful_.begin(), doubtful_.end());
        }
        doubtful_.clear();
        ASSERT_EQ(recovery.next_position, acknowledged_.size());
    }

    Status step(LogWriter& log) {
        switch (random_.below(12)) {
            case 0:
                return log.prepare_next();
            case 1:
                return log.append_empty();
            case 2:
                return log.start_new_file();
            case 3:
                return log.scrub();
            case 4:
                checkpoint_ += random_.below(acknowledged_.size() - checkpoint_ + 1);
                return log.release_before(checkpoint_);
            default:
                return append(log);
        }
    }

    Status append(LogWriter& log) {
        LogEpoch epoch;
        std::vector<Record> records;
        for (uint64_t count = 1 + random_.below(4); count > 0; --count) {
            const uint64_t size = random_.below(random_.chance(0.5) ? 40 : payload_max_);
            stamp_us_ += static_cast<Micros>(random_.below(3));
            const auto payload = std::string_view(noise()).substr(random_.below(1000), size);
            const LogEpoch before = epoch;
            epoch.add(stamp_us_, payload);
            if (epoch.frame_bytes() > log.epoch_bytes_max()) {
                epoch = before;
                break;
            }
            records.push_back({stamp_us_, payload});
        }
        doubtful_ = records;
        TL_TRY(log.append(epoch));
        doubtful_.clear();
        acknowledged_.insert(acknowledged_.end(), records.begin(), records.end());
        return Status::ok();
    }

    SeededRandom random_;
    MemoryFiles disk_;
    LogOptions options_;
    uint64_t payload_max_;
    std::vector<Record> acknowledged_;  // By position.
    std::vector<Record> doubtful_;      // Of the epoch that was being written.
    uint64_t checkpoint_ = 0;
    Micros stamp_us_ = 0;
};

TEST(LogPowerCut, KeepsEveryAcknowledgedRecordOverManyCuts) {
    for (uint64_t seed = 0; seed < seeds(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        World world(seed);
        for (uint64_t runs = 1 + seed % 4; runs > 0; --runs) {
            ASSERT_NO_FATAL_FAILURE(world.run_until_end());
        }
        world.cut();
        ASSERT_NO_FATAL_FAILURE(world.check());
    }
}

struct Found {
    Code code = Code::NotFound;  // NotFound: no error.
    std::vector<std::string> payloads;
};

Found read_all(Files& files) {
    Found found;
    const auto end = LogReader(files, "/log").read(0, 1, [&](const LogRecordView& record) {
        found.payloads.emplace_back(record.payload);
        return Status::ok();
    });
    if (!end.is_ok()) found.code = end.error().code;
    return found;
}

/// Where the last frame of the log begins: it alone has no successor.
uint64_t last_frame_at(Files& files) {
    const auto directory = LogDirectory::open(files, "/log", OpenMode::Read);
    const LogFile& last = directory->live.back();
    FrameWalk walk(*last.file, last.header);
    while (*walk.next()) continue;
    return walk.frame_offset();
}

TEST(LogPowerCut, AFlippedBitIsFoundAndNeverServed) {
    MemoryFiles files;
    LogOptions options;
    options.file_bytes = 8 << 10;
    auto log = std::move(LogWriter::open(files, "/log", options)->writer);
    for (size_t at = 0; at < 12; ++at) {
        LogEpoch epoch;
        epoch.add(static_cast<Micros>(at), std::string_view(noise()).substr(at, 100 * at));
        ASSERT_TRUE(log->append(epoch));
    }
    ASSERT_TRUE(log->append_empty());
    const Found whole = read_all(files);
    ASSERT_EQ(whole.payloads.size(), 12u);
    const auto names = *files.list("/log");
    ASSERT_GE(names.size(), 2u);
    const uint64_t last_frame = last_frame_at(files);

    uint64_t found_count = 0;
    for (const std::string& name : names) {
        for (uint64_t bit = 0; bit < options.file_bytes * 8; bit += 13) {
            files.flip_bit("/log/" + name, bit);
            const Found found = read_all(files);
            const bool is_damage = found.code == Code::Corrupt;
            ASSERT_TRUE(is_damage || found.payloads == whole.payloads) << name << " bit " << bit;
            const bool in_last = name == names.back() && bit / 8 >= last_frame;
            if (is_damage) {
                ++found_count;
                // Opening looks at the last file; what stands before is for whoever replays it.
                if (name == names.back()) {
                    ASSERT_FALSE(LogWriter::open(files, "/log", options)) << "bit " << bit;
                }
                ASSERT_FALSE(LogReader(files, "/log").verify()->empty()) << name << " bit " << bit;
            } else if (!in_last && bit / 8 >= kLogHeaderBytes) {
                // Only what lies behind the seal of a file may change unnoticed.
                ASSERT_GT(bit / 8, options.file_bytes / 2) << name << " bit " << bit;
            }
            files.flip_bit("/log/" + name, bit);
        }
    }
    EXPECT_GT(found_count, 1000u);
}

}  // namespace
}  // namespace throughline::store

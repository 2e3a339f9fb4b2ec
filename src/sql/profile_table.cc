#include "sql/profile_table.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <numeric>

namespace throughline::sql {

namespace {

enum Place : size_t {
    kProfile,
    kKnown,
    kFirstSeen,
    kLastSeen,
    kEvents,
    kName,
    kTraits,
    kIdentifiers
};

constexpr std::array kColumns{
    Column{"profile", ColumnType::Text},    Column{"known", ColumnType::Boolean},
    Column{"first_seen", ColumnType::Time}, Column{"last_seen", ColumnType::Time},
    Column{"events", ColumnType::Integer},  Column{"name", ColumnType::Text},
    Column{"traits", ColumnType::Json},     Column{"identifiers", ColumnType::Json}};

constexpr size_t kBatchPeople = 256;  // Read under one pin of the tables.

class ProfileScan final : public Scan {
public:
    ProfileScan(const Sources& sources, std::vector<size_t> wanted)
        : sources_(sources), wanted_(std::move(wanted)) {
        std::vector<uint32_t> identities(sources.identities_end);
        std::iota(identities.begin(), identities.end(), 0u);
        roots_.resize(identities.size());
        sources.environment.people.roots(identities, roots_);
        // Identity 0 is nobody's.
        for (uint32_t id = 1; id < roots_.size(); ++id) {
            if (roots_[id] != query::kNobody && roots_[id] != 0) order_.push_back(id);
        }
        std::ranges::sort(order_, [&](uint32_t a, uint32_t b) {
            return std::pair(roots_[a], a) < std::pair(roots_[b], b);
        });
        for (const size_t place : wanted_) reads_ |= place >= kFirstSeen && place < kColumns.size();
    }

    size_t workers_max() const override { return order_.size() / kBatchPeople + 1; }
    std::unique_ptr<Worker> worker() override;

    /// The next people that nobody has; none at the end.
    std::vector<Members> take_batch() {
        std::vector<Members> batch;
        const std::lock_guard lock(mutex_);
        while (next_ < order_.size()) {
            const uint32_t root = roots_[order_[next_]];
            if (!batch.empty() && batch.back().root == root) {
                batch.back().identities.push_back(order_[next_++]);
                continue;
            }
            if (batch.size() == kBatchPeople) break;
            batch.push_back({root, {order_[next_++]}});
        }
        return batch;
    }

    /// Whether golden records are asked for, not only who there is.
    bool reads() const { return reads_; }
    const Sources& sources() const { return sources_; }
    const std::vector<size_t>& wanted() const { return wanted_; }

private:
    const Sources& sources_;
    std::vector<size_t> wanted_;
    bool reads_ = false;
    std::vector<uint32_t> roots_;  // By identity.
    std::vector<uint32_t> order_;  // Identities, those of one person together.
    std::mutex mutex_;             // Guards next_.
    size_t next_ = 0;
};

class ProfileWorker final : public Worker {
public:
    explicit ProfileWorker(ProfileScan& scan) : scan_(scan) {}

    Status fill(RowsOut& out) override {
        size_t rows = 0;
        while (rows < out.capacity()) {
            if (at_ == people_.size()) {
                TL_TRY(next_batch());
                if (people_.empty()) break;
            }
            if (records_[at_].exists) write(out, rows++);
            ++at_;
        }
        out.finish(rows);
        return Status::ok();
    }

private:
    Status next_batch() {
        at_ = 0;
        people_ = scan_.take_batch();
        records_.assign(people_.size(), {});
        const Sources& sources = scan_.sources();
        if (sources.looked_at != nullptr) sources.looked_at->profiles += people_.size();
        return scan_.reads() ? sources.profiles->read(people_, records_) : Status::ok();
    }

    void write(RowsOut& out, size_t row) {
        const Sources& sources = scan_.sources();
        const uint32_t root = people_[at_].root;
        const ProfileRow& record = records_[at_];
        for (size_t i = 0; i < scan_.wanted().size(); ++i) {
            switch (scan_.wanted()[i]) {
                case kProfile:
                    out.text(i, row, sources.profile_id(root));
                    break;
                case kKnown:
                    out.boolean(i, row, sources.environment.people.is_known(root));
                    break;
                case kFirstSeen:
                    out.time(i, row, record.first_seen);
                    break;
                case kLastSeen:
                    out.time(i, row, record.last_seen);
                    break;
                case kEvents:
                    out.integer(i, row, static_cast<int64_t>(record.events));
                    break;
                case kName:
                    record.name.empty() ? out.null(i, row) : out.text(i, row, record.name);
                    break;
                case kTraits:
                    out.text(i, row, record.traits);
                    break;
                case kIdentifiers:
                    out.text(i, row, record.identifiers);
                    break;
                default:
                    break;
            }
        }
    }

    ProfileScan& scan_;
    std::vector<Members> people_;
    std::vector<ProfileRow> records_;
    size_t at_ = 0;
};

std::unique_ptr<Worker> ProfileScan::worker() {
    return std::make_unique<ProfileWorker>(*this);
}

}  // namespace

std::span<const Column> profile_columns() {
    return kColumns;
}

Result<std::unique_ptr<Scan>> ProfileTable::scan(std::vector<size_t> wanted, const TableNeeds&) {
    TL_ASSERT(sources_.profiles != nullptr);
    return std::unique_ptr<Scan>(std::make_unique<ProfileScan>(sources_, std::move(wanted)));
}

}  // namespace throughline::sql

#include "engine/runs/run_counts.h"

#include "base/bytes.h"

namespace throughline::engine {

using journey::StepIndex;

namespace {

constexpr uint8_t kFormat = 1;
constexpr uint8_t kFormatOfJourneys = 2;  // The first knew of no mass starts.

template <typename Counts>
void write_list(const Counts& counts, ByteWriter& out) {
    for (const uint64_t count : counts) out.varint(count);
}

template <typename Counts>
void read_list(ByteReader& in, Counts& counts) {
    for (uint64_t& count : counts) count = in.varint();
}

void write_key(StepIndex step, ByteWriter& out) {
    out.fixed(step);
}
void write_key(const std::pair<StepIndex, StepIndex>& pair, ByteWriter& out) {
    out.fixed(pair.first);
    out.fixed(pair.second);
}
void read_key(ByteReader& in, StepIndex& step) {
    step = in.fixed<StepIndex>();
}
void read_key(ByteReader& in, std::pair<StepIndex, StepIndex>& pair) {
    pair.first = in.fixed<StepIndex>();
    pair.second = in.fixed<StepIndex>();
}

template <typename Key>
void write_map(const std::map<Key, uint64_t>& counts, ByteWriter& out) {
    out.varint(counts.size());
    for (const auto& [key, count] : counts) {
        write_key(key, out);
        out.varint(count);
    }
}

template <typename Key>
void read_map(ByteReader& in, std::map<Key, uint64_t>& counts) {
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        Key key{};
        read_key(in, key);
        counts[key] = in.varint();
    }
}

Error damaged() {
    return Error::corrupt("engine: run counts: damaged");
}

}  // namespace

uint64_t VersionCounts::on_their_way() const {
    uint64_t count = 0;
    for (const auto& [step, runs] : now) count += runs;
    return count;
}

std::string VersionCounts::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(kFormat);
    out.varint(entered);
    out.varint(kept);
    out.varint(erased);
    write_list(ended, out);
    write_map(now, out);
    write_map(reached, out);
    write_map(edges, out);
    write_map(chosen, out);
    return bytes;
}

Result<VersionCounts> VersionCounts::decode(std::string_view bytes) {
    ByteReader in(bytes);
    VersionCounts counts;
    if (in.u8() != kFormat) return damaged();
    counts.entered = in.varint();
    counts.kept = in.varint();
    counts.erased = in.varint();
    read_list(in, counts.ended);
    read_map(in, counts.now);
    read_map(in, counts.reached);
    read_map(in, counts.edges);
    read_map(in, counts.chosen);
    if (!in.ok() || !in.at_end()) return damaged();
    return counts;
}

std::string JourneyCounts::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(kFormatOfJourneys);
    write_list(refused, out);
    out.varint(swept);
    out.varint(sweeping);
    out.varint(next);
    out.varint(started);
    out.varint(starting);
    out.varint(next_start);
    return bytes;
}

Result<JourneyCounts> JourneyCounts::decode(std::string_view bytes) {
    ByteReader in(bytes);
    JourneyCounts counts;
    const uint8_t format = in.u8();
    if (format < 1 || format > kFormatOfJourneys) return damaged();
    read_list(in, counts.refused);
    counts.swept = static_cast<uint32_t>(in.varint());
    counts.sweeping = static_cast<uint32_t>(in.varint());
    counts.next = static_cast<uint32_t>(in.varint());
    if (format == kFormatOfJourneys) {
        counts.started = static_cast<uint32_t>(in.varint());
        counts.starting = static_cast<uint32_t>(in.varint());
        counts.next_start = static_cast<uint32_t>(in.varint());
    }
    if (!in.ok() || !in.at_end()) return damaged();
    return counts;
}

std::string run_count_prefix(uint32_t journey) {
    std::string key;
    ByteWriter(key).fixed(__builtin_bswap32(journey));
    return key;
}

std::string run_count_key(uint32_t journey, uint32_t version) {
    std::string key = run_count_prefix(journey);
    ByteWriter(key).fixed(__builtin_bswap32(version));
    return key;
}

uint32_t version_of_count_key(std::string_view key) {
    TL_ASSERT(key.size() == 2 * sizeof(uint32_t));
    return __builtin_bswap32(load<uint32_t>(key.data() + sizeof(uint32_t)));
}

Result<VersionCounts*> RunCounts::version(uint32_t journey, uint32_t version) {
    const Place place{journey, version};
    if (last_counts_ != nullptr && place == last_) return last_counts_;
    auto known = versions_.find(place);
    if (known == versions_.end()) {
        TL_TRY_ASSIGN(const auto bytes, table_.get(run_count_key(journey, version)));
        VersionCounts counts;
        if (bytes) {
            TL_TRY_ASSIGN(counts, VersionCounts::decode(*bytes));
        }
        known = versions_.emplace(place, std::move(counts)).first;
    }
    changed_.insert(place);
    last_ = place;
    last_counts_ = &known->second;
    return last_counts_;
}

Result<JourneyCounts*> RunCounts::journey(uint32_t journey) {
    const auto known = journeys_.find(journey);
    if (known != journeys_.end()) {
        changed_.insert({journey, 0});
        return &known->second;
    }
    TL_TRY_ASSIGN(const auto bytes, table_.get(run_count_key(journey, 0)));
    JourneyCounts counts;
    if (bytes) {
        TL_TRY_ASSIGN(counts, JourneyCounts::decode(*bytes));
    }
    changed_.insert({journey, 0});
    return &journeys_.emplace(journey, counts).first->second;
}

Status RunCounts::forget(uint32_t journey) {
    TL_TRY_ASSIGN(const auto rows,
                  table_.scan(store::KeyRange::prefix(run_count_prefix(journey)), SIZE_MAX));
    for (const auto& [key, value] : rows) table_.erase(key);
    journeys_.erase(journey);
    last_counts_ = nullptr;
    std::erase_if(versions_, [&](const auto& one) { return one.first.first == journey; });
    std::erase_if(changed_, [&](const Place& place) { return place.first == journey; });
    return Status::ok();
}

void RunCounts::flush() {
    for (const auto& [journey, version] : changed_) {
        table_.put(run_count_key(journey, version),
                   version == 0 ? journeys_.at(journey).encode()
                                : versions_.at({journey, version}).encode());
    }
    changed_.clear();
    last_counts_ = nullptr;
}

}  // namespace throughline::engine

// A fold over a partition of its own, for tests: records go in one by one or in epochs, and all
// that is stored adds up to one hash.
//
// Layer 6, tests only.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/fold.h"
#include "engine/membership.h"
#include "engine/test_world.h"

namespace throughline::engine::testing {

// All state of a partition, in a directory of its own.
struct Partition {
    TemporaryDirectory directory;
    std::unique_ptr<store::StateStore> cold;
    std::unique_ptr<Tables> tables;
    std::unique_ptr<store::DuplicateSet> live;
    std::unique_ptr<store::DuplicateSet> imported;
    store::Dense32 roots;
    std::unique_ptr<sequence::History> history;
    std::unique_ptr<Fold> fold;
    Micros first = 0;
    Micros second = kSecond;

    explicit Partition(size_t shards, IntentTaker* intents = nullptr,
                       size_t memory_bytes = 64 << 20) {
        store::Files& files = store::posix_files();
        const auto path = [&](const char* name) {
            return store::join_path(directory.path(), name);
        };
        cold = std::move(*store::StateStore::open(
            {.path = path("state"), .families = Tables::families(), .cache_bytes = 1 << 20}));
        tables = std::make_unique<Tables>(*cold, MemoryPlan::of(memory_bytes), 0);
        live =
            std::move(*store::DuplicateSet::open({.files = &files, .directory = path("live")}, ""));
        imported = std::move(
            *store::DuplicateSet::open({.files = &files, .directory = path("imported")}, ""));
        history = std::move(*sequence::History::open(files, {.directory = path("history")}, {}));
        fold = std::make_unique<Fold>(
            FoldParts{*tables, *live, *imported, roots, *history, 0, kSecret, intents}, FoldState{},
            *Settings::from_definitions({}), shards);
    }

    // Each record is stamped `second` after the one before it.
    void apply(const std::vector<std::string>& records, size_t from, size_t count) {
        Epoch epoch;
        for (size_t i = from; i < std::min(from + count, records.size()); ++i) {
            epoch.batches.push_back({single_record(records[i], {}), i, stamp_of(i), {}});
        }
        const Status status = fold->apply(epoch);
        ASSERT_TRUE(status) << status.error().message;
        fold->publish();
        tables->settle();
    }
    Micros stamp_of(size_t record) const { return first + static_cast<Micros>(record) * second; }

    QueryView query_view() {
        return {.state = fold->state(),
                .settings = fold->settings(),
                .history = history->snapshot(),
                .roots = roots.snapshot(),
                .dictionary = history->dictionary()};
    }

    /// Who is in a segment, by the list of its members.
    std::vector<uint32_t> members_of(std::string_view key) {
        const LiveSegment* segment = fold->settings()->segments().find(key);
        std::vector<uint32_t> members;
        if (segment == nullptr) return members;
        const MemberRange range{.segment = segment->id, .end = fold->state().next_identity};
        members = *member_ids(*tables, tables->epochs.pin(), range, SIZE_MAX);
        const auto& segments = fold->state().segments;
        const auto state = segments.find(segment->id);
        EXPECT_EQ(state == segments.end() ? 0 : state->second.size, members.size());
        return members;
    }

    // One hash over every row of every table, the roots, history and the counters.
    uint64_t digest() {
        uint64_t hash = checksum(fold->state().encode(), 1);
        const auto pin = tables->epochs.pin();
        tables->begin_checkpoint();
        for (const auto& part : tables->parts()) {
            const Status status = part.rows->for_each_sealed(
                pin, [&](std::string_view key, std::optional<std::string_view> value) -> Status {
                    hash = checksum(part.family, hash);
                    hash = checksum(key, hash);
                    hash = checksum(value.value_or("erased"), hash);
                    return Status::ok();
                });
            EXPECT_TRUE(status);
        }
        tables->abort_checkpoint();
        const auto words = roots.snapshot();
        for (size_t i = 1; i < words.size(); ++i) hash = mix(hash ^ words[i]);
        const Status scanned = history->snapshot()->scan(
            INT64_MIN + 1, INT64_MAX, {.position = true}, [&](const sequence::ScanBlock& block) {
                for (size_t row = 0; row < block.size(); ++row) {
                    hash = mix(hash ^ block.identity[row]);
                    hash = mix(hash ^ block.position[row]);
                    hash = mix(hash ^ static_cast<uint64_t>(block.time[row]));
                }
                return Status::ok();
            });
        EXPECT_TRUE(scanned);
        return hash;
    }
};

/// The record of a definition.
inline std::string definition_record(const std::string& kind, const std::string& key,
                                     const std::string& value) {
    const auto doc = model::doc_from_json(R"({"kind":")" + kind + R"(","key":")" + key +
                                          R"(","actor":"token:test","value":)" + value + "}");
    return model::make_record(model::RecordKind::Definition, *doc);
}

inline std::string segment_record(const std::string& key, const std::string& conditions) {
    return definition_record("segments", key, R"({"name":"x","conditions":)" + conditions + "}");
}

inline std::string journey_record(const std::string& key, const std::string& document) {
    return definition_record("journeys", key, R"({"name":"x","document":)" + document + "}");
}

/// What somebody decides about a journey: `"publish"`, `"resume","mode":"fire"`.
inline std::string journey_decision(const std::string& key, const std::string& what) {
    const auto doc = model::doc_from_json(R"({"action":"journey","journey":")" + key +
                                          R"(","do":)" + what + R"(,"actor":"token:test"})");
    return model::make_record(model::RecordKind::Decision, *doc);
}

inline std::string decision_record(const std::string& json) {
    return model::make_record(model::RecordKind::Decision, *model::doc_from_json(json));
}

}  // namespace throughline::engine::testing

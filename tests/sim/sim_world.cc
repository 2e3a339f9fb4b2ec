#include "sim/sim_world.h"

#include <cstdlib>

#include "engine/items/test_items.h"

namespace throughline::sim {

engine::Submission make_submission(const Records& records) {
    engine::Submission submission;
    std::string bytes;
    for (const std::string& record : records) {
        bytes += record;
        submission.ends.push_back(static_cast<uint32_t>(bytes.size()));
    }
    submission.bytes = std::make_shared<const std::string>(std::move(bytes));
    return submission;
}

Records Script::next(const engine::View& view) {
    if (random_.chance(0.12)) return {decision(view)};
    if (random_.chance(0.04)) return {definition()};
    if (random_.chance(0.06)) return {model::make_record(model::RecordKind::Tick, {})};
    Records records;
    for (uint64_t left = 1 + random_.below(6); left > 0; --left) records.push_back(records_.next());
    if (random_.chance(0.3)) {
        records.push_back(engine::testing::random_item_record(random_, view.state.stamp));
    }
    return records;
}

std::string Script::decision(const engine::View& view) {
    const auto identity = [&] {
        return std::to_string(1 + random_.below(std::max<uint64_t>(view.state.next_identity, 2)));
    };
    std::string json = R"({"actor":"sim","reason":"seed",)";
    const uint64_t kind = random_.below(20);
    if (kind < 7) {
        json += R"("action":"merge","a":)" + identity() + R"(,"b":)" + identity();
    } else if (kind < 12) {
        json += R"("action":"split","identities":[)" + identity() + "," + identity() + "]";
    } else if (kind < 13) {
        json += R"("action":"lift","decision":)" + std::to_string(random_.below(60));
    } else if (kind < 16) {
        json += R"("action":"pin","trait":"plan","value":"gold","identity":)" + identity();
    } else if (kind < 17) {
        json += R"("action":"purge_rejects","before":)" + std::to_string(random_.below(40));
    } else if (kind < 18) {
        json += R"("action":"reject","status":"discarded","position":)" +
                std::to_string(random_.below(100));
    } else if (random_.chance(0.5)) {
        has_erased_ = true;
        json += R"("action":"erase","identity":)" + identity();
    } else {
        json += R"("action":"replay","subject":"rejects")";
    }
    const auto doc = model::doc_from_json(json + "}");
    TL_ASSERT(doc.is_ok());
    return model::make_record(model::RecordKind::Decision, *doc);
}

std::string Script::segment() {
    static constexpr std::string_view kConditions[] = {
        R"({"did":"Order Completed","count":{"gte":2},"within":"20d"})",
        R"({"did":"*","count":{"eq":0},"within":"9d"})",
        R"([{"trait":"email","op":"exists"},{"did":"Page Viewed","count":{"lt":4}}])",
        R"({"identifier":"user_id","op":"exists"})"};
    const std::string value =
        random_.chance(0.1)
            ? "null"
            : R"({"name":"x","conditions":)" + std::string(kConditions[random_.below(4)]) + "}";
    const auto doc =
        model::doc_from_json(R"({"kind":"segments","key":"g)" + std::to_string(random_.below(5)) +
                             R"(","actor":"sim","value":)" + value + "}");
    TL_ASSERT(doc.is_ok());
    return model::make_record(model::RecordKind::Definition, *doc);
}

// A type that has items stays: then this is refused.
std::string Script::catalog() {
    return random_.chance(0.1) ? engine::testing::definition_record("catalogs", "order", "null")
                               : engine::testing::catalog_record("order");
}

// Journeys are drafted, published, paused, gone on with, and their runs ended.
std::string Script::journey() {
    static constexpr std::string_view kTriggers[] = {
        R"({"event":"Page Viewed","include":"late"})",
        R"({"event":"Order Completed","include":"late","if":{"trait":"email","op":"exists"}})",
        R"({"segment":"g1","include":"late"})"};
    static constexpr std::string_view kDecisions[] = {R"("publish")",
                                                      R"("publish")",
                                                      R"("pause")",
                                                      R"("resume","mode":"shift")",
                                                      R"("resume","mode":"fire")",
                                                      R"("end_runs")"};
    const std::string key = "j" + std::to_string(random_.below(3));
    if (random_.chance(0.6)) {
        const auto decided =
            model::doc_from_json(R"({"action":"journey","actor":"sim","journey":")" + key +
                                 R"(","do":)" + std::string(kDecisions[random_.below(6)]) + "}");
        TL_ASSERT(decided.is_ok());
        return model::make_record(model::RecordKind::Decision, *decided);
    }
    const std::string document =
        R"({"key":")" + key + R"(","trigger":)" + std::string(kTriggers[random_.below(3)]) +
        R"(,"steps":[{"id":"wait","type":"wait","for":"1m"},
            {"id":"set","type":"update","traits":{"plan":)" +
        std::to_string(random_.below(3)) +
        R"(}},{"id":"mail","type":"message","channel":"email","template":"x","purpose":"p"},
            {"id":"more","type":"wait_for","events":[{"event":"Order Completed","next":"wait"}],
             "timeout":"1h"}]})";
    const auto doc = model::doc_from_json(R"({"kind":"journeys","key":")" + key +
                                          R"(","actor":"sim","value":{"name":"x","document":)" +
                                          document + "}}");
    TL_ASSERT(doc.is_ok());
    return model::make_record(model::RecordKind::Definition, *doc);
}

std::string Script::definition() {
    if (random_.chance(0.4)) return journey();
    if (random_.chance(0.2)) return catalog();
    if (random_.chance(0.5)) return segment();
    const std::string key = "s" + std::to_string(random_.below(4));
    const std::string value =
        random_.chance(0.2) ? "null" : R"({"name":")" + std::to_string(random_.below(100)) + "\"}";
    const auto doc = model::doc_from_json(R"({"kind":"sources","key":")" + key +
                                          R"(","actor":"sim","value":)" + value + "}");
    TL_ASSERT(doc.is_ok());
    return model::make_record(model::RecordKind::Definition, *doc);
}

Status prepare_disk(store::Files& files) {
    TL_TRY(store::make_directories(files, kData));
    return engine::write_secret(files, store::join_path(kData, "secret"), kSecret);
}

engine::EngineOptions small_engine(rocksdb::Env* env, uint64_t seed) {
    SeededRandom random(seed);
    SeededRandom tail_random(mix(seed));
    return {.directory = kData,
            .memory_bytes = 64 << 20,
            // Often so small that the tail is written between checkpoints: the index of its chunk
            // and some rows.
            .tail_bytes = tail_random.chance(0.5) ? (512 + tail_random.below(64)) << 10 : 0,
            .shards = 1 + random.below(2),
            .log_file_bytes = uint64_t{64 << 10} << random.below(3),
            .checkpoint_every = static_cast<Micros>(10 + random.below(200)) * kSecond,
            .merges_files = false,
            .ticks = false,
            .env = env,
            .reply_scope = {},
            .on_fatal = {}};
}

uint64_t number_from_environment(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace throughline::sim

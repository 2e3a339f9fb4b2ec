// Batches of an import into a running engine, several under way at a time, so that reading the file
// goes on while the disk works.
//
// Layer 8. Used by one thread. Memory: kBatchesAhead batches.
#pragma once

#include <future>
#include <queue>

#include "engine/engine.h"
#include "ingest/importer.h"

namespace throughline::cli {

class EngineSink {
public:
    explicit EngineSink(engine::Engine& engine) : engine_(engine) {}
    ~EngineSink();

    /// Takes a batch; answers for those that have become durable meanwhile. A full engine is waited
    /// for. Errors: of the engine.
    Result<ingest::BatchResult> add(const ingest::RecordBatch& batch);
    /// Answers for the rest.
    Result<ingest::BatchResult> finish();

private:
    static constexpr size_t kBatchesAhead = 8;
    struct Waiting {
        uint64_t records = 0;
        std::future<engine::Outcome> outcome;
    };

    Status submit(const std::shared_ptr<const std::string>& bytes,
                  const std::vector<uint32_t>& ends);
    Status take_oldest(ingest::BatchResult& result);

    engine::Engine& engine_;
    std::queue<Waiting> waiting_;
};

/// The source of an import, made when there is none of that key.
Result<model::Source> find_or_make_source(engine::Engine& engine, const std::string& key);

}  // namespace throughline::cli

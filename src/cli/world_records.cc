#include "cli/world_records.h"

#include "cli/engine_sink.h"
#include "simulate/packer.h"

namespace throughline::cli {

namespace {

constexpr size_t kBatchRecords = 1'000;

Result<std::array<model::SourceId, simulate::kOrigins>> sources_of(engine::Engine& engine) {
    std::array<model::SourceId, simulate::kOrigins> sources{};
    for (size_t origin = 0; origin < sources.size(); ++origin) {
        const auto key = origin_key(static_cast<simulate::Origin>(origin));
        TL_TRY_ASSIGN(const model::Source source, find_or_make_source(engine, std::string(key)));
        sources[origin] = source.id;
    }
    return sources;
}

}  // namespace

Result<uint64_t> load_records(engine::Engine& engine, simulate::World& world,
                              const WorldRecords& records) {
    TL_TRY_ASSIGN(const auto sources, sources_of(engine));
    simulate::EventWriter writer(world);
    simulate::Packer packer(engine.secret(), sources);
    EngineSink sink(engine);
    ingest::RecordBatch batch;
    uint64_t told = 0;
    while (const simulate::Planned* planned = world.next()) {
        if (planned->arrival >= records.until) break;
        const size_t begin = batch.bytes.size();
        packer.append(batch.bytes, writer.write(*planned));
        const bool has_flags = records.flags != 0 && planned->at < records.flags_until;
        if (has_flags) model::add_event_flags(batch.bytes, begin, records.flags);
        batch.ends.push_back(static_cast<uint32_t>(batch.bytes.size()));
        if (records.beside) TL_TRY(records.beside(*planned, batch));
        ++told;
        if (batch.ends.size() < kBatchRecords) continue;
        TL_TRY(sink.add(batch));
        batch.bytes.clear();
        batch.ends.clear();
        if (!records.progress(told)) break;
    }
    if (!batch.ends.empty()) TL_TRY(sink.add(batch));
    TL_TRY(sink.finish());
    return told;
}

}  // namespace throughline::cli

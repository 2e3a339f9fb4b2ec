#include "cli/demo.h"

#include <map>

#include "cli/console.h"
#include "cli/demo_world.h"
#include "cli/engine_sink.h"
#include "cli/import_progress.h"
#include "engine/people_count.h"
#include "ingest/protocol.h"

namespace throughline::cli {

namespace {

constexpr std::string_view kMapping = "online-retail";
constexpr std::string_view kSource = "shop";
constexpr std::string_view kMark = "demo-unfinished";
constexpr size_t kWorldBatch = 200;

void tell_size(engine::Engine& engine, const std::string& origin) {
    const engine::QueryView view = engine.query_view();
    const engine::PeopleCount people = engine::KnownPeople(view.roots).count();
    print("Demo: " + with_commas(view.state.events) + " events of " + with_commas(people.known) +
          " known and " + with_commas(people.unknown) + " unknown people, " + origin + "\n");
}

Status load_shop(const DemoOptions& options) {
    TL_TRY_ASSIGN(ingest::Mapping mapping, ingest::Mapping::shipped(kMapping));
    TL_TRY_ASSIGN(const model::Source source,
                  find_or_make_source(options.engine, std::string(kSource)));
    const auto settings = options.engine.settings();
    ingest::ImportOptions import;
    import.source = source;
    import.context = {&settings->namespaces(), &options.engine.secret()};
    import.clock = &options.clock;

    EngineSink sink(options.engine);
    Progress progress(options.clock);
    ingest::ImportSinks sinks;
    sinks.batch = [&](const ingest::RecordBatch& batch) { return sink.add(batch); };
    sinks.progress = [&](const ingest::ImportProgress& now) {
        if (progress.is_due()) progress.show("demo shop: " + progress_line(now));
        return !options.has_to_stop();
    };
    auto result = ingest::Importer(std::move(mapping), import).run(options.data_file, sinks);
    TL_TRY(sink.finish());
    progress.clear();
    if (!result && result.error().code == Code::Cancelled) return Status::ok();
    TL_TRY(result);
    tell_size(options.engine, "from " + options.data_file);
    return Status::ok();
}

Status load_world(const DemoOptions& options) {
    DemoWorld world(1, options.clock.now());
    std::map<std::string, model::Source> sources;
    for (const std::string_view key : DemoWorld::kSources) {
        TL_TRY_ASSIGN(sources[std::string(key)],
                      find_or_make_source(options.engine, std::string(key)));
    }
    const auto settings = options.engine.settings();
    ingest::RequestDecoder decoder(settings->namespaces(), options.engine.secret());
    EngineSink sink(options.engine);
    while (const auto batch = world.next(kWorldBatch)) {
        if (options.has_to_stop()) break;
        decoder.read(batch->body);
        ingest::Request request;
        request.source = &sources[batch->source];
        request.received = options.clock.now();
        TL_TRY(sink.add(decoder.decode(request).records));
    }
    TL_TRY(sink.finish());
    tell_size(options.engine, "made from a seed, since there is no " + options.data_file);
    return Status::ok();
}

}  // namespace

Status load_demo(const DemoOptions& options) {
    TL_TRY_ASSIGN(const bool has_shop, store::file_exists(store::posix_files(), options.data_file));
    return has_shop ? load_shop(options) : load_world(options);
}

Status begin_demo(const std::string& directory, bool is_new) {
    if (!is_new) return Status::ok();
    return store::replace_file(store::posix_files(), store::join_path(directory, kMark), "");
}

Result<bool> is_demo_unfinished(const std::string& directory) {
    return store::file_exists(store::posix_files(), store::join_path(directory, kMark));
}

Status end_demo(const std::string& directory) {
    return store::posix_files().remove(store::join_path(directory, kMark));
}

}  // namespace throughline::cli

#include "cli/demo.h"

#include <array>
#include <map>

#include "cli/console.h"
#include "cli/demo_retailer.h"
#include "cli/demo_setup.h"
#include "cli/demo_world.h"
#include "cli/engine_sink.h"
#include "cli/import_note.h"
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

    const Micros started_at = options.clock.now();
    EngineSink sink(options.engine);
    Progress progress(options.clock);
    ingest::ImportSinks sinks;
    sinks.batch = [&](const ingest::RecordBatch& batch) { return sink.add(batch); };
    sinks.progress = [&](const ingest::ImportProgress& now) {
        if (progress.is_due()) progress.show("demo shop: " + progress_line(now));
        return !options.has_to_stop();
    };
    auto result = ingest::Importer(std::move(mapping), import).run(options.data_file, sinks);
    TL_TRY_ASSIGN(const ingest::BatchResult rest, sink.finish());
    progress.clear();
    if (!result && result.error().code == Code::Cancelled) return Status::ok();
    TL_TRY(result);
    result->events += rest.accepted;
    result->duplicates += rest.duplicates;
    TL_TRY(note_import(options.engine, options.directory,
                       {.file = options.data_file,
                        .mapping = std::string(kMapping),
                        .source = source.key,
                        .actor = "command:demo",
                        .started_at = started_at,
                        .finished_at = options.clock.now(),
                        .figures = *result}));
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
    const bool is_wanted = options.data_file != "none";
    tell_size(options.engine, is_wanted ? "made from a seed, since there is no " + options.data_file
                                        : std::string("made from a seed"));
    return Status::ok();
}

}  // namespace

Status load_demo(const DemoOptions& options) {
    TL_TRY(set_up_demo(*api_of(options.engine, options.directory)));
    TL_TRY_ASSIGN(const bool has_shop, store::file_exists(store::posix_files(), options.data_file));
    TL_TRY(has_shop ? load_shop(options) : load_world(options));
    if (options.has_to_stop()) return Status::ok();
    TL_TRY(load_retailer(options.engine, demo_retailer(options.began), options.began,
                         [&] { return !options.has_to_stop(); }));
    tell_size(options.engine, "with ninety days of a simulated retailer");
    print("Demo: three journeys are live; what they send goes into " +
          store::join_path(options.directory, "outbox") + ", and to nobody\n");
    return Status::ok();
}

Status begin_demo(const std::string& directory, bool is_new, Micros now) {
    if (!is_new) return Status::ok();
    return store::replace_file(store::posix_files(), store::join_path(directory, kMark),
                               format_instant(now));
}

Result<std::optional<Micros>> demo_unfinished_since(const std::string& directory) {
    const std::string mark = store::join_path(directory, kMark);
    TL_TRY_ASSIGN(const bool is_there, store::file_exists(store::posix_files(), mark));
    if (!is_there) return std::optional<Micros>();
    TL_TRY_ASSIGN(const std::string text, store::read_file(store::posix_files(), mark));
    const auto began = parse_instant(text);
    if (!began) return Error::corrupt("demo: " + mark + ": need the time when loading began");
    return began;
}

Status end_demo(const std::string& directory) {
    return store::posix_files().remove(store::join_path(directory, kMark));
}

}  // namespace throughline::cli

#include "cli/demo.h"

#include <array>
#include <map>

#include "cli/console.h"
#include "cli/demo_world.h"
#include "cli/engine_sink.h"
#include "cli/import_note.h"
#include "cli/import_progress.h"
#include "engine/people_count.h"
#include "ingest/protocol.h"
#include "simulate/packer.h"

namespace throughline::cli {

namespace {

constexpr std::string_view kMapping = "online-retail";
constexpr std::string_view kSource = "shop";
constexpr std::string_view kMark = "demo-unfinished";
constexpr size_t kWorldBatch = 200;
constexpr size_t kRetailerBatch = 1'000;

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

simulate::WorldOptions retailer_options(Micros began) {
    simulate::WorldOptions options;
    options.people = 4'000;
    options.events = 200'000;
    options.days = 90;
    options.from = (floor_div(began, kDay) - options.days) * kDay;
    return options;
}

// Records go in as they are: JSON would be written only to be read again. They are history, as all
// that is brought in.
Status load_retailer(const DemoOptions& options) {
    std::array<model::SourceId, simulate::kOrigins> sources{};
    for (size_t origin = 0; origin < sources.size(); ++origin) {
        const auto key = origin_key(static_cast<simulate::Origin>(origin));
        TL_TRY_ASSIGN(const model::Source source,
                      find_or_make_source(options.engine, std::string(key)));
        sources[origin] = source.id;
    }
    TL_TRY_ASSIGN(simulate::World world, simulate::World::make(retailer_options(options.began)));
    simulate::EventWriter writer(world);
    simulate::Packer packer(options.engine.secret(), sources);
    EngineSink sink(options.engine);
    ingest::RecordBatch batch;
    while (const simulate::Planned* planned = world.next()) {
        const size_t begin = batch.bytes.size();
        packer.append(batch.bytes, writer.write(*planned));
        model::add_event_flags(batch.bytes, begin, model::kEventHistory | model::kEventImported);
        batch.ends.push_back(static_cast<uint32_t>(batch.bytes.size()));
        if (batch.ends.size() < kRetailerBatch) continue;
        TL_TRY(sink.add(batch));
        batch.bytes.clear();
        batch.ends.clear();
        if (options.has_to_stop()) break;
    }
    if (!batch.ends.empty()) TL_TRY(sink.add(batch));
    TL_TRY(sink.finish());
    tell_size(options.engine, "with ninety days of a simulated retailer");
    return Status::ok();
}

}  // namespace

Status load_demo(const DemoOptions& options) {
    TL_TRY_ASSIGN(const bool has_shop, store::file_exists(store::posix_files(), options.data_file));
    TL_TRY(has_shop ? load_shop(options) : load_world(options));
    return options.has_to_stop() ? Status::ok() : load_retailer(options);
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

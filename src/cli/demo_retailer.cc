#include "cli/demo_retailer.h"

#include <algorithm>

#include "cli/engine_sink.h"
#include "cli/world_records.h"
#include "server/item_upload.h"

namespace throughline::cli {

using ingest::RecordBatch;

namespace {

constexpr std::string_view kActor = "command:demo";

}  // namespace

DemoItems::DemoItems(std::shared_ptr<const engine::Settings> settings, const simulate::World& world,
                     Micros began)
    : settings_(std::move(settings)),
      writer_(world),
      news_from_(began - kDemoNewsHours),
      began_(began) {}

Result<DemoItems::Word> DemoItems::read(const simulate::ItemWord& word) const {
    const catalog::Type* type = settings_->catalog(word.catalog);
    if (type == nullptr) return Error::not_found("demo: there is no such type of items");
    Word found{.catalog = std::string(word.catalog), .update = {}, .due = word.due};
    TL_TRY_ASSIGN(found.update, catalog::read_update(*type, word.doc, catalog::Form::Json));
    return found;
}

void DemoItems::append(Word word, RecordBatch& batch) const {
    word.update.is_history = word.update.updated_at < news_from_;
    batch.bytes += server::item_record(kActor, word.catalog, word.update);
    batch.ends.push_back(static_cast<uint32_t>(batch.bytes.size()));
}

Status DemoItems::tell_standing(RecordBatch& batch) {
    for (size_t place = 0; place < simulate::ItemWriter::kStanding; ++place) {
        TL_TRY_ASSIGN(Word word, read(writer_.standing(place)));
        append(std::move(word), batch);
    }
    return Status::ok();
}

Status DemoItems::tell(const simulate::Planned& planned, RecordBatch& batch) {
    const simulate::ItemWord* const said = writer_.write(planned);
    if (said == nullptr) return Status::ok();
    TL_TRY_ASSIGN(Word word, read(*said));
    const std::string key = word.catalog + "/" + word.update.id;
    Micros& told = told_[key];
    const bool is_overtaken = told > word.update.updated_at;  // It came late: it changes nothing.
    const bool is_promised_for_now = word.due >= news_from_ && word.due < began_;
    if (held_.contains(key) || (is_promised_for_now && !is_overtaken)) {
        held_[key].push_back(std::move(word));
    } else {
        told = std::max(told, word.update.updated_at);
        append(std::move(word), batch);
    }
    return Status::ok();
}

// A promise that was not kept is told as if it had been made when the news begin: only then
// somebody hears that it is missed. One that was kept is not told: it would be late by now.
void DemoItems::tell_rest(RecordBatch& batch) {
    for (auto& [key, words] : held_) {
        Word& promise = words.front();
        const auto is_kept = [&](const Word& word) {
            return &word != &promise && word.update.updated_at <= promise.due;
        };
        if (std::ranges::none_of(words, is_kept)) {
            promise.update.updated_at = std::max(promise.update.updated_at, news_from_);
            append(std::move(promise), batch);
        }
        for (size_t i = 1; i < words.size(); ++i) append(std::move(words[i]), batch);
    }
    held_.clear();
}

simulate::WorldOptions demo_retailer(Micros began) {
    simulate::WorldOptions options;
    options.people = 4'000;
    options.events = 200'000;
    options.days = 90;
    options.from = (floor_div(began, kDay) - options.days) * kDay;
    options.never_ends = true;
    return options;
}

Status load_retailer(engine::Engine& engine, const simulate::WorldOptions& options, Micros began,
                     const std::function<bool()>& goes_on) {
    TL_TRY_ASSIGN(simulate::World world, simulate::World::make(options));
    DemoItems items(engine.settings(), world, began);
    EngineSink sink(engine);
    RecordBatch batch;
    TL_TRY(items.tell_standing(batch));
    TL_TRY(sink.add(batch));
    TL_TRY(sink.finish());
    const auto beside = [&](const simulate::Planned& planned, RecordBatch& records) {
        return items.tell(planned, records);
    };
    TL_TRY(load_records(engine, world,
                        {.flags = model::kEventHistory | model::kEventImported,
                         .flags_until = began - kDemoNewsHours,
                         .until = began,
                         .beside = beside,
                         .progress = [&](uint64_t) { return goes_on(); }}));
    if (!goes_on()) return Status::ok();
    batch.clear();
    items.tell_rest(batch);
    if (batch.size() > 0) TL_TRY(sink.add(batch));
    TL_TRY(sink.finish());
    return Status::ok();
}

}  // namespace throughline::cli

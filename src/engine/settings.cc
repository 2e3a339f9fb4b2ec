#include "engine/settings.h"

#include "model/consequence.h"

namespace throughline::engine {

Result<std::shared_ptr<const Settings>> Settings::from_definitions(ByKey definitions) {
    auto settings = std::make_shared<Settings>();
    settings->definitions_ = std::move(definitions);
    for (const auto& [path, definition] : settings->definitions_)
        TL_TRY(settings->read(definition));
    TL_TRY(settings->read_segments());
    TL_TRY(settings->read_catalogs());
    TL_TRY(settings->read_journeys());
    settings->source_names_[model::kOwnSource] = {std::string(model::kOwnSourceKey), "first", ""};
    for (const auto& [key, source] : settings->sources_) {
        settings->by_id_[source.id] = &source;
        settings->source_names_[source.id] = {source.key, source.party, source.purpose,
                                              source.trust};
        for (const model::WriteKey& write_key : source.write_keys) {
            const bool is_free = settings->by_write_key_.try_emplace(write_key.key, &source).second;
            if (!is_free) {
                return Error::conflict("source: write_keys: already the key of another source");
            }
        }
    }
    return std::shared_ptr<const Settings>(std::move(settings));
}

// Behind all others: identifiers are compared as the settings of their namespace say.
Status Settings::read_segments() {
    constexpr std::string_view kPrefix = "segments/";
    for (auto at = definitions_.lower_bound(kPrefix);
         at != definitions_.end() && at->first.starts_with(kPrefix); ++at) {
        TL_TRY(segments_.add(at->second.key, model::DocView(at->second.value), namespaces_));
    }
    return Status::ok();
}

// Behind all others: owners are named by a namespace.
Status Settings::read_catalogs() {
    constexpr std::string_view kPrefix = "catalogs/";
    for (auto at = definitions_.lower_bound(kPrefix);
         at != definitions_.end() && at->first.starts_with(kPrefix); ++at) {
        const std::string& key = at->second.key;
        TL_TRY_ASSIGN(auto type,
                      catalog::Type::from_doc(key, model::DocView(at->second.value), namespaces_));
        catalogs_.emplace(key, std::move(type));
    }
    return Status::ok();
}

// Behind segments: what versions count is counted with what those do.
Status Settings::read_journeys() {
    const std::string prefix = std::string(kLiveJourneyKind) + "/";
    for (auto at = definitions_.lower_bound(prefix);
         at != definitions_.end() && at->first.starts_with(prefix); ++at) {
        TL_TRY(journeys_.add(at->second.key, model::DocView(at->second.value), namespaces_));
    }
    for (const Counter& counter : journeys_.counters()) segments_.add_counter(counter);
    segments_.index();
    return Status::ok();
}

Status Settings::read(const Definition& definition) {
    const model::DocView value(definition.value);
    if (definition.kind == "sources") {
        TL_TRY_ASSIGN(model::Source source, model::Source::from_doc(definition.key, value));
        sources_.emplace(definition.key, std::move(source));
    } else if (definition.kind == "settings" && definition.key == "identity") {
        TL_TRY_ASSIGN(namespaces_, model::Namespaces::from_settings(value));
    } else if (definition.kind == "settings" && definition.key == "survivorship") {
        TL_TRY_ASSIGN(survivorship_, profile::SurvivorshipRules::from_settings(value));
    } else if (definition.kind == "purposes") {
        TL_TRY_ASSIGN(auto purpose, privacy::Purpose::from_doc(definition.key, value));
        privacy_.purposes.emplace(definition.key, std::move(purpose));
    } else if (definition.kind == "topics") {
        TL_TRY_ASSIGN(auto topic, privacy::Topic::from_doc(definition.key, value));
        privacy_.topics.emplace(definition.key, std::move(topic));
    } else if (definition.kind == "settings" && definition.key == "messaging") {
        TL_TRY_ASSIGN(privacy_.messaging, privacy::Messaging::from_doc(value));
    } else if (definition.kind == "settings" && definition.key == "installation") {
        if (const auto zone = value.find("timezone"); zone.is_string())
            timezone_ = zone.as_string();
    }
    return Status::ok();
}

const catalog::Type* Settings::catalog(std::string_view key) const {
    const auto found = catalogs_.find(key);
    return found == catalogs_.end() ? nullptr : &found->second;
}

const model::Source* Settings::source(model::SourceId id) const {
    static const model::Source kOwn{.id = model::kOwnSource,
                                    .key = std::string(model::kOwnSourceKey)};
    if (id == model::kOwnSource) return &kOwn;
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

const model::Source* Settings::source(std::string_view key) const {
    const auto found = sources_.find(key);
    return found == sources_.end() ? nullptr : &found->second;
}

const model::Source* Settings::source_of_write_key(std::string_view write_key) const {
    const auto found = by_write_key_.find(write_key);
    return found == by_write_key_.end() ? nullptr : found->second;
}

const Definition* Settings::find(std::string_view kind, std::string_view key) const {
    const auto found = definitions_.find(std::string(kind) + "/" + std::string(key));
    return found == definitions_.end() ? nullptr : &found->second;
}

std::string encode_definition(const Definition& definition) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("kind", definition.kind);
    out.field("key", definition.key);
    out.field("version", static_cast<int64_t>(definition.version));
    out.field("updated_at", definition.updated_at);
    out.field("actor", definition.actor);
    out.key("value");
    out.copy(model::DocView(definition.value));
    out.close(mark);
    return doc;
}

Result<Definition> decode_definition(std::string_view bytes) {
    if (!model::is_doc(bytes)) return Error::corrupt("engine: definition: damaged");
    const model::DocView doc(bytes);
    return Definition{
        .kind = std::string(doc.find("kind").as_string()),
        .key = std::string(doc.find("key").as_string()),
        .version = static_cast<uint64_t>(doc.find("version").as_integer().value_or(0)),
        .updated_at = doc.find("updated_at").as_integer().value_or(0),
        .actor = std::string(doc.find("actor").as_string()),
        .value = std::string(doc.find("value").bytes())};
}

}  // namespace throughline::engine

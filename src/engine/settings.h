// The definitions in force, as one immutable object that I/O threads read without locks.
//
// A definition is a JSON document under kind/key (sources, tokens, mappings, segments, settings),
// written by a Definition record and stored in the ordered table `definitions`. The fold makes a
// new Settings whenever one changes and publishes it with the epoch.
//
// Layer 6. Immutable.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/type.h"
#include "engine/live_segments.h"
#include "engine/runs/live_journeys.h"
#include "model/identifier.h"
#include "model/source.h"
#include "privacy/rules.h"
#include "profile/golden_record.h"

namespace throughline::engine {

struct Definition {
    std::string kind;  // sources, tokens, mappings, settings
    std::string key;
    uint64_t version = 0;  // Position of the record that wrote it; the ETag.
    Micros updated_at = 0;
    std::string actor;  // Who wrote it last.
    std::string value;  // Packed object.
};

class Settings {
public:
    using ByKey = std::map<std::string, Definition, std::less<>>;  // "sources/web"

    /// Reads what all definitions mean together.
    /// Errors: of the first that cannot be read, naming it. The fold checks before it writes.
    static Result<std::shared_ptr<const Settings>> from_definitions(ByKey definitions);

    const model::Namespaces& namespaces() const { return namespaces_; }
    const profile::SurvivorshipRules& survivorship() const { return survivorship_; }
    const profile::SourceNames& source_names() const { return source_names_; }
    /// Purposes, topics and the rules for messages.
    const privacy::Rules& privacy() const { return privacy_; }
    /// IANA zone of the installation, UTC by default.
    const std::string& timezone() const { return timezone_; }

    const LiveSegments& segments() const { return segments_; }
    /// A type of items; null when there is none.
    const catalog::Type* catalog(std::string_view key) const;
    const LiveJourneys& journeys() const { return journeys_; }

    const model::Source* source(model::SourceId id) const;
    const model::Source* source(std::string_view key) const;
    const model::Source* source_of_write_key(std::string_view write_key) const;
    const std::map<std::string, model::Source, std::less<>>& sources() const { return sources_; }

    const Definition* find(std::string_view kind, std::string_view key) const;
    const ByKey& all() const { return definitions_; }

private:
    Status read(const Definition& definition);
    Status read_segments();
    Status read_catalogs();
    Status read_journeys();

    ByKey definitions_;
    model::Namespaces namespaces_ = model::Namespaces::built_in();
    profile::SurvivorshipRules survivorship_;
    profile::SourceNames source_names_;
    privacy::Rules privacy_;
    std::string timezone_ = "UTC";
    LiveSegments segments_;
    std::map<std::string, catalog::Type, std::less<>> catalogs_;
    LiveJourneys journeys_;
    std::map<std::string, model::Source, std::less<>> sources_;
    std::map<model::SourceId, const model::Source*> by_id_;
    std::map<std::string, const model::Source*, std::less<>> by_write_key_;
};

/// The stored form of a definition.
std::string encode_definition(const Definition& definition);
Result<Definition> decode_definition(std::string_view doc);

}  // namespace throughline::engine

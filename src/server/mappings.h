// The mappings there are: those that ship, and the installation's own under `mappings/`.
//
// Layer 7. Pure over the settings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/settings.h"
#include "ingest/mapping.h"

namespace throughline::server {

inline constexpr std::string_view kAnyKind = "any";

struct ListedMapping {
    std::string key;
    std::string kind;  // file or webhook: what it is for; or kAnyKind.
    bool is_shipped = false;
    std::string doc;  // The mapping itself, packed.
};

/// Own ones first, then what ships under a name that no own one takes.
std::vector<ListedMapping> list_mappings(const engine::Settings& settings);
void write_mapping(model::DocWriter& out, const ListedMapping& mapping);

/// An own mapping as it is listed.
ListedMapping own_mapping(std::string_view key, std::string_view doc);

/// The mapping of a key, which an installation can run. Errors: InvalidArgument, beginning with
/// `where`: there is none, or it names a namespace that is not configured.
Result<ingest::Mapping> need_mapping(const engine::Settings& settings, std::string_view key,
                                     const std::string& where);

/// Checks that no mapping loses a namespace when `spaces` replace those of the settings: neither an
/// own one nor one that a source's webhook runs. Errors: FailedPrecondition, saying what to do.
Status check_namespaces_unused(const engine::Settings& settings, const model::Namespaces& spaces);

/// The mapping of a key; an own one stands before what ships. Nothing when there is none, or it can
/// not be read any more.
std::optional<ingest::Mapping> find_mapping(const engine::Settings& settings, std::string_view key);

}  // namespace throughline::server

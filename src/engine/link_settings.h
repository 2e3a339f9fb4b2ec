// How links in messages lead to us: settings/links.
//
//   {"base_url":"https://news.shop.example/","clicks":true,"opens":false}
//
// Without a base address that of the installation (`public_url`) stands; without either, messages
// have no links of ours. Clicks are followed unless it says no; opens only if it says yes, since a
// picture that reports on its reader is not what she asked for.
//
// Layer 6. Pure.
#pragma once

#include <optional>
#include <string>

#include "channel/link.h"
#include "engine/settings.h"

namespace throughline::engine {

struct LinkSettings {
    std::string base_url;  // Ends with `/`; empty: there is none.
    bool clicks = true;
    bool opens = false;

    /// Errors: InvalidArgument naming the field.
    static Result<LinkSettings> from_doc(model::DocView value);
    /// Those in force.
    static LinkSettings of(const Settings& settings);

    /// Makes links with them; nothing without a base address.
    std::optional<channel::Links> links(const SecretKey& secret) const;
};

/// What tokens of links are signed with: made of the installation's secret, so that no signature
/// is a hash that it makes for something else.
std::string link_secret(const SecretKey& secret);

}  // namespace throughline::engine

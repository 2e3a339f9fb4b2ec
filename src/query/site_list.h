// What kind of site a visitor came from: a search engine, a social network, a shop, videos, mail.
//
// A site is named by its host (`www.google.co.uk`) or by the word that campaigns use for it
// (`google`, `fb`). Lists hold public facts; a channel rule can name further sites by itself.
//
// Layer 4. Pure.
#pragma once

#include <string_view>

namespace throughline::query {

/// Returns `search`, `social`, `video`, `shopping` or `email`; empty for any other site.
/// Requires: lower case.
std::string_view site_kind(std::string_view source);

/// The part of a host that somebody registers: `shop.example.co.uk` gives `example.co.uk`. Second
/// levels that countries keep for themselves (co, com, org, ...) count as such; a host without
/// dots, or an address of digits, is returned whole.
std::string_view registered_domain(std::string_view host);

/// The host of an absolute http(s) address, without port and leading `www.`; empty for anything
/// else, such as `android-app://...` without a host.
std::string_view host_of(std::string_view address);

/// A click id: what an advertising platform adds to the address of a page to know its own click.
struct ClickId {
    std::string_view parameter;  // gclid
    std::string_view source;     // google
    bool is_paid = true;         // Some platforms mark links of people as well as those of ads.
};

/// The click id of a parameter; null for any other. Requires: lower case.
const ClickId* click_id(std::string_view parameter);

}  // namespace throughline::query

// Bringing identifiers and names to the one form that is compared.
//
// Values are shown as they were sent; keys and comparisons use these forms. Nothing here depends on
// the process's locale: the rules are the same on every machine and for every customer.
//
// Layer 1. Pure. Errors: a value that cannot be what it claims to be gives nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/identifier.h"

namespace throughline::model {

/// Returns the form of an identifier's value that is hashed and compared.
///
/// `region` is the ISO 3166 country whose national phone numbers are meant, e.g. "TR".
/// Example: normalise(Normaliser::Email, " Ana.Pop@Bücher.example ", "") is
/// "ana.pop@xn--bcher-kva.example"; normalise(Normaliser::Phone, "0532 123 45 67", "TR") is
/// "+905321234567".
std::optional<std::string> normalise(Normaliser how, std::string_view value,
                                     std::string_view region);

/// Whether a (normalised) value names nobody: `null`, `0000`, `anonymous`, `test@test.com`...
bool is_generic(NamespaceId space, std::string_view value);

/// The form in which names are matched: no marks, no case; `İ I ı i` are one letter, so are
/// Romanian `ș ş s` and `ț ţ t`. "Işık Öztürk" becomes "isik ozturk".
std::string name_match_form(std::string_view name);

/// The form in which names are shown: NFC, otherwise untouched.
std::string name_display_form(std::string_view name);

}  // namespace throughline::model

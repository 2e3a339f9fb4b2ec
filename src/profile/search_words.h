// Search words: under which a person is found by name, e-mail, phone or any id.
//
// Keys of the ordered table `search`: `w` word `\0` identity (big endian), so that a prefix of a
// word is a range; `m` account key, identity: the members of an account. Words are folded so that
// `Işık` is found by `isik`; a word stays when a value loses, and leaves with erasure.
//
// Layer 3. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace throughline::profile {

/// Words of a trait worth searching (names, e-mail, phone, city, company); none for other traits.
std::vector<std::string> words_of_trait(std::string_view trait, std::string_view text);

/// Words of an identifier's value: the value folded, and the parts of an e-mail address.
std::vector<std::string> words_of_identifier(std::string_view value);

/// Folds what a person types, into words.
std::vector<std::string> words_of_query(std::string_view text);

std::string word_key(std::string_view word, uint32_t identity);
/// The prefix that all keys of words beginning so share.
std::string word_prefix(std::string_view beginning);
std::string member_prefix(const Key128& account);
std::string member_key(const Key128& account, uint32_t identity);

/// The identity at the end of either kind of key; nothing if it is none.
std::optional<uint32_t> identity_of_key(std::string_view key);
/// The word of a word key.
std::string_view word_of_key(std::string_view key);

}  // namespace throughline::profile

#include "profile/search_words.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "model/normalise.h"

namespace throughline::profile {

namespace {

constexpr size_t kWordBytesMax = 64;

constexpr std::array<std::string_view, 11> kSearched = {
    "name",  "firstName", "lastName", "first_name", "last_name", "email",
    "phone", "username",  "company",  "city",       "title"};

bool is_word_byte(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z');
}

void add_word(std::vector<std::string>& words, std::string_view word) {
    if (word.empty()) return;
    // Cut at a character's start, so that a long word stays valid UTF-8.
    size_t size = std::min(word.size(), kWordBytesMax);
    while (size < word.size() && size > 0 &&
           (static_cast<unsigned char>(word[size]) & 0xc0) == 0x80) {
        --size;
    }
    if (std::ranges::find(words, word.substr(0, size)) == words.end()) {
        words.emplace_back(word.substr(0, size));
    }
}

void add_parts(std::vector<std::string>& words, std::string_view folded) {
    size_t start = 0;
    for (size_t i = 0; i <= folded.size(); ++i) {
        if (i < folded.size() && is_word_byte(folded[i])) continue;
        add_word(words, folded.substr(start, i - start));
        start = i + 1;
    }
}

std::string big_endian(uint32_t number) {
    return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
            static_cast<char>(number >> 8), static_cast<char>(number)};
}

}  // namespace

std::vector<std::string> words_of_trait(std::string_view trait, std::string_view text) {
    std::vector<std::string> words;
    if (std::ranges::find(kSearched, trait) == kSearched.end()) return words;
    const std::string folded = model::name_match_form(text);
    add_parts(words, folded);
    if (folded.find('@') != std::string::npos) add_word(words, folded);
    return words;
}

std::vector<std::string> words_of_identifier(std::string_view value) {
    std::vector<std::string> words;
    const std::string folded = model::name_match_form(value);
    add_word(words, folded);
    if (folded.find('@') != std::string::npos) add_parts(words, folded);
    return words;
}

std::vector<std::string> words_of_query(std::string_view text) {
    std::vector<std::string> words;
    const std::string folded = model::name_match_form(text);
    size_t start = 0;
    for (size_t i = 0; i <= folded.size(); ++i) {
        if (i < folded.size() && folded[i] != ' ' && folded[i] != ',') continue;
        add_word(words, std::string_view(folded).substr(start, i - start));
        start = i + 1;
    }
    return words;
}

std::string word_key(std::string_view word, uint32_t identity) {
    std::string key = word_prefix(word);
    key += '\0';
    return key + big_endian(identity);
}

std::string word_prefix(std::string_view beginning) {
    return "w" + std::string(beginning);
}

std::string member_prefix(const Key128& account) {
    std::string key = "m";
    ByteWriter out(key);
    out.fixed(account.high);
    out.fixed(account.low);
    return key;
}

std::string member_key(const Key128& account, uint32_t identity) {
    return member_prefix(account) + big_endian(identity);
}

std::optional<uint32_t> identity_of_key(std::string_view key) {
    if (key.size() < 6) return {};
    uint32_t identity = 0;
    for (const char c : key.substr(key.size() - 4)) {
        identity = identity << 8 | static_cast<unsigned char>(c);
    }
    return identity;
}

std::string_view word_of_key(std::string_view key) {
    return key.size() < 6 ? std::string_view{} : key.substr(1, key.size() - 6);
}

}  // namespace throughline::profile

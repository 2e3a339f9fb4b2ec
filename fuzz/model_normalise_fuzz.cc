// Identifiers and names as anybody may send them: any bytes give nothing or a stable form.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/json_text.h"
#include "model/normalise.h"

using namespace throughline;
using namespace throughline::model;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static constexpr std::string_view kRegions[] = {"",   "TR", "RO", "US", "GB", "DE",
                                                    "FR", "IT", "ES", "NL", "RU", "HU"};
    if (size == 0) return 0;
    const std::string_view region = kRegions[data[0] % std::size(kRegions)];
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    for (const auto how :
         {Normaliser::Text, Normaliser::Email, Normaliser::Phone, Normaliser::CaseFolded}) {
        const auto once = normalise(how, text, region);
        if (!once) continue;
        TL_ASSERT(!once->empty());
        TL_ASSERT(normalise(how, *once, region) == once);
        is_generic(kUserId, *once);
        if (how == Normaliser::Email) is_generic(kEmail, *once);
        if (how == Normaliser::Phone) is_generic(kPhone, *once);
    }
    const std::string match = name_match_form(text);
    TL_ASSERT(is_utf8(match));
    TL_ASSERT(name_match_form(match) == match);
    const std::string shown = name_display_form(text);
    TL_ASSERT(name_display_form(shown) == shown);
    return 0;
}

#include "channel/sender.h"

#include "base/assert.h"

namespace throughline::channel {

std::string_view verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::Delivered:
            return "delivered";
        case Verdict::Refused:
            return "refused";
        case Verdict::Retryable:
            return "retryable";
        case Verdict::Uncertain:
            return "uncertain";
    }
    TL_UNREACHABLE();
}

std::string_view stage_name(Stage stage) {
    switch (stage) {
        case Stage::Queue:
            return "queue";
        case Stage::Compose:
            return "compose";
        case Stage::Connect:
            return "connect";
        case Stage::Address:
            return "address";
        case Stage::Content:
            return "content";
    }
    TL_UNREACHABLE();
}

std::string key_text(Key128 key) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const uint64_t half : {key.high, key.low}) {
        for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[half >> shift & 15];
    }
    return text;
}

}  // namespace throughline::channel

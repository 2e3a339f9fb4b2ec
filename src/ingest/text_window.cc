#include "ingest/text_window.h"

#include "base/json_text.h"

namespace throughline::ingest {

namespace {

constexpr size_t kChunkBytes = 64 * 1024;

bool is_high(uint32_t unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(uint32_t unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

}  // namespace

Result<bool> TextWindow::grow() {
    if (ended_) return false;
    text_.erase(0, at_);
    at_ = 0;
    std::string& into = coding_ == Coding::Utf8 ? text_ : raw_;
    const size_t before = into.size();
    into.resize(before + kChunkBytes);
    TL_TRY_ASSIGN(const size_t count, source_->read(std::span(into).subspan(before)));
    into.resize(before + count);
    ended_ = count == 0;
    if (coding_ == Coding::Unknown && (raw_.size() >= 3 || ended_)) find_coding();
    if (coding_ == Coding::Utf16Little || coding_ == Coding::Utf16Big) append_utf16();
    return !ended_ || !text_.empty();
}

void TextWindow::find_coding() {
    if (raw_.starts_with("\xff\xfe")) {
        coding_ = Coding::Utf16Little;
        raw_.erase(0, 2);
    } else if (raw_.starts_with("\xfe\xff")) {
        coding_ = Coding::Utf16Big;
        raw_.erase(0, 2);
    } else {
        coding_ = Coding::Utf8;
        text_ += std::string_view(raw_).substr(raw_.starts_with("\xef\xbb\xbf") ? 3 : 0);
        raw_.clear();
    }
}

void TextWindow::append_utf16() {
    const size_t high_byte = coding_ == Coding::Utf16Little ? 1 : 0;
    const auto unit_at = [&](size_t at) {
        const auto high = static_cast<unsigned char>(raw_[at + high_byte]);
        const auto low = static_cast<unsigned char>(raw_[at + 1 - high_byte]);
        return static_cast<uint32_t>(high << 8 | low);
    };
    size_t at = 0;
    while (raw_.size() - at >= 2) {
        uint32_t c = unit_at(at);
        size_t size = 2;
        if (is_high(c)) {
            if (raw_.size() - at < 4 && !ended_) break;  // Its other half is still to come.
            if (raw_.size() - at >= 4 && is_low(unit_at(at + 2))) {
                c = 0x10000 + ((c - 0xd800) << 10) + (unit_at(at + 2) - 0xdc00);
                size = 4;
            }
        }
        append_utf8(text_, is_high(c) || is_low(c) ? 0xfffd : c);
        at += size;
    }
    raw_.erase(0, at);
}

}  // namespace throughline::ingest

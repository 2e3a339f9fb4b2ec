#include "query/pattern.h"

#include <re2/re2.h>

namespace throughline::query {

namespace {

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

Result<Pattern> Pattern::make(std::string_view text, const std::string& field) {
    if (text.size() > kPatternBytesMax) {
        return Error::invalid(field + ": longer than " + std::to_string(kPatternBytesMax) +
                              " bytes");
    }
    RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(static_cast<int64_t>(kPatternMemory));
    auto compiled = std::make_shared<const RE2>(piece(text), options);
    if (compiled->error_code() == RE2::ErrorPatternTooLarge) {
        return Error::invalid(field + ": this regular expression takes too much memory, shorten " +
                              "its repetitions");
    }
    if (!compiled->ok()) {
        return Error::invalid(field + ": no regular expression: " + compiled->error());
    }
    return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const {
    return RE2::PartialMatch(piece(text), *compiled_);
}

bool Pattern::operator==(const Pattern& other) const {
    return compiled_->pattern() == other.compiled_->pattern();
}

}  // namespace throughline::query

#include "template/variants.h"

#include "template/characters.h"

namespace throughline::tmpl {

namespace {

constexpr size_t kLocaleBytesMax = 35;  // RFC 5646, 4.4.1

}  // namespace

std::string normal_locale(std::string_view locale) {
    std::string normal;
    if (locale.size() > kLocaleBytesMax) return normal;
    for (char c : locale) {
        if (c == '_') c = '-';
        const bool is_doubled = c == '-' && (normal.empty() || normal.back() == '-');
        if (is_doubled || (c != '-' && !is_alphanumeric(c))) return {};
        normal += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    return normal.ends_with('-') ? std::string() : normal;
}

std::string_view wider_locale(std::string_view normal) {
    const size_t hyphen = normal.rfind('-');
    return normal.substr(0, hyphen == normal.npos ? 0 : hyphen);
}

Result<Variants> Variants::compile(const std::map<std::string, std::string>& texts,
                                   std::string_view default_locale, const CompileOptions& options) {
    Variants variants;
    variants.default_ = normal_locale(default_locale);
    for (const auto& [locale, text] : texts) {
        const std::string normal = normal_locale(locale);
        if (normal.empty()) return Error::invalid("template: locale: not one, such as tr or ro-RO");
        auto compiled = Template::compile(text, options);
        if (!compiled)
            return Error{compiled.error().code, normal + ": " + compiled.error().message};
        if (!variants.templates_.emplace(normal, *std::move(compiled)).second) {
            return Error::invalid("template: locale: " + normal + " occurs twice");
        }
    }
    if (!variants.templates_.contains(variants.default_)) {
        return Error::invalid("template: locale: no text for the default locale");
    }
    return variants;
}

Variants::Choice Variants::choose(std::string_view locale) const {
    const std::string normal = normal_locale(locale);
    std::string_view wanted = normal;
    while (!wanted.empty()) {
        const auto found = templates_.find(wanted);
        if (found != templates_.end()) return {found->second, found->first};
        wanted = wider_locale(wanted);
    }
    const auto found = templates_.find(default_);
    return {found->second, found->first};
}

}  // namespace throughline::tmpl

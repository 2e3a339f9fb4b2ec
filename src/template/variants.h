// One template in several languages.
//
// Somebody whose locale is tr-TR gets the variant tr-TR if there is one, else tr, else that of the
// default locale. Case and `_` for `-` make no difference.
//
// Layer 2. Immutable, safe from any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "template/template.h"

namespace throughline::tmpl {

class Variants {
public:
    /// Compiles the text of each locale.
    ///
    /// Errors: InvalidArgument naming the locale: what Template::compile refuses, a locale that is
    /// none or occurs twice, or no text for the default one.
    static Result<Variants> compile(const std::map<std::string, std::string>& texts,
                                    std::string_view default_locale,
                                    const CompileOptions& options = {});

    struct Choice {
        const Template& text;
        std::string_view locale;  // Of the variant, for RenderInput.
    };
    /// The variant for a person's locale, which may be anything she once sent.
    Choice choose(std::string_view locale) const;

private:
    Variants() = default;

    std::map<std::string, Template, std::less<>> templates_;  // By locale, in normal form.
    std::string default_;
};

/// `TR_tr` as `tr-tr`; empty for what is no locale (letters and digits between single hyphens).
std::string normal_locale(std::string_view locale);

/// `tr` for `tr-tr`, empty for `tr`: where to look next.
std::string_view wider_locale(std::string_view normal);

}  // namespace throughline::tmpl

// What a message says, for one channel, in one language or several: parts that are templates.
//
//   email    subject, and html or text or both     webhook  body (JSON)     sms  text
//
// docs/templates.md has the whole form. Every locale has the parts that the default one has, so
// that nobody gets a subject in one language and a text in another. Reading a definition tells all
// problems at once: of each part of each locale the first one, with its line and column.
//
// Layer 4. A MessageTemplate is Immutable and safe from any thread. Cost: of rendering, template.h.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/doc.h"
#include "template/template.h"

namespace throughline::channel {

inline constexpr size_t kTemplatePartsBytesMax = 2 << 20;  // Of all parts in all locales.
inline constexpr size_t kTemplateLocalesMax = 50;
inline constexpr size_t kTemplateRequiredMax = 50;

enum class TemplateChannel : uint8_t { Email, Webhook, Sms };

std::string_view channel_name(TemplateChannel channel);

/// What is wrong with a definition, and where: `locales.ro.html`, line 3, column 8.
struct TemplateProblem {
    std::string path;
    std::string message;
    uint32_t line = 0;  // 0: not in a text.
    uint32_t column = 0;

    bool operator==(const TemplateProblem&) const = default;
};

/// A value that a part asked for and that is not there.
struct PartMissing {
    std::string part;
    tmpl::MissingValue value;
};

/// The parts of a message for one person; those that its channel does not have are empty.
struct MessageParts {
    std::string locale;  // That was chosen, in normal form.
    std::string subject;
    std::string html;
    std::string text;
    std::string body;
    std::vector<PartMissing> missing;
    uint64_t steps = 0;
};

struct CheckedTemplate;

class MessageTemplate {
public:
    /// Errors: none as such; problems are in what is returned.
    static CheckedTemplate check(model::DocView definition);

    TemplateChannel channel() const { return channel_; }
    const std::string& from() const { return from_; }  // Empty: the sender's.
    const std::string& from_name() const { return from_name_; }
    const std::string& reply_to() const { return reply_to_; }

    /// Whether a part of some locale, or a required value, is read from a variable.
    bool reads(std::string_view variable) const { return reads_.contains(variable); }
    /// The first required value that is nil, or an empty text, list or object; empty if none is.
    std::string first_missing(std::span<const tmpl::Variable> variables) const;

    /// The locale for what a person once sent.
    std::string_view choose_locale(std::string_view wanted) const;
    /// Renders the parts of a locale. `input.locale` is passed over for it.
    /// Requires: of choose_locale(). Errors: of the render, beginning with the part.
    Result<MessageParts> render(std::string_view locale, const tmpl::RenderInput& input,
                                tmpl::Arena& arena) const;

private:
    friend class TemplateReader;
    using Parts = std::map<std::string, tmpl::Template, std::less<>>;  // By name.

    TemplateChannel channel_ = TemplateChannel::Email;
    std::string from_, from_name_, reply_to_;
    std::string default_locale_;
    std::map<std::string, Parts, std::less<>> locales_;  // By locale in normal form.
    std::vector<std::string> required_;                  // Paths.
    std::set<std::string, std::less<>> reads_;           // Names of variables.
};

struct CheckedTemplate {
    std::shared_ptr<const MessageTemplate> message;  // Shared by renders; null: there are problems.
    std::vector<TemplateProblem> problems;
};

}  // namespace throughline::channel

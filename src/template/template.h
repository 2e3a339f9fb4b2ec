// Templates: Liquid, compiled once and rendered for one person after the other.
//
// A template is text with `{{ values }}` and `{% tags %}`. Its tags, filters and their results are
// those of liquidjs, which tests hold it to; README.md lists where we differ, and why. Rendering
// reads packed documents in place, is bounded in steps, bytes and depth, and tells which values
// were missing, so that the caller can refuse to send.
//
// Layer 2. A Template is Immutable and safe from any thread. Cost: a mail with a cart of five items
// takes about 20 us.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/doc.h"
#include "template/work.h"

namespace throughline::tmpl {

/// Where in a template, from 1. Columns count characters.
struct Place {
    uint32_t line = 1;
    uint32_t column = 1;
};

/// What is done to a value before it is written. `| raw` leaves it as it is.
enum class Escape : uint8_t {
    None,  // SMS, push, subjects: plain text.
    Html,  // E-mail: & < > " ' become entities.
    Url,   // Addresses: percent-encoded.
    Json,  // Webhooks: a JSON value, texts in quotes; what is missing is null.
};

/// The name of an escape as definitions spell it; nothing for any other word.
std::optional<Escape> escape_named(std::string_view name);

/// Gives the text of a partial by its name, or nothing.
using Partials = std::function<std::optional<std::string>(std::string_view name)>;

struct CompileOptions {
    Escape escape = Escape::None;
    Partials partials;  // Without it, `include` and `render` are refused.
};

inline constexpr size_t kTemplateBytesMax = 1 << 20;
inline constexpr int kTemplateDepthMax = 100;

/// A variable that a template sees. Names are looked up in order, the first counts.
struct Variable {
    std::string_view name;
    model::DocView value;
};

struct RenderInput {
    std::span<const Variable> variables;
    Micros now = 0;           // What `"now" | date` says.
    std::string_view zone;    // IANA name in which dates are shown; empty: UTC.
    std::string_view locale;  // tr, ro-RO: names of months, upper case; empty: English.
    Limits limits;
};

/// A value that was asked for and is not there.
struct MissingValue {
    std::string path;  // As the template says it: `user.first_name`.
    Place place;
};

struct RenderReport {
    std::vector<MissingValue> missing;  // Each place once, in the order met.
    uint64_t steps = 0;
};

struct Program;

class Template {
public:
    /// Reads a template.
    ///
    /// Errors: InvalidArgument with line, column and what to do.
    static Result<Template> compile(std::string_view text, const CompileOptions& options = {});

    Template(Template&&) noexcept;
    Template& operator=(Template&&) noexcept;
    ~Template();

    /// Appends the template, filled in, to `out`; `arena` is memory to reuse from render to render.
    ///
    /// Errors: ResourceExhausted for a limit, InvalidArgument for what a filter cannot take; `out`
    /// is then as it was.
    Result<RenderReport> render(const RenderInput& input, Arena& arena, std::string& out) const;

    /// The names that a template reads and does not set itself, in the order met: what the caller
    /// may have to look up.
    std::vector<std::string_view> variables() const;

private:
    explicit Template(std::unique_ptr<const Program> program);
    std::unique_ptr<const Program> program_;
};

}  // namespace throughline::tmpl

#include "template/template.h"

#include "template/parser.h"
#include "template/reader.h"
#include "template/renderer.h"
#include "template/syntax.h"

namespace throughline::tmpl {

std::optional<Escape> escape_named(std::string_view name) {
    if (name == "none") return Escape::None;
    if (name == "html") return Escape::Html;
    if (name == "url") return Escape::Url;
    if (name == "json") return Escape::Json;
    return {};
}

Template::Template(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Result<Template> Template::compile(std::string_view text, const CompileOptions& options) {
    auto program = std::make_unique<Program>();
    TL_TRY(parse_template(text, options, *program));
    return Template(std::move(program));
}

std::vector<std::string_view> Template::variables() const {
    std::vector<std::string_view> names;
    for (size_t i = 0; i < program_->symbols.size(); ++i) {
        if (program_->roles[i] == static_cast<uint8_t>(Role::Read)) {
            names.push_back(program_->symbols[i]);
        }
    }
    return names;
}

Result<RenderReport> Template::render(const RenderInput& input, Arena& arena,
                                      std::string& out) const {
    arena.reset();
    return Renderer(*program_, input, arena, out).run();
}

}  // namespace throughline::tmpl

// Templates from outside, rendered with data of every kind.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/json_text.h"
#include "model/json.h"
#include "template/template.h"

using namespace throughline;
using namespace throughline::tmpl;

namespace {

constexpr Limits kLimits{.steps = 20'000, .output_bytes = 64 << 10, .memory_bytes = 256 << 10};

const std::string& data() {
    static const std::string doc = *model::doc_from_json(
        R"({"s":"Hello <b>ü</b>\n","n":3,"f":-2.75,"t":true,"e":"","z":null,"l":[3,"b",null,[1,[2]],{"a":1}],)"
        R"("items":[{"a":"x","p":10},{"a":"Y","p":2.5}],"o":{"a":{"b":"c"}},"d":"2024-03-10T02:30:05Z"})");
    return doc;
}

struct Outcome {
    std::string text;
    std::string error;
    size_t missing = 0;
};

Outcome render(const Template& compiled, Arena& arena) {
    std::vector<Variable> variables;
    for (const model::DocField& field : model::DocView(data()).fields()) {
        variables.push_back({field.key, field.value});
    }
    const RenderInput input{
        .variables = variables, .now = kDay, .zone = "Europe/Istanbul", .limits = kLimits};
    Outcome outcome;
    const auto report = compiled.render(input, arena, outcome.text);
    if (report) {
        TL_ASSERT(outcome.text.size() <= kLimits.output_bytes);
        TL_ASSERT(is_utf8(outcome.text));
        outcome.missing = report->missing.size();
    } else {
        TL_ASSERT(outcome.text.empty());
        outcome.error = report.error().message;
        TL_ASSERT(outcome.error.starts_with("template: line "));
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    CompileOptions options;
    // A partial is the template without its first half.
    options.partials = [&](std::string_view) { return std::string(text.substr(size / 2)); };
    Arena arena;
    for (const Escape escape : {Escape::None, Escape::Html, Escape::Url, Escape::Json}) {
        options.escape = escape;
        const auto compiled = Template::compile(text, options);
        if (!compiled) {
            TL_ASSERT(!compiled.error().message.empty());
            continue;
        }
        const Outcome first = render(*compiled, arena);
        const Outcome second = render(*compiled, arena);
        TL_ASSERT(first.text == second.text && first.error == second.error);
        TL_ASSERT(first.missing == second.missing);
    }
    return 0;
}

// For tests: renders a template with JSON for its variables.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/json.h"
#include "template/template.h"

namespace throughline::tmpl {

struct Rendered {
    std::string text;  // Or the error.
    std::vector<std::string> missing;
    uint64_t steps = 0;
};

struct RenderOptions {
    CompileOptions compile;
    std::string_view zone;
    std::string_view locale;
    Limits limits;
};

inline Rendered rendered(std::string_view text, std::string_view json = "{}",
                         const RenderOptions& options = {}) {
    const auto compiled = Template::compile(text, options.compile);
    if (!compiled) return {compiled.error().message, {}, 0};
    const auto doc = model::doc_from_json(json);
    EXPECT_TRUE(doc.is_ok()) << json;
    std::vector<Variable> variables;
    for (const model::DocField& field : model::DocView(*doc).fields()) {
        variables.push_back({field.key, field.value});
    }
    const RenderInput input{.variables = variables,
                            .now = 1'769'850'900'000'000,  // 2026-01-31T09:15:00Z
                            .zone = options.zone,
                            .locale = options.locale,
                            .limits = options.limits};
    Arena arena;
    std::string out = "kept ";
    const auto report = compiled->render(input, arena, out);
    if (!report) {
        EXPECT_EQ(out, "kept ");
        return {report.error().message, {}, 0};
    }
    Rendered result{out.substr(5), {}, report->steps};
    for (const MissingValue& missing : report->missing) {
        result.missing.push_back(missing.path + "@" + std::to_string(missing.place.line) + ":" +
                                 std::to_string(missing.place.column));
    }
    return result;
}

inline std::string text_of(std::string_view text, std::string_view json = "{}",
                           const RenderOptions& options = {}) {
    return rendered(text, json, options).text;
}

}  // namespace throughline::tmpl

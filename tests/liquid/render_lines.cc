// Renders templates that come as JSON lines:
//
//   {"template": "Hi {{ name }}", "data": {"name": "Ann"}, "now": "2026-01-31T09:15:00Z",
//    "zone": "Europe/Istanbul", "locale": "tr", "escape": "html", "partials": {"part": "…"}}
//
// and answers each with {"output": …, "missing": [paths]} or {"error": …}.

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "base/json_text.h"
#include "model/json.h"
#include "template/template.h"

using namespace throughline;

namespace {

struct Answer {
    std::string output;
    tmpl::RenderReport report;
};

Result<Answer> answer(model::DocView line, tmpl::Arena& arena) {
    tmpl::CompileOptions options;
    options.escape =
        tmpl::escape_named(line.find("escape").as_string()).value_or(tmpl::Escape::None);
    const model::DocView partials = line.find("partials");
    options.partials = [&](std::string_view name) -> std::optional<std::string> {
        const model::DocView partial = partials.find(name);
        if (partial.is_missing()) return {};
        return std::string(partial.as_string());
    };
    TL_TRY_ASSIGN(const tmpl::Template compiled,
                  tmpl::Template::compile(line.find("template").as_string(), options));

    std::vector<tmpl::Variable> variables;
    for (const model::DocField& field : line.find("data").fields()) {
        variables.push_back({field.key, field.value});
    }
    const tmpl::RenderInput input{.variables = variables,
                                  .now = parse_instant(line.find("now").as_string()).value_or(0),
                                  .zone = line.find("zone").as_string(),
                                  .locale = line.find("locale").as_string()};
    Answer made;
    TL_TRY_ASSIGN(made.report, compiled.render(input, arena, made.output));
    return made;
}

std::string as_json(const Result<Answer>& result) {
    std::string out = "{";
    if (!result) {
        out += "\"error\":";
        append_json_string(out, result.error().message);
        return out + "}";
    }
    out += "\"output\":";
    append_json_string(out, result->output);
    out += ",\"missing\":[";
    for (const tmpl::MissingValue& missing : result->report.missing) {
        if (!out.ends_with('[')) out += ',';
        append_json_string(out, missing.path);
    }
    return out + "]}";
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    model::DocRoom room;
    tmpl::Arena arena;
    for (std::string line; std::getline(std::cin, line);) {
        const auto read = room.read(line);
        const std::string written = read ? as_json(answer(*read, arena)) : as_json(read.error());
        std::printf("%s\n", written.c_str());
    }
    return 0;
}

#include "server/question_routes.h"

#include <algorithm>
#include <vector>

#include "server/kept_definitions.h"
#include "server/question_check.h"
#include "server/write_fields.h"

namespace throughline::server {

using model::DocView;
using model::DocWriter;

namespace {

constexpr size_t kQuestionsMax = 5000;
constexpr size_t kQuestionBytesMax = 64 << 10;
constexpr std::string_view kCharts[] = {"chart", "table", "number"};

// The dashboards that show a question.
std::vector<const engine::Definition*> dashboards_with(std::string_view key,
                                                       const engine::Settings& settings) {
    std::vector<const engine::Definition*> found;
    for (const auto& [path, definition] : settings.all()) {
        if (definition.kind != "dashboards") continue;
        for (const DocView tile : DocView(definition.value).find("tiles").items()) {
            if (tile.find("question").as_string() == key) found.push_back(&definition);
        }
    }
    return found;
}

Status read_question(const App& app, DocView body, const engine::Settings& settings,
                     DocWriter& out) {
    const DocView question = body.find("question");
    if (question.bytes().size() > kQuestionBytesMax) {
        return Error::invalid("question: question: at most 64 KiB");
    }
    TL_TRY(check_question(question, {settings, app.clock.now()}, "question: question"));
    const DocView chart = body.find("chart");
    const bool is_said = !chart.is_missing() && !chart.is_null();
    if (is_said && std::ranges::find(kCharts, chart.as_string()) == std::end(kCharts)) {
        return Error::invalid("question: chart: need one of chart table number, or null");
    }
    out.key("question");
    out.copy(question);
    out.field("chart", chart.as_string());
    return Status::ok();
}

void write_question(const engine::Definition& definition, const engine::Settings& settings,
                    DocWriter& out) {
    const DocView value(definition.value);
    out.key("question");
    out.copy(value.find("question"));
    write_text(out, "chart", value.find("chart").as_string());
    out.key("dashboards");
    const size_t list = out.open_array();
    for (const engine::Definition* dashboard : dashboards_with(definition.key, settings)) {
        out.string(dashboard->key);
    }
    out.close(list);
}

Status may_go(std::string_view key, const engine::Settings& settings) {
    std::string names;
    for (const engine::Definition* dashboard : dashboards_with(key, settings)) {
        names += (names.empty() ? "" : ", ") +
                 std::string(DocView(dashboard->value).find("name").as_string()) + " (" +
                 dashboard->key + ")";
    }
    if (names.empty()) return Status::ok();
    return Error::precondition("question: key: shown on " + names +
                               ": take it off each dashboard first");
}

}  // namespace

void add_question_routes(Router& router, App& app) {
    add_kept_routes(
        router, app,
        {.kind = "questions",
         .area = "question",
         .most = kQuestionsMax,
         .read = [&app](DocView body, const engine::Settings& settings,
                        DocWriter& out) { return read_question(app, body, settings, out); },
         .write = write_question,
         .may_go = may_go});
}

}  // namespace throughline::server

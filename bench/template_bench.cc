// What a mail with a cart of five items costs: compiled, and rendered from a packed document. With
// a file, the result is written there, so that another engine can be held to the same bytes.
//
//   build/bench/bench/template_bench [TEMPLATE DATA.json [OUT.html]]      from the project's root
//   node bench/template.mjs               the same with liquidjs on Node, in one run

#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/assert.h"
#include "model/json.h"
#include "template/template.h"

using namespace throughline;
using namespace throughline::tmpl;

namespace {

constexpr double kSeconds = 2;
constexpr int kRound = 100;

// Of this thread alone, so that a busy machine counts less.
double cpu_s() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// How often a second something can be done.
double rate(const auto& act) {
    for (int i = 0; i < kRound; ++i) act();
    const double began = cpu_s();
    double spent = 0;
    double count = 0;
    while (spent < kSeconds) {
        for (int i = 0; i < kRound; ++i) act();
        count += kRound;
        spent = cpu_s() - began;
    }
    return count / spent;
}

std::string content(const char* path) {
    std::ifstream file(path, std::ios::binary);
    TL_ASSERT(file.good());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string rendered(const Template& compiled, model::DocView data, Arena& arena) {
    std::vector<Variable> variables;
    for (const model::DocField& field : data.fields()) {
        variables.push_back({field.key, field.value});
    }
    std::string out;
    TL_ASSERT(compiled.render({.variables = variables}, arena, out).is_ok());
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    const bool has_files = argc > 2;
    const std::string text = content(has_files ? argv[1] : "bench/template/cart.liquid");
    const std::string json = content(has_files ? argv[2] : "bench/template/cart.json");
    const CompileOptions options{.escape = Escape::Html};
    const auto compiled = Template::compile(text, options);
    TL_ASSERT(compiled.is_ok());
    const auto doc = model::doc_from_json(json);
    TL_ASSERT(doc.is_ok());
    Arena arena;
    const std::string out = rendered(*compiled, model::DocView(*doc), arena);
    if (argc > 3) std::ofstream(argv[3], std::ios::binary) << out;

    std::printf("bytes %zu\n", out.size());
    std::printf("compile_per_s %.0f\n",
                rate([&] { TL_ASSERT(Template::compile(text, options).is_ok()); }));
    std::printf("render_per_s %.0f\n",
                rate([&] { rendered(*compiled, model::DocView(*doc), arena); }));
    model::DocRoom room;
    std::printf("render_with_json_per_s %.0f\n",
                rate([&] { rendered(*compiled, *room.read(json), arena); }));
    return 0;
}

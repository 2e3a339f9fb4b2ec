#include <algorithm>
#include <array>
#include <map>
#include <regex>

#include "tidy/checks.h"

namespace throughline::tidy {

namespace {

enum class Where : char {
    Everywhere,   // All C++ of ours.
    Headers,      // Headers in src.
    PastBase,     // src except base, tests apart.
    ProductCode,  // src except base and cli, tests apart.
};

bool applies(Where where, const SourceFile& file) {
    switch (where) {
        case Where::Everywhere:
            return true;
        case Where::Headers:
            return file.is_header();
        case Where::PastBase:
            return file.is_under("src/") && !file.is_test() && file.module() != "base";
        case Where::ProductCode:
            return applies(Where::PastBase, file) && file.module() != "cli";
    }
    return false;
}

struct Ban {
    std::regex words;
    Where where;
    std::string_view instead;
};

// The words are split so that tidy does not find itself.
const std::array kBans{
    Ban{std::regex(R"(\b(f|v|vf)?printf\s*\(|\bstd::(cerr|cout)\b|\bputs\s*\()"),
        Where::ProductCode, "log through base/log.h, or leave printing to cli"},
    Ban{std::regex(R"(\bsystem_clock::now\b|\btime\((nullptr|NULL|0)\)|\bgettimeofday\b)"),
        Where::PastBase, "take a Clock (base/time.h)"},
    Ban{std::regex(R"(\bs?rand\s*\(|\brandom_device\b)"), Where::PastBase,
        "take a SeededRandom, or random_bytes (base/random.h)"},
    Ban{std::regex(R"(\busing\s+namespace\b)"), Where::Headers, "name what is used"},
};

void check_bans(const SourceFile& file, Findings& found) {
    for (size_t i = 0; i < file.cpp.code.size(); ++i) {
        for (const auto& ban : kBans) {
            std::smatch match;
            if (!applies(ban.where, file)) continue;
            if (!std::regex_search(file.cpp.code[i], match, ban.words)) continue;
            found.push_back({"banned", file.path, i + 1,
                             match.str() + " is banned here: " + std::string(ban.instead)});
        }
    }
}

void check_unfinished(const SourceFile& file, Findings& found) {
    static const std::regex kWhole(R"(\b(TO)(DO)\b|\b(FIX)(ME)\b)");
    for (size_t i = 0; i < file.lines.size(); ++i) {
        std::smatch match;
        if (!std::regex_search(file.lines[i], match, kWhole)) continue;
        if (match.suffix().str().starts_with("(#")) continue;
        found.push_back({"banned", file.path, i + 1,
                         match.str() + " without an issue number, as in " + match.str() + "(#12)"});
    }
}

void check_type_names(const SourceFile& file, Findings& found) {
    static const std::regex kType(R"(\b(?:class|struct|enum(?: class)?)\s+(?:\[\[\w+\]\]\s*)?)"
                                  R"((\w*(?:Manager|Helper|Processor|Data|Info)|)"
                                  R"(\w+(?:V\d+|New|Old|Legacy))\b)");
    for (size_t i = 0; i < file.cpp.code.size(); ++i) {
        std::smatch match;
        if (!std::regex_search(file.cpp.code[i], match, kType)) continue;
        found.push_back({"type-name", file.path, i + 1,
                         match[1].str() + ": name what it is, not that it is one"});
    }
}

// Participles that do not end in -ed.
bool is_past_tense(std::string_view word) {
    constexpr std::array<std::string_view, 24> kIrregular{
        "begun", "broken", "built", "cut",  "done",  "found", "gone",      "held",
        "hit",   "kept",   "left",  "lost", "met",   "read",  "rewritten", "run",
        "seen",  "sent",   "set",   "shut", "stuck", "taken", "torn",      "written"};
    return word.ends_with("ed") || std::ranges::count(kIrregular, word) > 0;
}

void check_log_name(const SourceFile& file, const std::string& name, size_t line, Findings& found) {
    const size_t dot = name.find('.');
    const std::string last = name.substr(name.find_last_of("._") + 1);
    if (dot == name.npos || name.substr(0, dot) != file.module() || !is_past_tense(last)) {
        found.push_back(
            {"log-name", file.path, line,
             name + " is not of the form " + std::string(file.module()) + ".something_happened"});
    }
}

Findings check_log_names(const SourceTree& tree) {
    static const std::regex kCall(R"rx(\blog_(?:debug|info|warn|error)\(\s*"([^"]*)")rx");
    Findings found;
    std::map<std::string, std::string> first_use;
    for (const auto& file : tree.files()) {
        if (!file.is_cpp() || !file.is_under("src/") || file.is_test()) continue;
        std::string text;
        for (const auto& line : file.cpp.with_strings) text += line + "\n";
        for (std::sregex_iterator at(text.begin(), text.end(), kCall), end; at != end; ++at) {
            const auto begin = text.begin();
            const auto line =
                static_cast<size_t>(std::count(begin, begin + at->position(), '\n')) + 1;
            const std::string name = (*at)[1];
            const std::string here = file.path + ":" + std::to_string(line);
            check_log_name(file, name, line, found);
            const auto [use, is_first] = first_use.emplace(name, here);
            if (is_first) continue;
            found.push_back({"log-name", file.path, line, name + " is also at " + use->second});
        }
    }
    return found;
}

void check_web(const SourceFile& file, Findings& found) {
    static const std::regex kImport(R"((?:from|import)\s*\(?['"]([^'"]*)['"])");
    static const std::regex kView("(^|/)(scenes|ui)(/|$)");
    if (file.path.ends_with("/index.ts") || file.path.ends_with("/index.tsx")) {
        found.push_back({"banned", file.path, 0, "a file is named for its export, not index"});
    }
    if (!file.is_under("web/src/data/")) return;
    for (size_t i = 0; i < file.lines.size(); ++i) {
        std::smatch match;
        if (!std::regex_search(file.lines[i], match, kImport)) continue;
        const std::string imported = match[1];
        if (!std::regex_search(imported, kView)) continue;
        found.push_back({"banned", file.path, i + 1, "data never imports view: " + imported});
    }
}

}  // namespace

Findings check_code(const SourceTree& tree) {
    Findings found = check_log_names(tree);
    for (const auto& file : tree.files()) {
        if (file.is_under("web/src/")) check_web(file, found);
        if (!file.is_cpp()) continue;
        check_bans(file, found);
        check_unfinished(file, found);
        check_type_names(file, found);
    }
    return found;
}

Findings run_all_checks(const SourceTree& tree) {
    Findings all;
    for (const auto check : {check_layers, check_libraries, check_sizes, check_code, check_text,
                             check_docs, check_duplicates}) {
        std::ranges::move(check(tree), std::back_inserter(all));
    }
    return all;
}

}  // namespace throughline::tidy

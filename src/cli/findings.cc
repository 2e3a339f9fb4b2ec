#include "cli/findings.h"

#include <algorithm>

#include "engine/inspect.h"
#include "model/doc.h"

namespace throughline::cli {

void Findings::add(std::string_view level, std::string_view area, std::string_view what,
                   std::string_view remedy) {
    all_.push_back({std::string(level), std::string(area), std::string(what), std::string(remedy)});
}

size_t Findings::problems() const {
    return static_cast<size_t>(std::ranges::count(all_, "problem", &Finding::level));
}

std::string Findings::text() const {
    std::string text;
    for (const Finding& finding : all_) {
        text += finding.level + "  " + finding.area + ": " + finding.what + "\n";
        if (!finding.remedy.empty()) text += "    do: " + finding.remedy + "\n";
    }
    const size_t count = problems();
    return text + (count == 0 ? "No problems found.\n"
                              : std::to_string(count) + (count == 1 ? " problem" : " problems") +
                                    " found.\n");
}

std::string Findings::doc() const {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("problems", static_cast<int64_t>(problems()));
    out.key("findings");
    const size_t list = out.open_array();
    for (const Finding& finding : all_) {
        const size_t one = out.open_object();
        out.field("level", finding.level);
        out.field("area", finding.area);
        out.field("what", finding.what);
        out.field("remedy", finding.remedy);
        out.close(one);
    }
    out.close(list);
    out.close(mark);
    return doc;
}

Status check_files(const std::string& directory, Findings& findings) {
    TL_TRY_ASSIGN(const auto noted, engine::verify_directory(store::posix_files(), directory));
    bool is_whole = true;
    for (const engine::Finding& found : noted) {
        const std::string what = found.file + ": " + found.what;
        found.is_damage ? findings.problem("contents", what, found.advice)
                        : findings.advice("contents", what, found.advice);
        is_whole = is_whole && !found.is_damage;
    }
    if (is_whole) findings.fine("contents", "every byte is as it was written");
    return Status::ok();
}

}  // namespace throughline::cli

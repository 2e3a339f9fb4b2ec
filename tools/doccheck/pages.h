// Commands in Markdown pages, and whether what they printed is what the page shows.
//
// A fenced block with the info string `sh run` is run; a block `text output` right after it is what
// it must print. In that text `…` stands for anything within a line, and a line of `…` alone for
// any number of lines.
//
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline::doccheck {

struct Example {
    size_t line = 0;  // Of the opening fence, from 1.
    std::string script;
    std::optional<std::string> output;
};

std::vector<Example> examples_of(std::string_view page);

bool output_matches(std::string_view expected, std::string_view actual);

}  // namespace throughline::doccheck

// The program: which commands there are, and what each takes.
//
// Layer 8.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command_line.h"

namespace throughline::cli {

std::span<const Command> commands();

/// Runs what the words say, without the program's own name.
Exit run_program(const std::vector<std::string>& words);

}  // namespace throughline::cli

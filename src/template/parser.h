// Makes the tree of a template from its pieces: what is inside what, and what each tag takes.
//
// Layer 2. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "template/syntax.h"

namespace throughline::tmpl {

/// Parses a template into `program`, whose escape is set already.
///
/// Errors: InvalidArgument with line, column and what to do.
Status parse_template(std::string_view text, const CompileOptions& options, Program& program);

}  // namespace throughline::tmpl

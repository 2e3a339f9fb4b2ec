// Cuts a template into text, outputs and tags, and takes the blanks that `-` asks for.
//
// Layer 2. Pure. Cost: one pass.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "template/template.h"

namespace throughline::tmpl {

enum class PieceKind : uint8_t { Text, Output, Tag };

struct Piece {
    PieceKind kind = PieceKind::Text;
    std::string_view text;     // Of a text, trimmed; of a tag or output, with its delimiters.
    std::string_view content;  // What an output or a tag says: after the name of the tag.
    std::string_view name;     // Of a tag.
    Place place;               // Set by the parser, front to back.
};

/// Errors: InvalidArgument with the place, for what is not closed and for tags without a name.
Result<std::vector<Piece>> cut_template(std::string_view source);

/// The lines of a `liquid` tag, each a tag.
Result<std::vector<Piece>> cut_liquid_tag(std::string_view source, std::string_view content);

/// `template: line 3, column 5: …` for a place in the source.
Error template_error(std::string_view source, const char* at, std::string message);

/// Lines and columns of a source. Asked from front to back, as a parser does, all together cost one
/// pass.
class PlaceFinder {
public:
    explicit PlaceFinder(std::string_view source) : source_(source), at_(source.data()) {}
    std::string_view source() const { return source_; }
    /// Requires: `at` points into the source.
    Place place(const char* at);

private:
    std::string_view source_;
    const char* at_;
    Place place_;
};

}  // namespace throughline::tmpl

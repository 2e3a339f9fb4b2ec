// Files that the build puts into the binary; the table is written by cmake/tl_embed.cmake.
//
// Layer 7. Immutable.
#pragma once

#include <span>
#include <string_view>

namespace throughline::server {

struct EmbeddedFile {
    std::string_view path;  // Below web/dist; the table is sorted by it.
    std::string_view bytes;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace throughline::server

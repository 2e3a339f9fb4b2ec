// The management API as commands use it: of a running server, or of a data directory that this
// process opens itself. The routes are the same, so the answers are.
//
// Layer 8. Used by one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cli/command_line.h"
#include "server/export.h"

namespace throughline::cli {

class Api {
public:
    virtual ~Api() = default;
    /// Returns the body of a successful answer. Errors: what the API says, with its code.
    virtual Result<std::string> call(std::string_view method, const std::string& target,
                                     std::string_view body) = 0;
    /// Hands over everything about a person, piece by piece.
    virtual Status export_person(const std::string& ref, const server::ExportSink& sink) = 0;

    Result<std::string> get(const std::string& target) { return call("GET", target, {}); }
    Result<std::string> post(const std::string& target, std::string_view body) {
        return call("POST", target, body);
    }
};

/// The options that say whom to ask; every command that uses open_api() has them.
inline constexpr Option kDataOption{"data", "DIR", "./throughline-data",
                                    "Data directory, while no server has it open"};
inline constexpr Option kServerOption{"server", "URL", "",
                                      "A running server, instead of a data directory"};
inline constexpr Option kTokenOption{"token", "T", "",
                                     "API token for --server; or the variable THROUGHLINE_TOKEN"};

bool is_remote(const Arguments& arguments);

/// Errors: usage errors; those of opening the directory.
Result<std::unique_ptr<Api>> open_api(const Arguments& arguments);
/// Of a data directory that is there. Errors: those of opening it.
Result<std::unique_ptr<Api>> open_local_api(const std::string& directory);

/// Of an engine that is open. Requires: it stays.
std::unique_ptr<Api> api_of(engine::Engine& engine, const std::string& directory);

/// `text` percent-encoded, as one segment of a path.
std::string path_segment(std::string_view text);

}  // namespace throughline::cli

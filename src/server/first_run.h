// The first start on an empty directory: a source to send to and a token to sign in with.
//
// Layer 7.
#pragma once

#include <string>
#include <string_view>

#include "engine/engine.h"

namespace throughline::server {

/// In the data directory: holds the first secrets where no terminal could show them, until somebody
/// signs in.
inline constexpr std::string_view kFirstLoginFile = "first-login";

struct FirstRunOptions {
    std::string write_key;    // Empty: made up.
    std::string admin_token;  // Empty: made up.
};

struct FirstRun {
    bool created = false;  // False: there was a token already, nothing was made.
    std::string write_key;
    std::string admin_token;
};

/// Makes source `default` and token `admin` (all scopes) when there is no token yet.
/// Errors: InvalidArgument for a given key that is too short; those of the engine.
Result<FirstRun> ensure_first_run(engine::Engine& engine, const FirstRunOptions& options);

}  // namespace throughline::server

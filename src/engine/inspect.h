// Looks for damage in a data directory that no engine has open: what `throughline verify` and
// `doctor` tell.
//
// Every byte that a start would read, and every byte that a reader could ask for, is read and
// checked: secret, skips, log, cold store, and the files that its manifest names. Files that nobody
// names are not looked at: the next start removes them. Nothing is changed.
//
// Layer 6. Takes the lock of the directory while it reads. Cost: of reading the directory.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/files.h"

namespace rocksdb {
class Env;
}

namespace throughline::engine {

/// One thing that is wrong, or that somebody should know.
struct Finding {
    std::string file;    // In the data directory, or the part of it.
    std::string what;    // And where in the file, if known.
    std::string advice;  // One sentence: what to do.
    bool is_damage = true;
};

/// Returns what is wrong, and limits that events have met; nothing when all is well. `env` is of
/// the cold store; nullptr is the machine's disk.
///
/// Errors: FailedPrecondition when an engine has the directory open; NotFound when there is none.
Result<std::vector<Finding>> verify_directory(store::Files& files, const std::string& directory,
                                              rocksdb::Env* env = nullptr);

}  // namespace throughline::engine

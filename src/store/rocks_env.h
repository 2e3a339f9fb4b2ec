// RocksDB's file system over Files, so that RocksDB too runs under power cuts and faults in memory.
//
// The server uses RocksDB's own Env on the machine's disk; this one is for the harnesses.
// Append-only and random files, directories, renames, links and locks go to Files; time and threads
// stay those of the default Env. Left out: direct and mapped reading, modification times (all 0).
//
// Layer 1, internal to store (only store includes RocksDB). Thread-safe.
#pragma once

#include <memory>

#include "store/files.h"

namespace rocksdb {
class Env;
}

namespace throughline::store {

/// `files` must outlive the Env and everything opened with it.
std::shared_ptr<rocksdb::Env> make_rocks_env(Files& files);

}  // namespace throughline::store

// A file of the log as the writer holds it. Internal to log_writer.cc and log_recovery.cc.
//
// Layer 1.
#pragma once

#include <memory>
#include <string>

#include "store/files.h"
#include "store/log_format.h"
#include "store/log_writer.h"

namespace throughline::store {

struct LogWriter::Segment {
    std::string name;
    std::unique_ptr<File> file;
    LogFileHeader header;   // Of a live file; of a free one, only file_bytes counts.
    uint64_t used = 0;      // End of its last frame; 0 while unknown. Under write_mutex_.
    bool is_clean = false;  // No byte of an earlier life behind `used`. Under maintenance_mutex_.
};

}  // namespace throughline::store

#include "cli/import_progress.h"

#include <cmath>

#include "cli/console.h"

namespace throughline::cli {

std::string progress_line(const ingest::ImportProgress& progress) {
    std::string line =
        with_commas(progress.rows) + " rows, " + with_commas(progress.events) + " new";
    if (progress.duplicates > 0) line += ", " + with_commas(progress.duplicates) + " there already";
    if (progress.rejects > 0) line += ", " + with_commas(progress.rejects) + " rejected";
    line += ", " + with_commas(static_cast<uint64_t>(progress.rows_per_second)) + " rows/s";
    if (progress.bytes_total > 0) {
        line += ", " + std::to_string(progress.bytes * 100 / progress.bytes_total) + " %";
    }
    if (progress.seconds_left > 0) {
        line += ", " + readable_seconds(progress.seconds_left) + " left";
    } else if (progress.seconds > 0) {
        line += ", in " + readable_seconds(progress.seconds);
    }
    return line;
}

std::string progress_doc(const ingest::ImportProgress& progress) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("rows", static_cast<int64_t>(progress.rows));
    out.field("events", static_cast<int64_t>(progress.events));
    out.field("duplicates", static_cast<int64_t>(progress.duplicates));
    out.field("skipped", static_cast<int64_t>(progress.skipped));
    out.field("rejected", static_cast<int64_t>(progress.rejects));
    out.field("rows_per_second", static_cast<int64_t>(progress.rows_per_second));
    out.key("seconds");
    out.decimal({.units = std::llround(progress.seconds * 1000), .scale = 3});
    out.close(mark);
    return doc;
}

}  // namespace throughline::cli

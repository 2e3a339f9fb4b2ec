// A sender for development and tests: every message is a line of JSON in a file.
//
//   {"key":"…","at":"…","to":"…","kind":"email","from":"…","subject":"…","text":"…",…}
//
// A line is on disk before its message counts as delivered. A key that was written before, also by
// an earlier process, is written again with `"repeat":n`, n being how often it was there: so
// whoever counts lines sees what was sent twice, and nothing hides it.
//
// Lines of people who were erased are taken out by drop_lines(), also while a sender has the file.
//
// Layer 4. Used by one thread at a time, and the only writer of its file but for drop_lines().
// Cost: one sync a message; 16 bytes and more of memory for each key in the file.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "channel/sender.h"
#include "store/files.h"

namespace throughline::channel {

class FileSender final : public Sender {
public:
    /// Opens or makes the file and reads the keys in it. A last line that was cut by a crash goes:
    /// it was never told to be delivered. `files` and `clock` outlive the sender.
    ///
    /// Errors: those of the disk; Corrupt for a line that is none of ours.
    static Result<std::unique_ptr<FileSender>> open(store::Files& files, const std::string& path,
                                                    const Clock& clock);

    Outcome send(const Message& message) override;
    bool repeats_by_key() const override { return false; }

private:
    FileSender(store::Files& files, std::string path, const Clock& clock)
        : files_(files), path_(std::move(path)), clock_(clock) {}

    Status open_file();
    Status read_keys(std::string_view lines);

    store::Files& files_;
    const std::string path_;
    std::unique_ptr<store::File> file_;
    const Clock& clock_;
    uint64_t rewrites_ = 0;                           // Of files, when this one was opened.
    uint64_t size_ = 0;                               // Of the whole lines.
    std::unordered_map<std::string, uint64_t> seen_;  // How often each key was written.
};

/// Takes out the lines whose message is gone; `is_gone` is asked by the 32 digits of its key.
/// Errors: those of the disk; of is_gone. Cost: of reading the file, and of writing it if it
/// changes.
Status drop_lines(store::Files& files, const std::string& path,
                  const std::function<Result<bool>(std::string_view key)>& is_gone);

}  // namespace throughline::channel

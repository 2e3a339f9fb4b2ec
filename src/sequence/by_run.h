// What is worked out from a file, kept while other files are read.
//
// Who walks people reads the runs of history side by side, and the files of each run one after
// another: one thing a run is all that is kept.
//
// Layer 3. One thread.
#pragma once

#include <map>
#include <utility>

#include "sequence/history_file.h"

namespace throughline::sequence {

template <typename T>
class ByRun {
public:
    /// Returns what belongs to a file: made by make() when the run is met, or has come to a further
    /// file. It stays where it is until then. The file must live as long.
    template <typename Make>
    T& of(const HistoryFile& file, Make&& make) {
        if (last_ != nullptr && last_->file == &file) return last_->made;
        OfRun& run = runs_[{file.parts().month, file.parts().run}];
        if (run.file != &file) run = {&file, make()};
        last_ = &run;
        return run.made;
    }

private:
    struct OfRun {
        const HistoryFile* file = nullptr;
        T made = {};
    };
    std::map<std::pair<int64_t, uint64_t>, OfRun> runs_;
    OfRun* last_ = nullptr;
};

}  // namespace throughline::sequence

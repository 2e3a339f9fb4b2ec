#include "store/second_reader.h"

#include "base/thread.h"

namespace throughline::store {

SecondReader::SecondReader() : thread_([this] { serve(); }) {}

SecondReader::~SecondReader() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void SecondReader::run(const std::function<void()>& theirs, const std::function<void()>& ours) {
    const std::unique_lock caller(caller_, std::try_to_lock);
    if (!caller) {
        theirs();
        ours();
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        work_ = &theirs;
    }
    changed_.notify_all();
    ours();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return work_ == nullptr; });
}

void SecondReader::serve() {
    name_thread("tl-cold-reader");
    take_short_turns();
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return work_ != nullptr || is_ending_; });
        if (is_ending_) return;
        const auto* const work = work_;
        lock.unlock();
        (*work)();
        lock.lock();
        work_ = nullptr;
        changed_.notify_all();
    }
}

}  // namespace throughline::store

#include "engine/forwarding/forwarder.h"

#include <chrono>

#include "base/log.h"
#include "base/thread.h"

namespace throughline::engine {

namespace {

constexpr auto kLook = std::chrono::milliseconds(200);

}  // namespace

Forwarder::Forwarder(ForwardParts parts) : parts_(std::move(parts)), thread_([this] { run(); }) {}

Forwarder::~Forwarder() {
    stop();
}

void Forwarder::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    stopped_.notify_all();
    if (thread_.joinable()) thread_.join();
    for (const auto& [key, entry] : entries_) {
        if (entry.lane) entry.lane->stop();
    }
}

std::optional<ForwardReport> Forwarder::report(std::string_view key) const {
    std::shared_ptr<ForwardLane> lane;
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found != entries_.end()) lane = found->second.lane;
    }
    if (!lane) return std::nullopt;
    return lane->report();
}

void Forwarder::run() {
    name_thread("tl-forwards");
    while (true) {
        look_at_settings();
        std::unique_lock lock(mutex_);
        if (stopped_.wait_for(lock, kLook, [&] { return is_stopping_; })) return;
    }
}

// A lane that goes has noted where it is before the next one begins there.
void Forwarder::look_at_settings() {
    const auto settings = parts_.engine.settings();
    const std::string prefix = std::string(kForwardKind) + "/";
    decltype(entries_) before;
    {
        const std::lock_guard lock(mutex_);
        before = entries_;
    }
    for (const auto& [key, entry] : before) {
        const Definition* const definition = settings->find(kForwardKind, key);
        if (definition != nullptr && definition->version == entry.version) continue;
        if (entry.lane) entry.lane->stop();
        const std::lock_guard lock(mutex_);
        entries_.erase(key);
    }
    for (auto at = settings->all().lower_bound(prefix);
         at != settings->all().end() && at->first.starts_with(prefix); ++at) {
        const Definition& definition = at->second;
        {
            const std::lock_guard lock(mutex_);
            if (entries_.contains(definition.key)) continue;
        }
        const Entry entry{definition.version, make_lane(definition)};
        const std::lock_guard lock(mutex_);
        entries_.emplace(definition.key, entry);
    }
}

std::shared_ptr<ForwardLane> Forwarder::make_lane(const Definition& definition) const {
    const auto make = [&]() -> Result<std::shared_ptr<ForwardLane>> {
        TL_TRY_ASSIGN(Forward forward, Forward::make(model::DocView(definition.value)));
        TL_TRY_ASSIGN(auto lane, ForwardLane::make(parts_, definition.key, std::move(forward)));
        return std::shared_ptr<ForwardLane>(std::move(lane));
    };
    auto lane = make();
    if (!lane) {
        log_warn("engine.forward_not_opened",
                 {{"forward", definition.key}, {"message", lane.error().message}});
        return nullptr;
    }
    (*lane)->start();
    return *lane;
}

}  // namespace throughline::engine

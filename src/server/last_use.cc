#include "server/last_use.h"

#include <charconv>
#include <functional>
#include <mutex>

#include "store/files.h"

#include "base/log.h"

namespace throughline::server {

namespace {

// Calls `visit(key, name)` for each key there is: what note() is given, and how the file calls it.
void for_each_key(const engine::Settings& settings,
                  const std::function<void(const std::string&, const std::string&)>& visit) {
    for (const auto& [key, source] : settings.sources()) {
        for (const model::WriteKey& write_key : source.write_keys) {
            visit(write_key.key, "sources/" + key + "/" + write_key.id);
        }
    }
    for (const auto& [path, definition] : settings.all()) {
        if (definition.kind == "tokens") visit("token:" + definition.key, path);
    }
}

std::string path_in(const std::string& directory) {
    return store::join_path(directory, "last_use");
}

// Lines of `name minutes`.
std::map<std::string, Micros> read_lines(std::string_view text) {
    std::map<std::string, Micros> lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const size_t space = line.rfind(' ');
        if (space == std::string_view::npos) continue;
        int64_t minutes = 0;
        const auto end =
            std::from_chars(line.data() + space + 1, line.data() + line.size(), minutes);
        if (end.ec == std::errc{}) lines[std::string(line.substr(0, space))] = minutes * kMinute;
    }
    return lines;
}

}  // namespace

void LastUse::note(std::string_view key, Micros now) {
    const Micros minute = now - now % kMinute;
    {
        const std::shared_lock lock(mutex_);
        const auto known = used_.find(key);
        if (known != used_.end()) {
            // Written once a minute, so that threads do not fight over the line.
            if (known->second.load(std::memory_order_relaxed) < minute) known->second = minute;
            return;
        }
    }
    const std::unique_lock lock(mutex_);
    used_[std::string(key)] = minute;
}

Micros LastUse::of(std::string_view key) const {
    const std::shared_lock lock(mutex_);
    const auto known = used_.find(key);
    return known == used_.end() ? kNoTime : known->second.load();
}

Status LastUse::save(const std::string& directory, const engine::Settings& settings) const {
    std::string text;
    for_each_key(settings, [&](const std::string& key, const std::string& name) {
        const Micros at = of(key);
        if (at != kNoTime) text += name + " " + std::to_string(at / kMinute) + "\n";
    });
    return store::replace_file(store::posix_files(), path_in(directory), text);
}

void LastUse::load(const std::string& directory, const engine::Settings& settings) {
    const auto text = store::read_file(store::posix_files(), path_in(directory));
    if (!text) return;
    const auto lines = read_lines(*text);
    for_each_key(settings, [&](const std::string& key, const std::string& name) {
        if (const auto line = lines.find(name); line != lines.end()) note(key, line->second);
    });
}

}  // namespace throughline::server

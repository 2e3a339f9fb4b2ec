#include "sequence/dictionary.h"

#include <mutex>

#include "base/assert.h"
#include "base/bytes.h"

namespace throughline::sequence {

Dictionary::Dictionary() {
    names_.emplace_back("(more names)");  // kOverflowName; found by number only.
}

uint32_t Dictionary::intern(std::string_view name) {
    // Only this thread changes ids_, so it may look without the lock.
    if (const auto known = ids_.find(name); known != ids_.end()) return known->second;

    const std::unique_lock lock(mutex_);
    if (names_.size() >= kNamesMax || name.size() > kNameBytesMax) {
        overflowed_ = true;
        return kOverflowName;
    }
    const auto id = static_cast<uint32_t>(names_.size());
    ids_.emplace(names_.emplace_back(name), id);
    return id;
}

std::optional<uint32_t> Dictionary::find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto known = ids_.find(name);
    if (known == ids_.end()) return std::nullopt;
    return known->second;
}

std::string_view Dictionary::name(uint32_t id) const {
    const std::shared_lock lock(mutex_);
    TL_ASSERT(id < names_.size());
    return names_[id];
}

uint32_t Dictionary::size() const {
    const std::shared_lock lock(mutex_);
    return static_cast<uint32_t>(names_.size());
}

bool Dictionary::overflowed() const {
    const std::shared_lock lock(mutex_);
    return overflowed_;
}

std::string Dictionary::encode(uint32_t size) const {
    const std::shared_lock lock(mutex_);
    TL_ASSERT(size >= 1 && size <= names_.size());
    std::string bytes;
    ByteWriter out(bytes);
    out.u8(1);  // Format.
    out.u8(overflowed_ ? 1 : 0);
    out.varint(size);
    for (uint32_t id = 1; id < size; ++id) out.string(names_[id]);
    return bytes;
}

Status Dictionary::decode(std::string_view bytes) {
    ByteReader in(bytes);
    const bool is_known_format = in.u8() == 1;
    const bool overflowed = in.u8() != 0;
    const uint64_t size = in.varint();
    if (!is_known_format || size < 1 || size > kNamesMax) {
        return Error::corrupt("history: dictionary: not in a known form");
    }
    std::deque<std::string> names{names_.front()};
    for (uint64_t id = 1; id < size && in.ok(); ++id) names.emplace_back(in.string());
    std::unordered_map<std::string_view, uint32_t> ids;
    for (uint32_t id = 1; id < names.size(); ++id) ids.emplace(names[id], id);
    if (!in.ok() || !in.at_end() || ids.size() + 1 != size) {
        return Error::corrupt("history: dictionary: cut short, too long, or a name twice");
    }

    const std::unique_lock lock(mutex_);
    ids_ = std::move(ids);  // First: its keys point into the names that go.
    names_ = std::move(names);
    overflowed_ = overflowed;
    return Status::ok();
}

}  // namespace throughline::sequence

#include "sequence/schema.h"

#include <algorithm>

#include "base/assert.h"
#include "base/hash.h"
#include "model/doc.h"

namespace throughline::sequence {

namespace {

constexpr size_t kKinds = static_cast<size_t>(LeafKind::Length) + 1;
constexpr uint64_t kPathSeed = 0x70617468;
constexpr uint64_t kTokensMax = 100'000;

uint64_t hash_of(uint32_t parent, std::string_view key) {
    return checksum(key, kPathSeed + parent);
}

uint64_t hash_of_item(uint32_t parent, bool is_alike) {
    return mix(uint64_t{parent} * 2 + (is_alike ? 1 : 0));
}

}  // namespace

size_t Schema::TokensHash::operator()(const ShapeTokens& tokens) const {
    return checksum({reinterpret_cast<const char*>(tokens.data()), tokens.size() * 4}, 0);
}

// Fields of events follow each other in few ways: the one that came last time is tried first.
std::optional<uint32_t> Schema::path(uint32_t parent, std::string_view key) {
    const uint32_t guess = follower_[last_path_];
    if (guess != 0 && paths_[guess].parent == parent && !paths_[guess].is_item &&
        paths_[guess].key == key) {
        return last_path_ = guess;
    }
    const auto found = find_or_add_path(parent, key);
    if (!found) return std::nullopt;
    follower_[last_path_] = *found;
    return last_path_ = *found;
}

std::optional<uint32_t> Schema::find_or_add_path(uint32_t parent, std::string_view key) {
    const uint64_t hash = hash_of(parent, key);
    const auto [begin, end] = path_of_.equal_range(hash);
    for (auto found = begin; found != end; ++found) {
        const Path& path = paths_[found->second];
        if (path.parent == parent && !path.is_item && path.key == key) return found->second;
    }
    return add_path({parent, std::string(key), false, false}, hash);
}

std::optional<uint32_t> Schema::item_path(uint32_t parent, bool is_alike) {
    const uint64_t hash = hash_of_item(parent, is_alike);
    const auto [begin, end] = path_of_.equal_range(hash);
    for (auto found = begin; found != end; ++found) {
        const Path& path = paths_[found->second];
        if (path.parent == parent && path.is_item && path.is_alike == is_alike) {
            return found->second;
        }
    }
    return add_path({parent, {}, true, is_alike}, hash);
}

std::optional<uint32_t> Schema::add_path(Path path, uint64_t hash) {
    if (paths_.size() == kPathsMax) return std::nullopt;
    const auto number = static_cast<uint32_t>(paths_.size());
    paths_.push_back(std::move(path));
    follower_.push_back(0);
    path_of_.emplace(hash, number);
    return number;
}

void Schema::shrink_to(Extent extent) {
    for (size_t i = extent.columns; i < columns_.size(); ++i) {
        column_of_[columns_[i].path * kKinds + static_cast<size_t>(columns_[i].kind)] = 0;
    }
    columns_.resize(extent.columns);
    if (extent.paths == paths_.size()) return;
    for (size_t i = extent.paths; i < paths_.size(); ++i) {
        const Path& path = paths_[i];
        auto [found, end] =
            path_of_.equal_range(path.is_item ? hash_of_item(path.parent, path.is_alike)
                                              : hash_of(path.parent, path.key));
        while (found != end && found->second != i) ++found;
        TL_ASSERT(found != end);
        path_of_.erase(found);
    }
    paths_.resize(extent.paths);
    follower_.resize(extent.paths);
    for (uint32_t& path : follower_) path = path < extent.paths ? path : 0;
    last_path_ = last_path_ < extent.paths ? last_path_ : 0;
}

uint32_t Schema::column(uint32_t path, LeafKind kind) {
    const size_t place = path * kKinds + static_cast<size_t>(kind);
    if (place >= column_of_.size()) column_of_.resize(paths_.size() * kKinds);
    if (column_of_[place] == 0) {
        columns_.push_back({path, kind});
        column_of_[place] = static_cast<uint32_t>(columns_.size());
    }
    return column_of_[place] - 1;
}

std::optional<uint32_t> Schema::shape(const ShapeTokens& tokens) {
    if (shapes_[last_shape_] == tokens) return last_shape_;
    const auto found = shape_of_.find(tokens);
    if (found != shape_of_.end()) return last_shape_ = found->second;
    if (shapes_.size() == kShapesMax || tokens.size() > kTokensMax) return std::nullopt;
    last_shape_ = static_cast<uint32_t>(shapes_.size());
    add_shape(tokens);
    shape_of_.emplace(tokens, last_shape_);
    return last_shape_;
}

void Schema::add_shape(ShapeTokens tokens) {
    const auto is_length = [&](uint32_t token) {
        const uint32_t column = token - kLeaf;
        return token >= kLeaf && column < columns_.size() &&
               columns_[column].kind == LeafKind::Length;
    };
    // A path may have the number of such a column: then events are moved over one by one.
    has_lists_.push_back(std::any_of(tokens.begin(), tokens.end(), is_length) ? 1 : 0);
    shapes_.push_back(std::move(tokens));
}

void Schema::append_to(ByteWriter& out) const {
    out.varint(paths_.size());
    for (size_t i = 1; i < paths_.size(); ++i) {
        const Path& path = paths_[i];
        out.varint(path.parent);
        out.u8(static_cast<uint8_t>((path.is_item ? 1 : 0) | (path.is_alike ? 2 : 0)));
        out.string(path.key);
    }
    out.varint(columns_.size());
    for (const LeafColumn& column : columns_) {
        out.varint(column.path);
        out.u8(static_cast<uint8_t>(column.kind));
    }
    out.varint(shapes_.size());
    for (size_t i = 1; i < shapes_.size(); ++i) {
        out.varint(shapes_[i].size());
        for (const uint32_t token : shapes_[i]) out.varint(token);
    }
}

std::optional<Schema> Schema::read(ByteReader& in) {
    Schema schema;
    const uint64_t paths = in.varint();
    if (paths < 1 || paths > kPathsMax) return std::nullopt;
    for (uint64_t i = 1; i < paths; ++i) {
        Path path{.parent = static_cast<uint32_t>(in.varint())};
        const uint8_t flags = in.u8();
        path.is_item = (flags & 1) != 0;
        path.is_alike = (flags & 2) != 0;
        path.key = in.string();
        if (!in.ok() || path.parent >= i) return std::nullopt;
        schema.paths_.push_back(std::move(path));
    }
    const uint64_t columns = in.varint();
    if (columns > paths * kKinds) return std::nullopt;
    for (uint64_t i = 0; i < columns; ++i) {
        const LeafColumn column{static_cast<uint32_t>(in.varint()), static_cast<LeafKind>(in.u8())};
        if (!in.ok() || column.path >= paths || column.kind > LeafKind::Length) return std::nullopt;
        schema.columns_.push_back(column);
    }
    const uint64_t shapes = in.varint();
    if (shapes < 1 || shapes > kShapesMax) return std::nullopt;
    for (uint64_t i = 1; i < shapes; ++i) {
        const uint64_t size = in.varint();
        if (!in.ok() || size > kTokensMax || size > in.left()) return std::nullopt;
        ShapeTokens tokens(size);
        for (uint32_t& token : tokens) token = static_cast<uint32_t>(in.varint());
        if (!in.ok() || !schema.is_good_shape(tokens)) return std::nullopt;
        schema.add_shape(std::move(tokens));
    }
    return schema;
}

// Whether reading a shape ends where its tokens do, and names only what there is.
bool Schema::is_good_shape(const ShapeTokens& tokens) const {
    size_t at = 0;
    if (!skip_value(tokens, at, 0) || at == tokens.size()) return false;
    const uint32_t identifiers = tokens[at++];
    if (identifiers > 255 || tokens.size() != at + 2 * size_t{identifiers}) return false;
    for (; at < tokens.size(); at += 2) {
        const uint32_t value = tokens[at + 1];
        const uint32_t column =
            (value & kFirstOf) != 0 ? value & ~uint32_t{kFirstOf} : value - kLeaf;
        const bool is_leaf = (value & kFirstOf) != 0 || value >= kLeaf;
        if (!is_leaf || column >= columns_.size() || columns_[column].kind != LeafKind::Text) {
            return false;
        }
    }
    return true;
}

bool Schema::skip_value(const ShapeTokens& tokens, size_t& at, int depth) const {
    const auto take = [&](uint32_t limit, uint32_t& value) {
        if (at == tokens.size() || tokens[at] >= limit) return false;
        value = tokens[at++];
        return true;
    };
    const auto paths = static_cast<uint32_t>(paths_.size());
    const auto columns = static_cast<uint32_t>(columns_.size());
    uint32_t token = 0;
    if (depth > model::kDocDepthMax || !take(kLeaf + columns, token)) return false;
    if (token >= kLeaf) return columns_[token - kLeaf].kind != LeafKind::Length;
    uint32_t path = 0;
    switch (token) {
        case kNull:
        case kName:
        case kMessageId:
            return true;
        case kObject:
            while (take(paths + 1, path) && path != 0) {
                if (!skip_value(tokens, at, depth + 1)) return false;
            }
            return path == 0 && at > 0 && tokens[at - 1] == kEnd;
        case kArray: {
            uint32_t length = 0;
            return take(paths, path) && take(kLeaf + columns, length) && length >= kLeaf &&
                   columns_[length - kLeaf].kind == LeafKind::Length &&
                   skip_value(tokens, at, depth + 1);
        }
        case kList: {
            uint32_t count = 0;
            if (!take(paths, path) || !take(static_cast<uint32_t>(tokens.size()) + 1, count)) {
                return false;
            }
            for (; count > 0; --count) {
                if (!skip_value(tokens, at, depth + 1)) return false;
            }
            return true;
        }
        default:
            return false;
    }
}

}  // namespace throughline::sequence

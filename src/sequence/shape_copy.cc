// Taking events from one file to another without putting them together.
#include "sequence/shredder.h"

namespace throughline::sequence {

SchemaMap::SchemaMap(const Schema& from, Schema& to)
    : from_(from),
      to_(to),
      paths_(from.paths().size(), kUnknown),
      columns_(from.columns().size(), kUnknown),
      shapes_(from.shapes().size(), kUnknown) {
    paths_[Schema::kDocument] = Schema::kDocument;
}

std::optional<uint32_t> SchemaMap::path(uint32_t path) {
    if (paths_[path] != kUnknown) return paths_[path];
    const Path& source = from_.paths()[path];
    const auto parent = this->path(source.parent);
    if (!parent) return std::nullopt;
    const auto mapped =
        source.is_item ? to_.item_path(*parent, source.is_alike) : to_.path(*parent, source.key);
    if (mapped) paths_[path] = *mapped;
    return mapped;
}

std::optional<uint32_t> SchemaMap::column(uint32_t column) {
    if (columns_[column] != kUnknown) return columns_[column];
    const LeafColumn& source = from_.columns()[column];
    const auto mapped = path(source.path);
    if (!mapped) return std::nullopt;
    return columns_[column] = to_.column(*mapped, source.kind);
}

std::optional<uint32_t> SchemaMap::shape(uint32_t shape) {
    if (shapes_[shape] != kUnknown) return shapes_[shape];
    const ShapeTokens& tokens = from_.shapes()[shape];
    mapped_.clear();
    size_t at = 0;
    if (!map_value(tokens, at)) return std::nullopt;
    mapped_.push_back(tokens[at++]);
    for (; at < tokens.size(); at += 2) {
        mapped_.push_back(tokens[at]);
        const uint32_t token = tokens[at + 1];
        const uint32_t offset = (token & kFirstOf) != 0 ? uint32_t{kFirstOf} : uint32_t{kLeaf};
        if (!map_column_token(token, offset)) return std::nullopt;
    }
    const auto mapped = to_.shape(mapped_);
    if (mapped) shapes_[shape] = *mapped;
    return mapped;
}

bool SchemaMap::map_path_token(uint32_t token, uint32_t offset) {
    const auto mapped = path(token - offset);
    if (mapped) mapped_.push_back(*mapped + offset);
    return mapped.has_value();
}

bool SchemaMap::map_column_token(uint32_t token, uint32_t offset) {
    const auto mapped = column(token - offset);
    if (mapped) mapped_.push_back(*mapped + offset);
    return mapped.has_value();
}

bool SchemaMap::map_value(const ShapeTokens& tokens, size_t& at) {
    const uint32_t token = tokens[at++];
    if (token >= kLeaf) return map_column_token(token, kLeaf);
    mapped_.push_back(token);
    if (token == kObject) {
        while (tokens[at] != kEnd) {
            if (!map_path_token(tokens[at++], 1) || !map_value(tokens, at)) return false;
        }
        mapped_.push_back(tokens[at++]);
    } else if (token == kArray) {
        if (!map_path_token(tokens[at], 0) || !map_column_token(tokens[at + 1], kLeaf))
            return false;
        at += 2;
        return map_value(tokens, at);
    } else if (token == kList) {
        if (!map_path_token(tokens[at], 0)) return false;
        uint32_t count = tokens[at + 1];
        mapped_.push_back(count);
        at += 2;
        for (; count > 0; --count) {
            if (!map_value(tokens, at)) return false;
        }
    }
    return true;
}

bool Assembler::copy(uint32_t shape, const std::vector<uint32_t>& columns, Shredder& to) {
    const ShapeTokens& tokens = schema_.shapes()[shape];
    size_t at = 0;
    if (!copy_value(tokens, at, columns, to)) return false;
    for (++at; at < tokens.size(); at += 2) {
        const uint32_t token = tokens[at + 1];
        if ((token & kFirstOf) == 0 && !copy_leaf(token - kLeaf, columns, to)) return false;
    }
    return true;
}

bool Assembler::copy_value(const ShapeTokens& tokens, size_t& at,
                           const std::vector<uint32_t>& columns, Shredder& to) {
    const uint32_t token = tokens[at++];
    if (token >= kLeaf) return copy_leaf(token - kLeaf, columns, to);
    if (token == kObject) {
        while (tokens[at++] != kEnd) {
            if (!copy_value(tokens, at, columns, to)) return false;
        }
    } else if (token == kArray) {
        const uint32_t lengths = tokens[at + 1] - kLeaf;
        const uint32_t place = next_[lengths];
        uint64_t count = 0;
        if (!sum_lengths(lengths, 1, count)) return false;
        to.values_of(columns[lengths]).ints.push_back(static_cast<int64_t>(count));
        next_[lengths] = place + 1;
        at += 2;
        const size_t element = at;
        for (uint64_t i = 0; i < count; ++i) {
            at = element;
            if (!copy_value(tokens, at, columns, to)) return false;
        }
        at = element;
        return skip_value(tokens, at, 0);  // Only to stand behind it.
    } else if (token == kList) {
        uint32_t count = tokens[at + 1];
        at += 2;
        for (; count > 0; --count) {
            if (!copy_value(tokens, at, columns, to)) return false;
        }
    }
    return true;
}

bool Assembler::copy_leaf(uint32_t column, const std::vector<uint32_t>& columns, Shredder& to) {
    LeafReader* leaf = source_.leaf(column);
    if (leaf == nullptr || next_[column] >= leaf->size()) return false;
    const uint32_t at = next_[column]++;
    const LeafKind kind = schema_.columns()[column].kind;
    LeafValues& values = to.values_of(columns[column]);
    if (kind == LeafKind::Text || kind == LeafKind::NumberText) {
        const auto text = leaf->text_at(at);
        if (!text) return false;
        values.texts.add(*text);
        to.note_copied(text->size());
        return true;
    }
    to.note_copied(sizeof(int64_t));
    values.ints.push_back(leaf->int_at(at));
    if (kind == LeafKind::Number) values.scales.push_back(leaf->scale_at(at));
    if (kind == LeafKind::Instant) {  // Wraps: the bytes may be anything.
        values.instants.push_back(static_cast<int64_t>(static_cast<uint64_t>(to.copied_time()) +
                                                       static_cast<uint64_t>(values.ints.back())));
    }
    return true;
}

}  // namespace throughline::sequence

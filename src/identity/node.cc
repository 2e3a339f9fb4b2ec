#include "identity/node.h"

#include <cstring>

#include "base/assert.h"

namespace throughline::identity {

namespace {

constexpr size_t kHeaderBytes = 52;
constexpr size_t kSliceBytes = 12;

template <typename T>
void read_all(ByteReader& in, std::vector<T>& out, size_t count) {
    out.resize(count);
    const std::string_view bytes = in.raw(count * sizeof(T));
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
}

template <typename T>
void write_all(ByteWriter& out, const std::vector<T>& values) {
    if (values.empty()) return;
    out.raw({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

uint16_t count_of(size_t size) {
    TL_ASSERT(size <= 0xffff);
    return static_cast<uint16_t>(size);
}

}  // namespace

void Node::decode(std::string_view bytes) {
    ByteReader in(bytes);
    space = in.u8();
    flags = in.u8();
    slice = in.fixed<uint16_t>();
    root = in.fixed<uint32_t>();
    first_seen = in.fixed<int64_t>();
    last_seen = in.fixed<int64_t>();
    created = in.fixed<uint64_t>();
    created_stamp = in.fixed<int64_t>();
    source = in.fixed<uint16_t>();
    const size_t value_bytes = in.fixed<uint16_t>();
    const size_t edge_count = in.fixed<uint16_t>();
    const size_t member_count = in.fixed<uint16_t>();
    const size_t cannot_count = in.fixed<uint16_t>();
    const size_t refusal_count = in.fixed<uint16_t>();
    read_all(in, edges, edge_count);
    read_all(in, members, member_count);
    cannot.clear();
    for (size_t i = 0; i < cannot_count; ++i) {
        const auto packed = in.fixed<uint64_t>();
        cannot.push_back({packed >> 1, static_cast<uint8_t>(packed & 1)});
    }
    read_all(in, refusals, refusal_count);
    refusals_dropped = refusal_count == 0 ? 0 : in.fixed<uint32_t>();
    verified_at = has(kNodeVerified) ? in.fixed<int64_t>() : kNoTime;
    verified_by = has(kNodeVerified) ? in.fixed<uint16_t>() : model::SourceId{0};
    value = in.raw(value_bytes);
    TL_ASSERT(in.ok() && in.at_end());
}

void Node::encode(std::string& out) const {
    out.clear();
    ByteWriter to(out);
    to.u8(space);
    to.u8(flags);
    to.fixed(slice);
    to.fixed(root);
    to.fixed(first_seen);
    to.fixed(last_seen);
    to.fixed(created);
    to.fixed(created_stamp);
    to.fixed(source);
    to.fixed(count_of(value.size()));
    to.fixed(count_of(edges.size()));
    to.fixed(count_of(members.size()));
    to.fixed(count_of(cannot.size()));
    to.fixed(count_of(refusals.size()));
    TL_ASSERT(out.size() == kHeaderBytes);
    write_all(to, edges);
    write_all(to, members);
    for (const CannotLink& link : cannot) to.fixed(uint64_t{link.decision << 1 | link.side});
    write_all(to, refusals);
    if (!refusals.empty()) to.fixed(refusals_dropped);
    if (has(kNodeVerified)) {
        to.fixed(verified_at);
        to.fixed(verified_by);
    }
    to.raw(value);
}

bool NodeView::has_edge_to(IdentityId other) const {
    const char* edge = bytes_.data() + kHeaderBytes;
    for (const char* end = edge + edge_count() * sizeof(Edge); edge != end; edge += sizeof(Edge)) {
        if (load<IdentityId>(edge) == other) return true;
    }
    return false;
}

IdentityId NodeView::member(size_t index) const {
    return load<IdentityId>(bytes_.data() + kHeaderBytes + edge_count() * sizeof(Edge) +
                            index * sizeof(IdentityId));
}

size_t SlicesView::covering(Micros time) const {
    size_t index = size() - 1;
    while (index > 0 && at(index).from > time) --index;
    return index;
}

void Slices::decode(std::string_view bytes) {
    const SlicesView view(bytes);
    is_generic = view.is_generic();
    slices.clear();
    for (size_t i = 0; i < view.size(); ++i) slices.push_back(view.at(i));
}

void Slices::encode(std::string& out) const {
    out.clear();
    ByteWriter to(out);
    to.u8(is_generic ? 1 : 0);
    to.u8(0);
    to.fixed(count_of(slices.size()));
    for (const Slice& slice : slices) {
        to.fixed(slice.identity);
        to.fixed(slice.from);
    }
    TL_ASSERT(out.size() == 4 + slices.size() * kSliceBytes);
}

}  // namespace throughline::identity

#include "engine/fold_state.h"

#include "base/bytes.h"

namespace throughline::engine {

std::string FoldState::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.varint(3);  // Version of this encoding.
    for (const uint64_t number :
         {uint64_t{next_position}, uint64_t{next_identity}, uint64_t{next_source}, events,
          duplicates, rejects, merges, tombstones}) {
        out.varint(number);
    }
    out.signed_varint(stamp);
    out.varint(sources.size());
    for (const auto& [id, counters] : sources) {
        out.varint(id);
        out.varint(counters.events);
        out.varint(counters.duplicates);
        out.varint(counters.rejects);
        out.fixed(counters.last_received);
    }
    out.varint(next_segment);
    out.varint(next_deed);
    out.fixed(next_due);
    out.varint(segments.size());
    for (const auto& [id, segment] : segments) {
        out.varint(id);
        out.u8(static_cast<uint8_t>(segment.phase));
        out.varint(segment.next);
        out.varint(segment.end);
        out.varint(segment.before);
        out.varint(segment.size);
    }
    out.varint(next_journey);
    return bytes;
}

namespace {

// Version 1 knew no segments, version 2 no journeys.
void decode_segments(ByteReader& in, FoldState& state) {
    state.next_segment = static_cast<uint32_t>(in.varint());
    state.next_deed = static_cast<uint32_t>(in.varint());
    state.next_due = in.fixed<int64_t>();
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        SegmentState& segment = state.segments[static_cast<uint32_t>(in.varint())];
        segment.phase = static_cast<SegmentPhase>(in.u8());
        segment.next = static_cast<uint32_t>(in.varint());
        segment.end = static_cast<uint32_t>(in.varint());
        segment.before = in.varint();
        segment.size = in.varint();
    }
}

}  // namespace

Result<FoldState> FoldState::decode(std::string_view bytes) {
    ByteReader in(bytes);
    const uint64_t version = in.varint();
    if (version < 1 || version > 3) return Error::corrupt("engine: fold state: unknown version");
    FoldState state;
    state.next_position = in.varint();
    state.next_identity = static_cast<uint32_t>(in.varint());
    state.next_source = static_cast<model::SourceId>(in.varint());
    state.events = in.varint();
    state.duplicates = in.varint();
    state.rejects = in.varint();
    state.merges = in.varint();
    state.tombstones = in.varint();
    state.stamp = in.signed_varint();
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        SourceCounters& counters = state.sources[static_cast<model::SourceId>(in.varint())];
        counters.events = in.varint();
        counters.duplicates = in.varint();
        counters.rejects = in.varint();
        counters.last_received = in.fixed<int64_t>();
    }
    if (version >= 2) decode_segments(in, state);
    if (version >= 3) state.next_journey = static_cast<uint32_t>(in.varint());
    if (!in.ok() || !in.at_end()) return Error::corrupt("engine: fold state: wrong length");
    return state;
}

}  // namespace throughline::engine

#include "engine/fold_state.h"

#include "base/bytes.h"

namespace throughline::engine {

std::string FoldState::encode() const {
    std::string bytes;
    ByteWriter out(bytes);
    out.varint(1);  // Version of this encoding.
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
    return bytes;
}

Result<FoldState> FoldState::decode(std::string_view bytes) {
    ByteReader in(bytes);
    if (in.varint() != 1) return Error::corrupt("engine: fold state: unknown version");
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
    if (!in.ok() || !in.at_end()) return Error::corrupt("engine: fold state: wrong length");
    return state;
}

}  // namespace throughline::engine

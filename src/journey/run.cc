#include "journey/run.h"

#include <algorithm>

#include "base/bytes.h"

namespace throughline::journey {

namespace {

constexpr uint8_t kVersion = 2;

void encode_run(const Run& run, ByteWriter& out) {
    out.fixed(run.id);
    out.fixed(run.slot);
    out.fixed(run.timer);
    out.varint(run.journey);
    out.varint(run.version);
    out.varint(run.sweep);
    out.u8(static_cast<uint8_t>(run.state));
    out.u8(static_cast<uint8_t>(run.held_by));
    out.u8(run.held_edge);
    out.fixed(run.step);
    out.fixed(run.visit);
    out.fixed(run.task_moves);
    for (const Micros at : {run.started, run.since, run.wait_from, run.wake_at}) {
        out.fixed(at);
    }
    out.varint(run.choices.size());
    for (const Choice& choice : run.choices) {
        out.fixed(choice.step);
        out.u8(choice.part);
    }
    out.string(run.key);
    out.string(run.context);
}

bool decode_run(ByteReader& in, Run& run) {
    run.id = in.fixed<Key128>();
    run.slot = in.fixed<uint16_t>();
    run.timer = in.fixed<uint16_t>();
    const uint64_t journey = in.varint();
    const uint64_t version = in.varint();
    const uint64_t sweep = in.varint();
    run.journey = static_cast<uint32_t>(journey);
    run.version = static_cast<uint32_t>(version);
    run.sweep = static_cast<uint32_t>(sweep);
    const uint8_t state = in.u8();
    const uint8_t held_by = in.u8();
    run.state = static_cast<RunState>(state);
    run.held_by = static_cast<Wake>(held_by);
    run.held_edge = in.u8();
    run.step = in.fixed<StepIndex>();
    run.visit = in.fixed<uint16_t>();
    run.task_moves = in.fixed<uint16_t>();
    for (Micros* at : {&run.started, &run.since, &run.wait_from, &run.wake_at}) {
        *at = in.fixed<Micros>();
    }
    const uint64_t choices = in.varint();
    if (choices > kStepsMax || choices * 3 > in.left()) return false;
    for (uint64_t i = 0; i < choices; ++i) {
        run.choices.push_back({in.fixed<StepIndex>(), in.u8()});
    }
    run.key = in.string();
    run.context = in.string();
    return in.ok() && journey <= UINT32_MAX && version <= UINT32_MAX && sweep <= UINT32_MAX &&
           state < static_cast<uint8_t>(RunState::Over) &&
           held_by <= static_cast<uint8_t>(Wake::Task) && run.visit <= kVisitsMax &&
           run.key.size() <= kKeyMax && (run.context.empty() || model::is_event(run.context));
}

// For how long is written, which is short where it is not for ever; 0 is for ever.
void encode_mark(const Run& run, ByteWriter& out) {
    out.varint(run.journey);
    out.fixed(run.id.low);
    out.fixed(run.started);
    out.varint(run.wake_at == kNoTime ? 0 : static_cast<uint64_t>(run.wake_at - run.started) + 1);
}

bool decode_mark(ByteReader& in, Run& run) {
    const uint64_t journey = in.varint();
    run.journey = static_cast<uint32_t>(journey);
    run.id.low = in.fixed<uint64_t>();
    run.started = in.fixed<Micros>();
    const uint64_t kept = in.varint();
    run.state = RunState::Over;
    const bool is_good =
        in.ok() && journey <= UINT32_MAX && kept <= static_cast<uint64_t>(INT64_MAX) / 2;
    if (!is_good || kept == 0) return is_good;
    return !__builtin_add_overflow(run.started, static_cast<Micros>(kept - 1), &run.wake_at);
}

}  // namespace

std::string_view reason_name(EndReason reason) {
    static constexpr std::string_view kNames[] = {"none",       "completed", "goal",    "exit",
                                                  "superseded", "stopped",   "skipped", "stuck"};
    return kNames[static_cast<size_t>(reason)];
}

Run mark_of(const Run& run, Micros until) {
    Run mark;
    mark.id = {0, hash_key(run.key).low};
    mark.owner = run.owner;
    mark.journey = run.journey;
    mark.state = RunState::Over;
    mark.started = run.started;
    mark.wake_at = until;
    return mark;
}

void encode_runs(const std::vector<Run>& runs, uint32_t owner, std::string& out) {
    size_t on_their_way = 0;
    size_t marks = 0;
    for (const Run& run : runs) {
        if (run.owner == owner) ++(run.is_mark() ? marks : on_their_way);
    }
    if (on_their_way + marks == 0) return;
    ByteWriter writer(out);
    writer.u8(kVersion);
    writer.varint(on_their_way);
    for (const Run& run : runs) {
        if (run.owner != owner || run.is_mark()) continue;
        TL_ASSERT(!run.is_over());
        encode_run(run, writer);
    }
    writer.varint(marks);
    for (const Run& run : runs) {
        if (run.owner == owner && run.is_mark()) encode_mark(run, writer);
    }
}

Status decode_runs(std::string_view bytes, uint32_t owner, std::vector<Run>& runs) {
    if (bytes.empty()) return Status::ok();
    const size_t before = runs.size();
    ByteReader in(bytes);
    const bool is_known = in.u8() == kVersion;
    const uint64_t count = in.varint();
    bool is_good = is_known && count <= kRunsMax;
    for (uint64_t i = 0; is_good && i < count; ++i) {
        runs.emplace_back().owner = owner;
        is_good = decode_run(in, runs.back());
    }
    const uint64_t marks = is_good ? in.varint() : 0;
    is_good = is_good && marks <= kMarksMax && count + marks > 0;
    for (uint64_t i = 0; is_good && i < marks; ++i) {
        runs.emplace_back().owner = owner;
        is_good = decode_mark(in, runs.back());
    }
    if (is_good && in.ok() && in.at_end()) return Status::ok();
    runs.resize(before);
    return Error::corrupt("journey: runs: their bytes are damaged");
}

Key128 hash_key(std::string_view bytes) {
    return {checksum(bytes, 0x6a6f75726e657931), checksum(bytes, 0x6a6f75726e657932)};
}

Key128 effect_key(const Key128& run, StepIndex step, uint16_t visit) {
    std::string bytes;
    ByteWriter out(bytes);
    out.fixed(run);
    out.fixed(step);
    out.fixed(visit);
    return hash_key(bytes);
}

}  // namespace throughline::journey

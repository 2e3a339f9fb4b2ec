#include "engine/forwarding/forward_reader.h"

#include "engine/forwarding/segment_form.h"

namespace throughline::engine {

namespace {

constexpr size_t kRecordsAtOnce = 10'000;  // Looked at under one view: some 10 ms.

// Whether a record goes on.
Result<bool> goes_on(const View& view, PassedOverView& passed_over, const Forward& forward,
                     const store::LogRecordView& record) {
    const model::EventView event(record.payload);
    if (!forward.wants(event, *view.settings)) return false;
    TL_TRY_ASSIGN(const bool is_passed_over, passed_over.has(record.position));
    if (is_passed_over) return false;
    TL_TRY_ASSIGN(const bool is_erased, is_of_erased(view, event));
    return !is_erased;
}

}  // namespace

Result<ForwardBatch> ForwardReader::gather(const Forward& forward, model::Position from) {
    const View view = engine_.view();
    const model::Position end = std::max(view.state.next_position, from);
    PassedOverView passed_over(view.tables.forwarding);
    ForwardBatch batch;
    size_t bytes = 0;
    size_t looked_at = 0;
    bool is_left = false;  // The event looked at last does not fit.
    Status status;
    const auto visit = [&](const store::LogRecordView& record) {
        ++looked_at;
        if (model::record_kind(record.payload) != model::RecordKind::Event) {
            return looked_at < kRecordsAtOnce;
        }
        batch.has_seen_events = true;
        const auto wanted = goes_on(view, passed_over, forward, record);
        if (!wanted) status = wanted.error();
        if (!wanted || !*wanted) return status.is_ok() && looked_at < kRecordsAtOnce;
        ForwardedEvent event{record.position, std::string(record.payload), {}};
        append_segment_event(event.json, model::EventView(event.payload));
        is_left = !batch.events.empty() && bytes + event.json.size() > kBatchBytesMax;
        if (is_left) return false;
        bytes += event.json.size() + 1;
        if (batch.events.empty()) batch.since = record.stamp_us;
        batch.events.push_back(std::move(event));
        return batch.events.size() < forward.batch_events() && looked_at < kRecordsAtOnce;
    };
    TL_TRY_ASSIGN(const uint64_t next, log_->read(from, end, visit));
    TL_TRY(status);
    batch.next = is_left ? next - 1 : next;
    batch.is_at_end = batch.next == end;
    return batch;
}

}  // namespace throughline::engine

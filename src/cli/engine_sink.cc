#include "cli/engine_sink.h"

#include <chrono>
#include <thread>

namespace throughline::cli {

namespace {

constexpr auto kPauseWhenFull = std::chrono::milliseconds(20);
constexpr size_t kPausesMax = 3000;  // A minute.

std::string definition_doc(const model::Source& source) {
    std::string doc;
    model::DocWriter out(doc);
    const size_t mark = out.open_object();
    out.field("kind", "sources");
    out.field("key", source.key);
    out.field("actor", "command:import");
    out.key("value");
    out.copy(model::DocView(source.to_doc()));
    out.close(mark);
    return doc;
}

}  // namespace

EngineSink::~EngineSink() {
    for (; !waiting_.empty(); waiting_.pop()) waiting_.front().outcome.wait();
}

Result<ingest::BatchResult> EngineSink::add(const ingest::RecordBatch& batch) {
    ingest::BatchResult result;
    while (waiting_.size() >= kBatchesAhead) TL_TRY(take_oldest(result));
    TL_TRY(submit(std::make_shared<const std::string>(batch.bytes), batch.ends));
    return result;
}

Result<ingest::BatchResult> EngineSink::finish() {
    ingest::BatchResult result;
    while (!waiting_.empty()) TL_TRY(take_oldest(result));
    return result;
}

Status EngineSink::submit(const std::shared_ptr<const std::string>& bytes,
                          const std::vector<uint32_t>& ends) {
    for (size_t pauses = 0;; ++pauses) {
        auto promise = std::make_shared<std::promise<engine::Outcome>>();
        auto future = promise->get_future();
        engine::Submission submission;
        submission.bytes = bytes;
        submission.ends = ends;
        submission.done = [promise](engine::Outcome outcome) {
            promise->set_value(std::move(outcome));
        };
        const Status status = engine_.submit(std::move(submission));
        if (status) {
            waiting_.push({ends.size(), std::move(future)});
            return Status::ok();
        }
        // Full of work passes; a full disk or a failed engine does not.
        if (status.error().code != Code::Unavailable || pauses == kPausesMax) return status;
        std::this_thread::sleep_for(kPauseWhenFull);
    }
}

Status EngineSink::take_oldest(ingest::BatchResult& result) {
    Waiting oldest = std::move(waiting_.front());
    waiting_.pop();
    const engine::Outcome outcome = oldest.outcome.get();
    TL_TRY(outcome.status);
    result.duplicates += outcome.duplicates.size();
    result.accepted += oldest.records - outcome.duplicates.size() - outcome.refused.size();
    return Status::ok();
}

Result<model::Source> find_or_make_source(engine::Engine& engine, const std::string& key) {
    const auto before = engine.settings();
    if (const model::Source* found = before->source(key)) return *found;
    if (!model::is_definition_key(key)) {
        return Error::invalid("source: key: 1 to 64 of a-z, 0-9, -, _ and .");
    }
    model::Source source;
    source.key = key;
    source.name = key;
    const engine::Outcome outcome = engine.submit_and_wait(
        model::make_record(model::RecordKind::Definition, definition_doc(source)));
    TL_TRY(outcome.status);
    if (!outcome.refused.empty()) return Error::precondition(outcome.refused.front().message);
    const auto after = engine.settings();
    const model::Source* made = after->source(key);
    TL_ASSERT(made != nullptr);
    return *made;
}

}  // namespace throughline::cli

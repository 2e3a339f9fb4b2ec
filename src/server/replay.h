// Replay: quarantined input goes through ingest again, as it was received or mended.
//
// What is accepted is history and marked as replayed, and its reject is settled, as `replayed` or
// `mended`, with the event that it became; what is refused again stays open, with the new reason in
// the answer. A row of a file goes through its mapping under the columns it came with; a webhook's
// body through the mapping of its source.
//
// Layer 7. One replayer a request.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/person.h"
#include "ingest/protocol.h"
#include "server/app.h"

namespace throughline::server {

struct RejectRow {
    model::Position position = 0;
    std::string doc;  // As the table keeps it.
};

struct ReplayAnswer {
    struct Refused {
        model::Position position = 0;
        std::string code;
        std::string message;
    };
    struct Became {
        model::Position reject = 0;
        model::Position event = 0;
        engine::IdentityId identity = 0;
    };
    uint64_t replayed = 0;
    uint64_t accepted = 0;
    uint64_t duplicates = 0;
    std::vector<Refused> refused;
    std::vector<Became> became;  // Those accepted.
};

/// What is to be written beside a reject.
struct Settling {
    model::Position position = 0;
    std::string_view status;  // `replayed`, `mended` or `discarded`.
    std::string became;       // Packed; empty: nothing.
};

class Replayer {
public:
    Replayer(App& app, Caller caller);

    /// Replays some open rejects; `mended` replaces the body of the first.
    /// Errors: of the engine; what was accepted before stays accepted.
    Status replay(const std::vector<RejectRow>& rows, std::optional<std::string_view> mended);

    const ReplayAnswer& answer() const { return answer_; }

private:
    struct Batch;
    void encode(const RejectRow& row, std::string_view body, ingest::RecordBatch& out);
    void encode_items(ingest::EventFacts facts, std::string_view body, ingest::RecordBatch& out);
    void encode_webhook(const ingest::EventFacts& facts, std::string_view body,
                        ingest::RecordBatch& out);
    void encode_file_row(const ingest::EventFacts& facts, model::DocView row, std::string_view body,
                         ingest::RecordBatch& out);
    Status submit(Batch& batch);
    Status settle(const Batch& batch, const engine::Outcome& outcome);
    std::string what_it_became(model::Position reject, model::Position event);
    void refuse(model::Position position, std::string code, std::string message);

    App& app_;
    Caller caller_;
    std::shared_ptr<const engine::Settings> settings_;
    ingest::EncodeContext context_;
    ingest::EventEncoder encoder_;
    ReplayAnswer answer_;
    std::optional<model::Position> mended_;  // The reject whose body was replaced.
};

/// Settles rejects in one submission. Errors: of the engine.
Status settle_rejects(App& app, const Caller& caller, const std::vector<Settling>& settlings);

}  // namespace throughline::server

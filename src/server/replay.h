// Replay: quarantined input goes through ingest again, as it was received or mended.
//
// What is accepted is history and marked as replayed, and its reject is settled; what is refused
// again stays open, with the new reason in the answer. A row of a file goes through its mapping
// under the columns it came with; a webhook's body through the mapping of its source.
//
// Layer 7. One replayer a request.
#pragma once

#include <optional>
#include <string>
#include <vector>

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
    uint64_t replayed = 0;
    uint64_t accepted = 0;
    uint64_t duplicates = 0;
    std::vector<Refused> refused;
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
    void refuse(model::Position position, std::string code, std::string message);

    App& app_;
    Caller caller_;
    std::shared_ptr<const engine::Settings> settings_;
    ingest::EncodeContext context_;
    ingest::EventEncoder encoder_;
    ReplayAnswer answer_;
};

/// Settles rejects (`replayed` or `discarded`) in one submission. Errors: of the engine.
Status settle_rejects(App& app, const Caller& caller, const std::vector<model::Position>& positions,
                      std::string_view status);

}  // namespace throughline::server

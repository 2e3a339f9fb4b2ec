// The ingest protocol: from the bytes of a request body to records and a reply.
//
// A body is what its path and its bytes say, never its Content-Type. An object with an array
// `batch` is a batch on any path; anything else is one event, whose type is the path's or its own.
// Nothing is dropped: what cannot be an event becomes a reject record with the reason.
//
//   decoder.read(body);                                   // parse once
//   key = find_write_key(facts, decoder.body_write_key());  // the caller looks up the source
//   Decoded& decoded = decoder.decode(request);  // its records are copied to the engine
//   reply = make_reply(decoded, outcome);                 // status and body
//
// Layer 6. RequestDecoder is Shard-owned: one per thread, it keeps its buffers. The rest is Pure.
// Cost: 0.9 us per event of 900 bytes, 0.4 of it parsing (bench/ingest_bench.cc).
// Left out: HTTP, inflating, tokens, looking sources up; the server does them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ingest/batch.h"
#include "ingest/event_encoder.h"
#include "model/json.h"
#include "model/record.h"

namespace throughline::ingest {

/// What the path of a request says about its body.
enum class PathKind : uint8_t {
    Track,
    Identify,
    Page,
    Screen,
    Group,
    Alias,
    Batch,   // Also beacons.
    Import,  // A batch whose events are history.
};

/// Reads the last segment of a path: `track`, `t`, `batch`, `b`, `import`, `merge`...; nothing for
/// anything else.
std::optional<PathKind> path_kind(std::string_view segment);

/// Facts of one request that the body does not hold.
struct Request {
    PathKind path = PathKind::Batch;
    const model::Source* source = nullptr;
    Micros received = kNoTime;
    std::string_view peer_ip;  // Of the connection, or what a trusted proxy says.
    std::string_view sent_at;  // RudderStack's `SentAt` header; empty if none.
};

/// One request decoded. Borrowed from its decoder until the next read(). The decoder keeps the
/// buffers: whoever keeps records copies them, and so has them in memory of their size.
struct Decoded {
    RecordBatch records;
    bool is_single = false;          // One event by itself: a refusal is the reply.
    bool is_envelope_error = false;  // records holds the whole body as one reject...
    int envelope_status = 400;       // ...and this is the reply's status.
};

/// A body that did not come in whole and well.
struct RefusedBody {
    int status = 400;
    std::string_view code;     // Static storage.
    std::string_view message;  // Why.
    std::string_view begin;    // What could be read of it.
    bool is_inflated = false;  // Whether that is after inflating.
    uint64_t bytes = 0;        // Of the whole, as it was sent.
    bool is_webhook = false;   // Of `POST /v1/webhook/{source}`; the request's path does not count.
};

class RequestDecoder {
public:
    /// Requires: both outlive the decoder.
    RequestDecoder(const model::Namespaces& spaces, const SecretKey& secret);

    /// Takes settings that changed. Requires: it outlives the decoder.
    void use(const model::Namespaces& spaces) { context_.spaces = &spaces; }

    /// Parses a body, already inflated. Requires: `body` stays until decode() returned.
    void read(std::string_view body);

    /// Returns the `writeKey` at the top level of the body that was read, or of the first item of
    /// its batch; empty if there is none.
    std::string_view body_write_key() const;

    /// Turns the body that was read into records. Never fails: see Decoded.
    Decoded& decode(const Request& request);

private:
    void decode_items(EventFacts facts, model::DocView batch);
    void refuse_envelope(const EventFacts& facts, std::string_view code, std::string message);

    EncodeContext context_;
    EventEncoder encoder_;
    std::string_view body_;
    model::DocRoom room_;
    model::DocView doc_;   // The body, packed, in room_; missing when it could not be parsed.
    std::string problem_;  // Why it could not be parsed; empty when it could.
    Decoded decoded_;
};

/// Keeps what there is of a refused body as one reject whose message tells how much that is.
Decoded keep_refused(const Request& request, const RefusedBody& body);

/// What became of the records of a request, said by the engine.
struct Outcome {
    model::Position position = 0;  // Of the last record.
    uint32_t duplicates = 0;
    std::span<const Refusal> refused_later;  // By rules that need state: `alias_conflict`, ...
};

struct Reply {
    int status = 200;
    std::string body;  // JSON
};

/// Makes the reply once the records are durable: 200 with verdicts for a batch; 400 with the one
/// verdict for a single event that was refused.
Reply make_reply(const Decoded& decoded, const Outcome& outcome);

/// `{"code":"…","message":"…"}`, top level as SDKs index it.
std::string error_body(std::string_view code, std::string_view message);

}  // namespace throughline::ingest

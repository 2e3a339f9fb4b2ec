// Request bodies on every path: each item becomes one record, and each record is well formed.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "ingest/protocol.h"
#include "ingest/write_key.h"
#include "model/doc.h"

using namespace throughline;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const model::Namespaces spaces = model::Namespaces::built_in();
    static const SecretKey secret{1};
    static ingest::RequestDecoder decoder(spaces, secret);
    static model::Source source;
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    source.keep_ip = (data[0] & 16) != 0;
    source.may_alias_users = (data[0] & 32) != 0;

    decoder.read(text);
    const ingest::Decoded& decoded =
        decoder.decode({.path = static_cast<ingest::PathKind>(data[0] % 8),
                        .source = &source,
                        .received = 1'780'000'000 * kSecond,
                        .peer_ip = "2001:db8::1",
                        .sent_at = {}});
    const ingest::RecordBatch& records = decoded.records;
    TL_ASSERT(records.refused.size() <= records.size());
    size_t rejects = 0;
    for (size_t i = 0; i < records.size(); ++i) {
        const std::string_view record = records.record(i);
        const bool is_reject = model::record_kind(record) == model::RecordKind::Reject;
        TL_ASSERT(is_reject ? model::is_doc(record.substr(1)) : model::is_event(record));
        rejects += is_reject;
    }
    TL_ASSERT(rejects == records.refused.size());
    TL_ASSERT(!ingest::make_reply(decoded, {}).body.empty());
    const std::string_view key = decoder.body_write_key();
    TL_ASSERT(ingest::find_write_key({text, {}, {}, key}).size() <= text.size());
    return 0;
}

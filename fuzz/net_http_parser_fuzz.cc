// Request heads and chunked bodies: the parsers never read outside their input, and say the same
// however the bytes arrive.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "net/http_parser.h"

using namespace throughline::net;

namespace {

void check_head(std::string_view bytes) {
    HeadFinder at_once;
    const size_t size = at_once.find(bytes);
    HeadFinder by_byte;
    size_t found = 0;
    for (size_t have = 1; have <= bytes.size() && found == 0; ++have) {
        found = by_byte.find(bytes.substr(0, have));
    }
    TL_ASSERT(found == size);
    if (size == 0) return;

    RequestHead head;
    Framing framing;
    if (HeadParser(HeadLimits{}).parse(bytes.substr(0, size), head, framing)) return;
    TL_ASSERT(!framing.is_chunked || framing.content_length == 0);
    TL_ASSERT(!head.method_name().empty() && !head.target().empty());
    for (size_t i = 0; i < head.headers_count(); ++i) {
        const auto [name, value] = head.header_at(i);
        TL_ASSERT(!name.empty() && head.header(name));
        TL_ASSERT(value.find_first_of("\r\n") == std::string_view::npos);
    }
    for (const auto& param : head.query_params()) TL_ASSERT(head.query_param(param.name));
    (void)head.path_segments();
}

ChunkedDecoder::State decode(std::string_view bytes, size_t step, std::string& body,
                             size_t& consumed) {
    ChunkedDecoder decoder;
    auto state = ChunkedDecoder::State::NeedsMore;
    consumed = 0;
    while (consumed < bytes.size() && state == ChunkedDecoder::State::NeedsMore) {
        std::string_view in = bytes.substr(consumed, step);
        const size_t before = in.size();
        std::string_view data;
        while ((state = decoder.next(in, data)) == ChunkedDecoder::State::Data) body += data;
        consumed += before - in.size();
    }
    return state;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_head(bytes);
    std::string whole;
    std::string pieces;
    size_t consumed_whole = 0;
    size_t consumed_pieces = 0;
    const auto state_whole = decode(bytes, size, whole, consumed_whole);
    const auto state_pieces = decode(bytes, 3, pieces, consumed_pieces);
    TL_ASSERT(state_whole == state_pieces && whole == pieces && consumed_whole == consumed_pieces);
    return 0;
}

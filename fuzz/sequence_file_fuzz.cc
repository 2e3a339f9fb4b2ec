// A history file of arbitrary bytes: it is refused, or all it holds is read without harm.
//
// Checksums would stop nearly every input, so the first bytes choose a footer of ours with right
// checksums around the rest, and the parser behind them is reached.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/hash.h"
#include "sequence/history_file.h"

using namespace throughline;
using namespace throughline::sequence;

namespace {

constexpr FileName kName{2026 * 12, 1, 0};

void read_all(std::string_view bytes) {
    const auto file = HistoryFile::from_bytes(bytes, format_file_name(kName));
    if (!file) return;
    (void)(*file)->verify().is_ok();
    for (size_t block = 0; block < (*file)->blocks().size(); ++block) {
        const auto rows = (*file)->row_columns(block);
        if (rows) (void)rows->row(rows->size() - 1);
        PayloadReader payloads(**file, block);
        (void)payloads.read(0).is_ok();
        (void)payloads.read((*file)->blocks()[block].rows - 1).is_ok();
    }
}

/// Puts a footer between header and trailer of ours, with right checksums, behind `blocks`.
std::string wrap(std::string_view blocks, std::string_view footer) {
    std::string bytes = encode_header(kName);
    bytes.append(blocks);
    const uint64_t sum = checksum(footer, checksum_seed(kName, bytes.size()));
    bytes.append(footer);
    ByteWriter out(bytes);
    out.fixed(static_cast<uint64_t>(footer.size()));
    out.fixed(sum);
    out.raw("TLHISTND");
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    read_all(input);
    if (size < 2) return 0;
    const size_t split = std::min<size_t>(size - 2, load<uint16_t>(data));
    read_all(wrap(input.substr(2, split), input.substr(2 + split)));
    return 0;
}

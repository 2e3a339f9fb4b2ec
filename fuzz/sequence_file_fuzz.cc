// A history file of arbitrary bytes: it is refused, or all it holds is read without harm.
//
// Checksums would stop nearly every input, so each input is also read as blocks and footer (the
// first two bytes say where they part) of a file whose every checksum is put right. A file that
// passes verify() must give all its rows.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "sequence/find_rows.h"
#include "sequence/history_file.h"

using namespace throughline;
using namespace throughline::sequence;

namespace {

constexpr FileName kName{2026 * 12, 1, 0};

void read_all(std::string_view bytes) {
    const auto file = HistoryFile::from_bytes(bytes, format_file_name(kName));
    if (!file) return;
    const bool is_sound = (*file)->verify().is_ok();
    TL_ASSERT((*file)->statistics().is_ok() || !is_sound);
    for (size_t number = 0; number < (*file)->blocks().size(); ++number) {
        Block block(**file, number);
        const uint32_t last = block.rows() - 1;
        const auto columns = block.row_columns();
        const bool has_rows = columns && block.row(*columns, last).is_ok();
        const bool has_last = block.payload(last).is_ok();
        const bool has_first = block.payload(0).is_ok();
        const uint32_t some[] = {(*file)->blocks()[number].home_max, 7};
        const bool has_keys =
            for_keys_of(**file, some, [](const RowKey&, size_t, uint32_t) { return true; }).is_ok();
        const uint32_t both[] = {0, last};
        Micros times[2];
        const auto homes = block.homes();
        std::vector<uint32_t> ends;  // Of the two rows among the homes.
        for (const HomeRun& run : homes ? *homes : std::span<const HomeRun>()) {
            ends.push_back(run.end > last ? 2 : 1);
        }
        const bool has_times =
            homes && (last == 0 || block.times_of({*homes, ends, both}, times).is_ok());
        const bool has_touch = block.touch(last).is_ok();
        TL_ASSERT(!is_sound ||
                  (has_rows && has_first && has_last && has_keys && has_times && has_touch));
    }
}

/// Puts a footer between header and trailer of ours behind `blocks`.
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

uint64_t sum_of(std::string_view file, uint64_t offset, uint64_t size) {
    return checksum(file.substr(offset, size), checksum_seed(kName, offset));
}

/// Puts the checksums of a block's segments right where its directory has them.
void mend_segments(const BlockEntry& block, std::string& file) {
    const uint64_t start = block.offset + block.bytes;
    const std::string directory = file.substr(start, block.directory_bytes);
    ByteReader in(directory);
    uint64_t offset = block.offset;
    for (uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
        in.varint();
        in.varint();
        const uint64_t size = std::min<uint64_t>(in.varint(), start - offset);
        const size_t place = directory.size() - in.left();
        in.fixed<uint64_t>();
        if (!in.ok()) return;
        const uint64_t sum = sum_of(file, offset, size);
        std::copy_n(reinterpret_cast<const char*>(&sum), sizeof sum, file.data() + start + place);
        offset += size;
    }
}

/// Puts every checksum of a file right whose footer can be read.
void mend(std::string& file, size_t footer_offset) {
    auto footer = read_footer(kName, file);
    if (!footer) return;
    for (BlockEntry& block : footer->blocks) {
        mend_segments(block, file);
        block.directory_checksum = sum_of(file, block.offset + block.bytes, block.directory_bytes);
    }
    const std::string statistics(footer->statistics);  // They stand where the footer is written.
    footer->statistics = statistics;
    file.resize(footer_offset);
    append_footer(kName, *footer, footer_offset, file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    read_all(input);
    if (size < 2) return 0;
    const size_t split = std::min<size_t>(size - 2, load<uint16_t>(data));
    std::string file = wrap(input.substr(2, split), input.substr(2 + split));
    mend(file, kHeaderBytes + split);
    read_all(file);
    return 0;
}

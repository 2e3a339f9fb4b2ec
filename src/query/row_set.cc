#include "query/row_set.h"

#include <algorithm>

#include "base/assert.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace throughline::query {

void RowSet::fill(uint32_t begin, uint32_t end, bool is_in) {
    for (uint32_t row = begin / kWordRows * kWordRows; row < end; row += kWordRows) {
        const uint64_t mask = within(row, begin, end);
        word(row) = is_in ? word(row) | mask : word(row) & ~mask;
    }
}

uint32_t RowSet::count(uint32_t begin, uint32_t end) const {
    uint32_t count = 0;
    for (uint32_t row = begin / kWordRows * kWordRows; row < end; row += kWordRows) {
        count += static_cast<uint32_t>(std::popcount(word(row) & within(row, begin, end)));
    }
    return count;
}

void RowSet::count_from(uint32_t begin) {
    before_.resize(words_.size());
    uint32_t count = 0;
    for (size_t word = begin / kWordRows; word < words_.size(); ++word) {
        before_[word] = count;
        count += static_cast<uint32_t>(std::popcount(words_[word]));
    }
}

NameSet::NameSet(std::span<const uint8_t> has) : has_(has.begin(), has.end()) {
    for (size_t name = 0; name < std::min<size_t>(has_.size(), 256); ++name) {
        if (has_[name] == 0) continue;
        auto& highs = name < 128 ? lower_ : higher_;
        highs[name % 16] |= static_cast<uint8_t>(1 << name / 16 % 8);
    }
}

uint64_t NameSet::find(std::span<const uint16_t> names) const {
    TL_ASSERT(names.size() <= kWordRows);
#ifdef __AVX2__
    if (names.size() == kWordRows && has_.size() <= 256) return find_64(names.data());
#endif
    return find_plainly(names);
}

uint64_t NameSet::find_plainly(std::span<const uint16_t> names) const {
    uint64_t found = 0;
    for (size_t i = 0; i < names.size(); ++i) {
        found |= uint64_t{has_[names[i]] != 0} << i;
    }
    return found;
}

#ifdef __AVX2__

namespace {

__m256i both_halves(const std::array<uint8_t, 16>& bytes) {
    return _mm256_broadcastsi128_si256(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data())));
}

/// 32 names, a byte each.
__m256i load_names(const uint16_t* names) {
    const auto* const at = reinterpret_cast<const __m256i*>(names);
    const __m256i packed = _mm256_packus_epi16(_mm256_loadu_si256(at), _mm256_loadu_si256(at + 1));
    return _mm256_permute4x64_epi64(packed, 0b11'01'10'00);
}

}  // namespace

// The low four bits of a name look up eight bits, one for each value of the high ones.
uint64_t NameSet::find_64(const uint16_t* names) const {
    constexpr std::array<uint8_t, 16> kBits = {1, 2, 4, 8, 16, 32, 64, 128,
                                               1, 2, 4, 8, 16, 32, 64, 128};
    const __m256i four_bits = _mm256_set1_epi8(15);
    uint64_t found = 0;
    for (unsigned half = 0; half < 2; ++half) {
        const __m256i name = load_names(names + 32 * half);
        const __m256i low = _mm256_and_si256(name, four_bits);
        const __m256i high = _mm256_and_si256(_mm256_srli_epi16(name, 4), four_bits);
        const __m256i highs =
            _mm256_blendv_epi8(_mm256_shuffle_epi8(both_halves(lower_), low),
                               _mm256_shuffle_epi8(both_halves(higher_), low), name);
        const __m256i wanted = _mm256_shuffle_epi8(both_halves(kBits), high);
        const __m256i is_in = _mm256_cmpeq_epi8(_mm256_and_si256(highs, wanted), wanted);
        found |= uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(is_in))} << (32 * half);
    }
    return found;
}

#endif

}  // namespace throughline::query

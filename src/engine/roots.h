// The dense array of roots: for each identity its profile, and whether it marks a known person.
//
// Scans map rows to people with it, without touching objects. One 32-bit word each: the root in
// the low 31 bits, the mark in the top one; root kErasedRoot hides the identity's rows.
//
// Layer 6. Pure.
#pragma once

#include <cstdint>

#include "store/dense_table.h"

namespace throughline::engine {

inline constexpr uint32_t kErasedRoot = 0x7fffffff;
inline constexpr uint32_t kPersonMark = 0x80000000;

inline uint32_t root_word(uint32_t root, bool is_person) {
    return root | (is_person ? kPersonMark : 0);
}
inline uint32_t root_of_word(uint32_t word) {
    return word & kErasedRoot;
}
inline bool is_person_word(uint32_t word) {
    return (word & kPersonMark) != 0;
}

/// Under whom history keeps the rows of an identity: the oldest of its person.
inline uint32_t home_of(const store::Dense32::Snapshot& roots, uint32_t identity) {
    const uint32_t root = root_of_word(roots[identity]);
    return root == kErasedRoot ? identity : root;
}

}  // namespace throughline::engine

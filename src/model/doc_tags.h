// Tags of the packed document; doc.h tells what follows each. Part of the stored format.
//
// Internal to model.
#pragma once

#include <cstddef>
#include <cstdint>

namespace throughline::model::doc_tag {

inline constexpr uint8_t kNull = 0;
inline constexpr uint8_t kFalse = 1;
inline constexpr uint8_t kTrue = 2;
inline constexpr uint8_t kInteger = 3;
inline constexpr uint8_t kDecimal = 4;
inline constexpr uint8_t kDouble = 5;
inline constexpr uint8_t kString = 6;
inline constexpr uint8_t kNumberText = 7;
inline constexpr uint8_t kArray = 8;
inline constexpr uint8_t kObject = 9;
inline constexpr uint8_t kShortString = 0x40;   // + size, below 64
inline constexpr uint8_t kSmallInteger = 0x80;  // + value, below 128

inline constexpr size_t kContainerHead = 5;  // Tag and u32 size.

}  // namespace throughline::model::doc_tag

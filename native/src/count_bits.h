// How many bits of a number are set.

#ifndef MYNA_NATIVE_COUNT_BITS_H_
#define MYNA_NATIVE_COUNT_BITS_H_

#include <cstdint>

namespace myna {

// Warren, Hacker's Delight, figure 5-2. Without -mpopcnt the compiler's own is a call.
inline uint32_t CountBits(uint32_t bits) {
  bits -= bits >> 1 & 0x55555555;
  bits = (bits & 0x33333333) + (bits >> 2 & 0x33333333);
  return ((bits + (bits >> 4)) & 0x0F0F0F0F) * 0x01010101 >> 24;
}

}  // namespace myna

#endif  // MYNA_NATIVE_COUNT_BITS_H_

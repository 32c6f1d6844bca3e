// Mu-law bytes by the size of the sample that they stand for, as lossless shorten numbers them.

#ifndef MYNA_MU_LAW_ORDER_H_
#define MYNA_MU_LAW_ORDER_H_

#include <array>
#include <cstdint>

namespace myna {

constexpr int kMostMuLawShift = 12;

// number + 128 -> byte, for numbers from -128 to 127. Positive bytes are 0, 1, 2, ... from zero
// (0xFF) outwards; negative ones -1, -2, ... .
//
// A loud recording that was once linear, of fewer bits, uses only some of the bytes. `shift` says
// so: bytes in whose interval lies a multiple of 2^(shift + 3), on the scale of 16 bits, are
// numbered first, the others behind them. Negative zero (0x7F) is -1; in `old` streams it stands
// between those two instead, and all that is negative one place further in.
std::array<uint8_t, 256> MuLawOrder(int shift, bool old);

}  // namespace myna

#endif  // MYNA_MU_LAW_ORDER_H_

// The 8-bit samples of telephony: ITU-T G.711.

#ifndef MYNA_COMPANDING_H_
#define MYNA_COMPANDING_H_

#include <array>
#include <cstdint>

namespace myna {

using CompandingTable = std::array<int16_t, 256>;  // byte -> linear, 16 bits

const CompandingTable& MuLawToLinear();
const CompandingTable& ALawToLinear();

}  // namespace myna

#endif  // MYNA_COMPANDING_H_

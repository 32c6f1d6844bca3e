// Float samples as whole numbers of 16 bits.

#ifndef MYNA_INT16_SAMPLES_H_
#define MYNA_INT16_SAMPLES_H_

#include <cstdint>

namespace myna {

// round(x * 32768), halves to even, clipped to 16 bits.
void ToInt16(const float* samples, int64_t count, int16_t* out);

}  // namespace myna

#endif  // MYNA_INT16_SAMPLES_H_

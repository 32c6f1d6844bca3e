#include "int16_samples.h"

namespace myna {

// GCC keeps clamping scalar for the sake of traps on NaN, which nobody asked for.
#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("O3", "no-trapping-math")))
#endif
void ToInt16(const float* samples, int64_t count, int16_t* out) {
  // Adding and taking away 1.5 * 2^23 leaves a float of this size rounded to a whole number, halves
  // to even; unlike lrintf, compilers turn it into vector instructions.
  constexpr float kRound = 12582912.0f;
  for (int64_t i = 0; i < count; ++i) {
    float value = samples[i] * 32768.0f;
    // So that a NaN, which sums of huge samples can give, is clipped too and never cast.
    value = value > -32768.0f ? value : -32768.0f;
    value = value < 32767.0f ? value : 32767.0f;
    out[i] = static_cast<int16_t>(static_cast<int32_t>((value + kRound) - kRound));
  }
}

}  // namespace myna

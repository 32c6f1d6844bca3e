// The inner loops of resampling, compiled for several instruction sets and chosen while
// running. All of them add in the same order; those with fused multiply-add agree bit for bit, and
// the one without stays far below one step of 16 bits.

#ifndef MYNA_RESAMPLER_KERNELS_H_
#define MYNA_RESAMPLER_KERNELS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "spectral_filter.h"

namespace myna {

constexpr int kPhases = 8;  // outputs that share one window of input
constexpr int kLanes = 16;  // windows worked on side by side

// Where one tile's input lies in the transposed block: sample r + rows * i is at
// block[r * row_length + i]; lane l reads the window that starts i + l columns in.
struct TileInput {
  const float* block;
  int rows;
  int row_length;
  int row;     // of the window's first sample
  int column;  // of the window's first sample, lane 0
};

struct ResamplerKernels {
  const char* name;
  // out[q * kLanes + l] = sum over k < taps of coefficients[k * kPhases + q] * window of lane l [k]
  void (*tile)(const TileInput& input, const float* coefficients, int taps, float* out);
  // out[t] = even[t] / 2 + sum over i < pairs of coefficients[i] * (odd[t + i] + odd[t - i - 1]),
  // for count outputs, count a multiple of kLanes
  void (*half)(const float* even, const float* odd, const float* coefficients, int pairs,
               int64_t count, float* out);
  // sum over k < taps of x[k] * (a[k] + share * (b[k] - a[k])), taps a multiple of kLanes
  float (*dot)(const float* x, const float* a, const float* b, float share, int taps);
  // The blocks of spectral_filter.h, lane by lane: see spectral_transform.h.
  void (*filter_blocks)(const SpectralFilter& filter, float* in, float* out);
};

// "auto" is the best this processor runs. Throws std::invalid_argument for one it does not know.
const ResamplerKernels& ChooseKernels(const std::string& name);
// The names that run here, the best first.
std::vector<std::string> KernelNames();

}  // namespace myna

#endif  // MYNA_RESAMPLER_KERNELS_H_

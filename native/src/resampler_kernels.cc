#include "resampler_kernels.h"

#include <cstring>
#include <stdexcept>

#include "spectral_transform.h"

namespace myna {
namespace {

// Vectors of GCC and Clang: one text for every instruction set.
typedef float Vector4 __attribute__((vector_size(16)));
typedef float Vector8 __attribute__((vector_size(32)));
typedef float Vector16 __attribute__((vector_size(64)));

// kQ phases x kV vectors of lanes are summed in registers; their number is the processor's, so a
// tile is worked off in as many passes as it needs.
template <typename Vector, int kQ, int kV>
MYNA_INLINE void TilePass(const TileInput& input, const float* coefficients, int taps, int lane,
                          float* out) {
  constexpr int kWidth = sizeof(Vector) / sizeof(float);
  Vector sums[kQ][kV] = {};
  int row = input.row;
  const float* column = input.block + input.column + lane;
  while (taps > 0) {
    const int run = taps < input.rows - row ? taps : input.rows - row;
    const float* samples = column + static_cast<int64_t>(row) * input.row_length;
    for (int k = 0; k < run; ++k) {
      for (int v = 0; v < kV; ++v) {
        Vector loaded;
        std::memcpy(&loaded, samples + v * kWidth, sizeof loaded);
        for (int q = 0; q < kQ; ++q) sums[q][v] += coefficients[q] * loaded;
      }
      samples += input.row_length;
      coefficients += kPhases;
    }
    taps -= run;
    row = 0;
    ++column;
  }
  for (int q = 0; q < kQ; ++q)
    for (int v = 0; v < kV; ++v)
      std::memcpy(out + q * kLanes + lane + v * kWidth, &sums[q][v], sizeof(Vector));
}

template <typename Vector, int kQ, int kV>
MYNA_INLINE void Tile(const TileInput& input, const float* coefficients, int taps, float* out) {
  constexpr int kStep = kV * static_cast<int>(sizeof(Vector) / sizeof(float));
  for (int q = 0; q < kPhases; q += kQ)
    for (int lane = 0; lane < kLanes; lane += kStep)
      TilePass<Vector, kQ, kV>(input, coefficients + q, taps, lane, out + q * kLanes);
}

template <typename Vector>
MYNA_INLINE void Half(const float* even, const float* odd, const float* coefficients, int pairs,
                      int64_t count, float* out) {
  constexpr int kWidth = sizeof(Vector) / sizeof(float);
  for (int64_t t = 0; t < count; t += kWidth) {
    Vector sum;
    std::memcpy(&sum, even + t, sizeof sum);
    sum *= 0.5f;
    for (int i = 0; i < pairs; ++i) {
      Vector after, before;
      std::memcpy(&after, odd + t + i, sizeof after);
      std::memcpy(&before, odd + t - i - 1, sizeof before);
      sum += coefficients[i] * (after + before);
    }
    std::memcpy(out + t, &sum, sizeof sum);
  }
}

// kLanes sums side by side, whatever the vector, so that all instruction sets add in one order.
template <typename Vector>
MYNA_INLINE float Dot(const float* x, const float* a, const float* b, float share, int taps) {
  constexpr int kWidth = sizeof(Vector) / sizeof(float);
  constexpr int kCount = kLanes / kWidth;
  Vector sums[kCount] = {};
  for (int k = 0; k < taps; k += kLanes)
    for (int v = 0; v < kCount; ++v) {
      Vector samples, before, after;
      std::memcpy(&samples, x + k + v * kWidth, sizeof samples);
      std::memcpy(&before, a + k + v * kWidth, sizeof before);
      std::memcpy(&after, b + k + v * kWidth, sizeof after);
      sums[v] += samples * (before + share * (after - before));
    }
  float lanes[kLanes];
  std::memcpy(lanes, sums, sizeof lanes);
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum;
}

#define MYNA_KERNELS(suffix, attribute, Vector, kQ, kV)                                       \
  attribute void Tile##suffix(const TileInput& input, const float* coefficients, int taps,    \
                              float* out) {                                                   \
    Tile<Vector, kQ, kV>(input, coefficients, taps, out);                                     \
  }                                                                                           \
  attribute void Half##suffix(const float* even, const float* odd, const float* coefficients, \
                              int pairs, int64_t count, float* out) {                         \
    Half<Vector>(even, odd, coefficients, pairs, count, out);                                 \
  }                                                                                           \
  attribute float Dot##suffix(const float* x, const float* a, const float* b, float share,    \
                              int taps) {                                                     \
    return Dot<Vector>(x, a, b, share, taps);                                                 \
  }

MYNA_KERNELS(Baseline, , Vector4, 4, 2)
#if defined(__x86_64__)
MYNA_KERNELS(Avx2, __attribute__((target("avx2,fma"))), Vector8, 4, 2)
MYNA_KERNELS(Avx512, __attribute__((target("avx512f,avx2,fma"))), Vector16, 8, 1)
#endif

void FilterBlocksBaseline(const SpectralFilter& filter, float* in, float* out) {
  FilterBlocks<Vector4>(filter, in, out);
}
#if defined(__x86_64__)
// For processors with wider vectors too: those gain nothing here, where memory is the limit.
__attribute__((target("avx2,fma"))) void FilterBlocksAvx2(const SpectralFilter& filter, float* in,
                                                          float* out) {
  FilterBlocks<Vector8>(filter, in, out);
}
#endif

// The sets this processor runs, the best first.
std::vector<ResamplerKernels> Available() {
  std::vector<ResamplerKernels> sets;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f"))
    sets.push_back({"avx512", TileAvx512, HalfAvx512, DotAvx512, FilterBlocksAvx2});
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    sets.push_back({"avx2", TileAvx2, HalfAvx2, DotAvx2, FilterBlocksAvx2});
#endif
  sets.push_back({"baseline", TileBaseline, HalfBaseline, DotBaseline, FilterBlocksBaseline});
  return sets;
}

const std::vector<ResamplerKernels>& Sets() {
  static const std::vector<ResamplerKernels> sets = Available();
  return sets;
}

}  // namespace

const ResamplerKernels& ChooseKernels(const std::string& name) {
  if (name == "auto") return Sets().front();
  for (const ResamplerKernels& set : Sets())
    if (name == set.name) return set;
  throw std::invalid_argument("no resampling kernels named '" + name + "' run on this processor");
}

std::vector<std::string> KernelNames() {
  std::vector<std::string> names;
  for (const ResamplerKernels& set : Sets()) names.emplace_back(set.name);
  return names;
}

}  // namespace myna

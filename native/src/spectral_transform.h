// The transforms of spectral_filter.h on kSpectralLanes lanes side by side, for whatever vector the
// instruction set has. Point n lies at block + n * kPointFloats: the lanes' real parts, then their
// imaginary ones.

#ifndef MYNA_SPECTRAL_TRANSFORM_H_
#define MYNA_SPECTRAL_TRANSFORM_H_

#include <cstdint>
#include <cstring>

#include "spectral_filter.h"

// A vector wider than the baseline's has no calling convention: all of this must be inlined.
#define MYNA_INLINE inline __attribute__((always_inline))

namespace myna {

constexpr int kPointFloats = 2 * kSpectralLanes;

template <typename Vector>
struct ComplexLanes {
  Vector re, im;

  static MYNA_INLINE ComplexLanes Load(const float* from) {
    ComplexLanes value;
    std::memcpy(&value.re, from, sizeof(Vector));
    std::memcpy(&value.im, from + kSpectralLanes, sizeof(Vector));
    return value;
  }
  MYNA_INLINE void Store(float* to) const {
    std::memcpy(to, &re, sizeof(Vector));
    std::memcpy(to + kSpectralLanes, &im, sizeof(Vector));
  }
  MYNA_INLINE ComplexLanes operator+(const ComplexLanes& o) const {
    return {re + o.re, im + o.im};
  }
  MYNA_INLINE ComplexLanes operator-(const ComplexLanes& o) const {
    return {re - o.re, im - o.im};
  }
  MYNA_INLINE ComplexLanes TimesI() const { return {-im, re}; }
  // By one number for all lanes, or by its conjugate.
  MYNA_INLINE ComplexLanes Times(const float* w) const {
    return {re * w[0] - im * w[1], re * w[1] + im * w[0]};
  }
  MYNA_INLINE ComplexLanes TimesConjugate(const float* w) const {
    return {re * w[0] + im * w[1], im * w[0] - re * w[1]};
  }
};

template <typename Vector>
MYNA_INLINE void ForthOfFour(float* block, int length, const float* factors) {
  using Lanes = ComplexLanes<Vector>;
  const int64_t gap = length / 4 * kPointFloats;
  for (int j = 0; j < length / 4; ++j, block += kPointFloats, factors += 6) {
    const Lanes a = Lanes::Load(block), b = Lanes::Load(block + gap);
    const Lanes c = Lanes::Load(block + 2 * gap), d = Lanes::Load(block + 3 * gap);
    const Lanes ac = a + c, bd = b + d, across = a - c, turned = (b - d).TimesI();
    (ac + bd).Store(block);
    (across - turned).Times(factors).Store(block + gap);
    (ac - bd).Times(factors + 2).Store(block + 2 * gap);
    (across + turned).Times(factors + 4).Store(block + 3 * gap);
  }
}

template <typename Vector>
MYNA_INLINE void BackOfFour(float* block, int length, const float* factors) {
  using Lanes = ComplexLanes<Vector>;
  const int64_t gap = length / 4 * kPointFloats;
  for (int j = 0; j < length / 4; ++j, block += kPointFloats, factors += 6) {
    const Lanes a = Lanes::Load(block);
    const Lanes b = Lanes::Load(block + gap).TimesConjugate(factors);
    const Lanes c = Lanes::Load(block + 2 * gap).TimesConjugate(factors + 2);
    const Lanes d = Lanes::Load(block + 3 * gap).TimesConjugate(factors + 4);
    const Lanes ac = a + c, bd = b + d, across = a - c, turned = (b - d).TimesI();
    (ac + bd).Store(block);
    (across + turned).Store(block + gap);
    (ac - bd).Store(block + 2 * gap);
    (across - turned).Store(block + 3 * gap);
  }
}

// `groups` of `down` points each become as many of `up` points.
template <typename Vector>
MYNA_INLINE void Mix(const float* in, int down, const float* mixing, int groups, float* out,
                     int up) {
  using Lanes = ComplexLanes<Vector>;
  for (int group = 0; group < groups; ++group, in += down * kPointFloats)
    for (int n = 0; n < up; ++n, out += kPointFloats) {
      Lanes sum{};
      for (int m = 0; m < down; ++m, mixing += 2)
        sum = sum + Lanes::Load(in + m * kPointFloats).Times(mixing);
      sum.Store(out);
    }
}

// From the inputs of kSpectralBlocks blocks (down * M points, overwritten) to their outputs
// (up * M points). After the first step the four quarters do not meet again until the last one, so
// each is gone through alone: it stays in the nearest cache.
template <typename Vector>
MYNA_INLINE void FilterBlocks(const SpectralFilter& filter, float* in, float* out) {
  constexpr int kWidth = sizeof(Vector) / sizeof(float);
  constexpr int kGroups = kSpectralPoints / 4;  // of a quarter
  const int in_quarter = filter.down * kGroups;
  const int out_quarter = filter.up * kGroups;
  for (int lane = 0; lane < kSpectralLanes; lane += kWidth, in += kWidth, out += kWidth) {
    ForthOfFour<Vector>(in, 4 * in_quarter, filter.forth.data());
    const float* mixing = filter.mixing.data();
    for (int quarter = 0; quarter < 4; ++quarter) {
      float* const from = in + quarter * in_quarter * kPointFloats;
      float* const to = out + quarter * out_quarter * kPointFloats;
      const float* factors = filter.forth.data() + 6 * in_quarter;
      for (int length = in_quarter; length > filter.down; length /= 4) {
        for (int start = 0; start < in_quarter; start += length)
          ForthOfFour<Vector>(from + start * kPointFloats, length, factors);
        factors += length / 4 * 6;
      }
      Mix<Vector>(from, filter.down, mixing, kGroups, to, filter.up);
      mixing += kGroups * filter.up * filter.down * 2;
      factors = filter.back.data() + filter.back.size();
      for (int length = 4 * filter.up; length <= out_quarter; length *= 4) {
        factors -= length / 4 * 6;
        for (int start = 0; start < out_quarter; start += length)
          BackOfFour<Vector>(to + start * kPointFloats, length, factors);
      }
    }
    BackOfFour<Vector>(out, 4 * out_quarter, filter.back.data());
  }
}

}  // namespace myna

#endif  // MYNA_SPECTRAL_TRANSFORM_H_

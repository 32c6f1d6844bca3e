// The filters that take one sample rate to another, designed once and shared by all threads.
//
// A plan is a chain: as long as the rate is at least 2.5 times the target (and not one of the
// ratios of small terms that spectral_filter.h takes), a half-band filter halves it, which has to
// guard only what would fold below the target's Nyquist and is therefore short; one sharp filter of
// ratio up/down does the rest. All are windowed sincs,
//
//   h(t) = 2 f sinc(2 f t) I0(beta sqrt(1 - (t / w)^2)) / I0(beta),   |t| <= w,   t in input
//   samples,
//
// with f the middle of the transition band, I0 the modified Bessel function, and beta and w from
// Kaiser's formulas for the attenuation A and the transition width d (cycles a sample):
//   beta = 0.1102 (A - 8.7),   2 w = (A - 7.95) / (14.36 d)
// (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974).
// The sharp filter passes 0..0.913 of the lower Nyquist, as soxr's HQ does, and stops all above it.

#ifndef MYNA_RESAMPLE_PLAN_H_
#define MYNA_RESAMPLE_PLAN_H_

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "spectral_filter.h"

namespace myna {

constexpr double kAttenuation = 110.0;     // dB
constexpr double kPassBand = 0.913;        // of the lower Nyquist
constexpr int kInterpolatedPlaces = 2048;  // a sample
constexpr int kLowestRate = 1000;          // Hz
constexpr int kHighestRate = 768000;       // Hz

// y[m] = x[2m] / 2 + sum over i of coefficients[i] * (x[2m + 2i + 1] + x[2m - 2i - 1])
struct HalfFilter {
  std::vector<float> coefficients;
  int reach() const { return 2 * static_cast<int>(coefficients.size()) - 1; }
};

// y[m] = sum over n of x[n] h(n - m down / up), with the values of h laid out for
// ResamplerKernels::tile: kPhases outputs after each other form a group that reads one window.
struct SharpFilter {
  int64_t up;    // outputs a cycle; a multiple of kPhases, so up/down is not in lowest terms
  int64_t down;  // inputs a cycle
  int taps;      // of a window
  int lead;      // inputs before 0 that output 0 reads
  std::vector<int64_t> first;       // per group: the window's first input, counted from -lead
  std::vector<float> coefficients;  // per group: taps x kPhases
};

// The same h(t) between inputs, for ratios without small terms; see InterpolatedStage.
struct InterpolatedFilter {
  int64_t up;  // up/down in lowest terms
  int64_t down;
  int taps;                         // a multiple of kLanes
  int lead;                         // inputs before 0 that output 0 reads
  std::vector<float> coefficients;  // (kInterpolatedPlaces + 1) x taps
};

struct ResamplePlan {
  int64_t source_rate;
  int64_t target_rate;
  std::vector<HalfFilter> halves;
  std::variant<SpectralFilter, SharpFilter, InterpolatedFilter> last;
};

// The plan for two rates, kLowestRate..kHighestRate, that differ; the last few are kept. Throws
// std::invalid_argument outside of the range.
std::shared_ptr<const ResamplePlan> PlanFor(int source_rate, int target_rate);

}  // namespace myna

#endif  // MYNA_RESAMPLE_PLAN_H_

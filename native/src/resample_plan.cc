#include "resample_plan.h"

#include <algorithm>
#include <cmath>
#include <list>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>

#include "resampler_kernels.h"
#include "windowed_sinc.h"

namespace myna {
namespace {

constexpr size_t kPlansKept = 16;
// Outputs a cycle of a SharpFilter: 640 for 11,025 Hz, with 0.5 MB of coefficients.
constexpr int64_t kLargestCycle = 1024;

// Halves a rate; `kept` is what must stay clean, in cycles a sample.
HalfFilter DesignHalf(double kept) {
  const WindowedSinc filter(kept, 0.5 - kept);
  HalfFilter half;
  for (int t = 1; t <= filter.half_width(); t += 2)
    half.coefficients.push_back(static_cast<float>(filter(t)));
  return half;
}

WindowedSinc SharpSinc(int64_t up, int64_t down) {
  const double nyquist = 0.5 * std::min(1.0, static_cast<double>(up) / static_cast<double>(down));
  return WindowedSinc(kPassBand * nyquist, nyquist);
}

SharpFilter DesignSharp(int64_t up, int64_t down) {
  const WindowedSinc filter = SharpSinc(up, down);
  const double width = filter.half_width();
  const int64_t repeat = kPhases / std::gcd(up, static_cast<int64_t>(kPhases));
  SharpFilter sharp;
  sharp.up = up * repeat;
  sharp.down = down * repeat;
  sharp.lead = static_cast<int>(std::floor(width));
  const double step = static_cast<double>(down) / static_cast<double>(up);
  sharp.taps = static_cast<int>(std::floor(2 * width + (kPhases - 1) * step)) + 2;
  sharp.coefficients.reserve(static_cast<size_t>(sharp.up * sharp.taps));
  for (int64_t group = 0; group < sharp.up; group += kPhases) {
    const double time = static_cast<double>(group * down) / static_cast<double>(up);
    const int64_t first = static_cast<int64_t>(std::ceil(time - width));
    sharp.first.push_back(first + sharp.lead);
    for (int k = 0; k < sharp.taps; ++k)
      for (int64_t q = group; q < group + kPhases; ++q) {
        // One division, so that whole numbers of samples come out whole.
        const double distance =
            static_cast<double>((first + k) * up - q * down) / static_cast<double>(up);
        sharp.coefficients.push_back(static_cast<float>(filter(distance)));
      }
  }
  return sharp;
}

InterpolatedFilter DesignInterpolated(int64_t up, int64_t down) {
  const WindowedSinc filter = SharpSinc(up, down);
  InterpolatedFilter table;
  table.up = up;
  table.down = down;
  table.lead = static_cast<int>(std::floor(filter.half_width()));
  table.taps = (2 * table.lead + 2 + kLanes - 1) / kLanes * kLanes;
  for (int place = 0; place <= kInterpolatedPlaces; ++place)
    for (int k = 0; k < table.taps; ++k)
      table.coefficients.push_back(static_cast<float>(
          filter(k - table.lead - static_cast<double>(place) / kInterpolatedPlaces)));
  return table;
}

// Whether a SpectralFilter can take a rate to up/down of it.
bool HasSmallTerms(int64_t up, int64_t down) {
  return std::max(up, down) / std::gcd(up, down) <= kLargestSpectralTerm;
}

std::shared_ptr<const ResamplePlan> Design(int64_t source_rate, int64_t target_rate) {
  auto plan = std::make_shared<ResamplePlan>();
  plan->source_rate = source_rate;
  plan->target_rate = target_rate;
  // After halving, the rate may be no whole number: it is kept as the ratio up/down to the target.
  int64_t up = target_rate;
  int64_t down = source_rate;
  while (static_cast<double>(down) / static_cast<double>(up) >= 2.5 && !HasSmallTerms(up, down)) {
    plan->halves.push_back(DesignHalf(0.5 * static_cast<double>(up) / static_cast<double>(down)));
    up *= 2;
  }
  const int64_t common = std::gcd(up, down);
  up /= common;
  down /= common;
  if (HasSmallTerms(up, down))
    plan->last = DesignSpectral(SharpSinc(up, down), static_cast<int>(up), static_cast<int>(down));
  else if (up <= kLargestCycle)
    plan->last = DesignSharp(up, down);
  else
    plan->last = DesignInterpolated(up, down);
  return plan;
}

}  // namespace

std::shared_ptr<const ResamplePlan> PlanFor(int source_rate, int target_rate) {
  for (const int rate : {source_rate, target_rate})
    if (rate < kLowestRate || rate > kHighestRate)
      throw std::invalid_argument("a sample rate of " + std::to_string(rate) + " Hz is outside " +
                                  std::to_string(kLowestRate) + ".." +
                                  std::to_string(kHighestRate));
  static std::mutex mutex;
  static std::list<std::shared_ptr<const ResamplePlan>> kept;  // the last used first
  const std::lock_guard<std::mutex> lock(mutex);
  for (auto at = kept.begin(); at != kept.end(); ++at)
    if ((*at)->source_rate == source_rate && (*at)->target_rate == target_rate) {
      kept.splice(kept.begin(), kept, at);
      return kept.front();
    }
  kept.push_front(Design(source_rate, target_rate));
  if (kept.size() > kPlansKept) kept.pop_back();
  return kept.front();
}

}  // namespace myna

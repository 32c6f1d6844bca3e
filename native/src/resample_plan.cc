#include "resample_plan.h"

#include <algorithm>
#include <cmath>
#include <list>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>

#include "resampler_kernels.h"

namespace myna {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr size_t kPlansKept = 16;
// Outputs a cycle of a SharpFilter: 640 for 11,025 Hz, with 0.5 MB of coefficients.
constexpr int64_t kLargestCycle = 1024;

double BesselI0(double x) {
  double sum = 1;
  double term = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

// The h(t) of the file's head.
class WindowedSinc {
 public:
  WindowedSinc(double pass, double stop)
      : frequency_((pass + stop) / 2),
        half_width_((kAttenuation - 7.95) / (14.36 * (stop - pass)) / 2),
        beta_(0.1102 * (kAttenuation - 8.7)),
        scale_(1 / BesselI0(beta_)) {}

  double half_width() const { return half_width_; }

  double operator()(double t) const {
    const double place = t / half_width_;
    if (std::abs(place) > 1) return 0;
    const double angle = 2 * kPi * frequency_ * t;
    const double sinc = std::abs(angle) < 1e-9 ? 1 : std::sin(angle) / angle;
    return 2 * frequency_ * sinc * BesselI0(beta_ * std::sqrt(1 - place * place)) * scale_;
  }

 private:
  double frequency_;   // cycles a sample
  double half_width_;  // samples
  double beta_;
  double scale_;
};

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

std::shared_ptr<const ResamplePlan> Design(int64_t source_rate, int64_t target_rate) {
  auto plan = std::make_shared<ResamplePlan>();
  plan->source_rate = source_rate;
  plan->target_rate = target_rate;
  // After halving, the rate may be no whole number: it is kept as the ratio up/down to the target.
  int64_t up = target_rate;
  const int64_t down = source_rate;
  while (static_cast<double>(down) / static_cast<double>(up) >= 2.5) {
    plan->halves.push_back(DesignHalf(0.5 * static_cast<double>(up) / static_cast<double>(down)));
    up *= 2;
  }
  const int64_t common = std::gcd(up, down);
  up /= common;
  if (up <= kLargestCycle)
    plan->last = DesignSharp(up, down / common);
  else
    plan->last = DesignInterpolated(up, down / common);
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

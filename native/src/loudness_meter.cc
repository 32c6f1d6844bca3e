#include "loudness_meter.h"

#include <algorithm>
#include <cmath>

namespace myna {
namespace {

// Eight sums side by side, which compilers turn into vectors; one would wait for itself.
double SumOfSquares(const float* samples, int64_t count) {
  constexpr int kLanes = 8;
  float sums[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) sums[lane] += samples[i + lane] * samples[i + lane];
  double sum = 0;
  for (; i < count; ++i) sum += samples[i] * samples[i];
  for (const float lane : sums) sum += lane;
  return sum;
}

}  // namespace

LoudnessMeter::LoudnessMeter(int sample_rate, double enough)
    : window_(sample_rate / 10), enough_(std::pow(10.0, enough / 10)) {}

void LoudnessMeter::Add(const float* samples, int64_t count) {
  while (count > 0 && loudest_ < enough_) {
    const int64_t taken = std::min(count, window_ - filled_);
    sum_ += SumOfSquares(samples, taken);
    filled_ += taken;
    samples += taken;
    count -= taken;
    if (filled_ < window_) continue;
    loudest_ = std::max(loudest_, sum_ / static_cast<double>(window_));
    filled_ = 0;
    sum_ = 0;
  }
}

double LoudnessMeter::Loudest() const {
  if (filled_ == 0) return std::max(loudest_, 0.0);
  const bool is_first = loudest_ < 0;
  return std::max(loudest_, sum_ / static_cast<double>(is_first ? filled_ : window_));
}

double LoudnessMeter::dbfs() const { return 10 * std::log10(std::max(Loudest(), 1e-20)); }

}  // namespace myna

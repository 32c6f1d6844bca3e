// The h(t) of resample_plan.h's head, in double precision.

#ifndef MYNA_WINDOWED_SINC_H_
#define MYNA_WINDOWED_SINC_H_

#include <cmath>

#include "resample_plan.h"

namespace myna {

constexpr double kPi = 3.14159265358979323846;

inline double BesselI0(double x) {
  double sum = 1;
  double term = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

class WindowedSinc {
 public:
  // Passes up to `pass` and stops from `stop`, both in cycles a sample.
  WindowedSinc(double pass, double stop)
      : frequency_((pass + stop) / 2),
        half_width_((kAttenuation - 7.95) / (14.36 * (stop - pass)) / 2),
        beta_(0.1102 * (kAttenuation - 8.7)),
        scale_(1 / BesselI0(beta_)) {}

  double half_width() const { return half_width_; }  // samples

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

}  // namespace myna

#endif  // MYNA_WINDOWED_SINC_H_

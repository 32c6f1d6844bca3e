// Sums of probabilities that are kept as natural logarithms.

#ifndef MYNA_NATIVE_LOG_MATH_H_
#define MYNA_NATIVE_LOG_MATH_H_

#include <cmath>
#include <limits>

namespace myna {

constexpr double kLogZero = -std::numeric_limits<double>::infinity();
constexpr double kLn10 = 2.302585092994045684;
constexpr double kLn2 = 0.693147180559945309;

// log(exp(a) + exp(b)), also for kLogZero.
inline double LogAdd(double a, double b) {
  if (a < b) return LogAdd(b, a);
  if (b == kLogZero) return a;
  return a + std::log1p(std::exp(b - a));
}

}  // namespace myna

#endif  // MYNA_NATIVE_LOG_MATH_H_

// The exponential function where it is called for every step of a search.

#ifndef MYNA_NATIVE_FAST_EXP_H_
#define MYNA_NATIVE_FAST_EXP_H_

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace myna {

// 2^(k / 256)
inline const std::array<double, 256> kPowers = [] {
  std::array<double, 256> powers{};
  for (std::size_t k = 0; k < powers.size(); ++k)
    powers[k] = std::exp2(static_cast<double>(k) / 256);
  return powers;
}();

// exp(x) to 12 digits for -700 < x < 700; 0 below, and above as for 700.
//
// x = (256 n + k) ln(2) / 256 + r: 2^n is in the exponent, 2^(k / 256) in a table, and a short
// series does for exp(r), since |r| is at most ln(2) / 512 (Tang 1989, "Table-driven
// implementation of the exponential function in IEEE floating-point arithmetic").
inline double FastExp(double x) {
  if (!(x > -700)) return 0;
  if (x > 700) x = 700;
  constexpr double kLn2 = 0.69314718055994530942;
  constexpr double kRounder = 6755399441055744.0;  // 1.5 * 2^52: a sum with it is a whole number
  const double shifted = x * (256 / kLn2) + kRounder;
  int64_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  const auto whole = static_cast<int32_t>(bits);
  const double r = x - (shifted - kRounder) * (kLn2 / 256);
  const double series = 1 + r + r * r * (0.5 + r * (1.0 / 6));
  const auto exponent = static_cast<uint64_t>((whole >> 8) + 1023) << 52;
  double power;
  std::memcpy(&power, &exponent, sizeof power);
  return series * kPowers[static_cast<std::size_t>(whole & 255)] * power;
}

}  // namespace myna

#endif  // MYNA_NATIVE_FAST_EXP_H_

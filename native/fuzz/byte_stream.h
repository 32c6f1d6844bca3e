// What targets make numbers of.

#ifndef MYNA_NATIVE_FUZZ_BYTE_STREAM_H_
#define MYNA_NATIVE_FUZZ_BYTE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <limits>

// Takes bytes from the front; zeros when there are none left.
class ByteStream {
 public:
  ByteStream(const uint8_t* data, std::size_t size) : data_(data), left_(size) {}

  std::size_t left() const { return left_; }
  uint32_t Next() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }

 private:
  const uint8_t* data_;
  std::size_t left_;
};

// The most above 0 that is taken for a rounded logarithm of a probability (log_prob_matrix.cc).
constexpr double kMostLogProb = 1e-3;

// Mostly logarithms of probabilities, some of them at the ends of what a number can be; from 253 on
// none.
inline double LogProbOf(uint32_t byte) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kRare[] = {-0.0,
                              kMostLogProb / 2,
                              -std::numeric_limits<double>::denorm_min(),
                              std::numeric_limits<float>::lowest(),
                              -1e308,
                              0.5,
                              kInfinity,
                              std::numeric_limits<double>::quiet_NaN()};
  if (byte < 224) return -static_cast<double>(byte * byte) / 1024;
  return byte < 248 ? -kInfinity : kRare[byte - 248];
}

#endif  // MYNA_NATIVE_FUZZ_BYTE_STREAM_H_

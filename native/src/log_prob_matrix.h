// What an acoustic model says about one utterance.

#ifndef MYNA_NATIVE_LOG_PROB_MATRIX_H_
#define MYNA_NATIVE_LOG_PROB_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "labels.h"

namespace myna {

// Natural logarithms of probabilities, frames by labels with the blank last, row after row;
// somebody else's memory.
class LogProbMatrix {
 public:
  // `columns` is the number of labels and 1 for the blank.
  LogProbMatrix(const float* data, std::size_t frames, uint32_t columns)
      : floats_(data), frames_(frames), columns_(columns) {}
  LogProbMatrix(const double* data, std::size_t frames, uint32_t columns)
      : doubles_(data), frames_(frames), columns_(columns) {}

  std::size_t frames() const { return frames_; }
  uint32_t columns() const { return columns_; }

  // Throws std::invalid_argument, naming frame and label, for what is no logarithm of a
  // probability: NaN, and numbers above 0 by more than rounding.
  void ReadFrame(std::size_t frame, const Labels& labels, std::vector<double>* out) const;

 private:
  const float* floats_ = nullptr;
  const double* doubles_ = nullptr;
  std::size_t frames_;
  uint32_t columns_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_LOG_PROB_MATRIX_H_

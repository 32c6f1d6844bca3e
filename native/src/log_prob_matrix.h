// What an acoustic model says about one utterance, or a part of it.

#ifndef MYNA_NATIVE_LOG_PROB_MATRIX_H_
#define MYNA_NATIVE_LOG_PROB_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "labels.h"
#include "output_columns.h"

namespace myna {

// Frames by columns, float or double, in somebody else's memory, where they may lie in any order
// and at any address. Nothing is copied but one frame at a time.
class LogProbMatrix {
 public:
  // Where the numbers lie; the strides are bytes, and may be negative or 0.
  struct Memory {
    const void* data;
    bool is_double;
    std::size_t frames;
    std::ptrdiff_t frame_stride;
    std::ptrdiff_t column_stride;
  };

  // `columns` must outlive the matrix. `first_frame` is what errors call the first of the frames.
  LogProbMatrix(const Memory& memory, const OutputColumns& columns, std::size_t first_frame = 0);

  // Log-probabilities, row after row without gaps: the labels in their order, the blank last.
  // `columns` is the number of labels and 1.
  LogProbMatrix(const float* data, std::size_t frames, uint32_t columns);
  LogProbMatrix(const double* data, std::size_t frames, uint32_t columns);

  std::size_t frames() const { return memory_.frames; }
  uint32_t columns() const { return width_; }  // labels that can be written, and the blank

  // The natural logarithms of the probabilities in a frame: labels in their order, the blank last.
  // Throws std::invalid_argument, naming frame and label, for what is no logarithm of a
  // probability: NaN, and numbers above 0 by more than rounding; of logits for NaN and infinity,
  // and for frames without any logit above -infinity.
  void ReadFrame(std::size_t frame, const Labels& labels, std::vector<double>* out) const;

  // Throws what ReadFrame would throw for the first frame that it does for.
  void Check(const Labels& labels) const;

 private:
  template <typename T>
  void Read(std::size_t frame, const Labels& labels, std::vector<double>* out) const;
  template <typename T>
  double LogSumOfExp(std::size_t frame, const Labels& labels) const;
  template <typename T>
  void CheckLogProbs(std::size_t frame, const Labels& labels) const;
  template <typename T>
  T At(std::size_t frame, uint32_t column) const;
  bool IsLogits() const { return columns_ != nullptr && columns_->scale() == Scale::kLogits; }
  uint32_t Place(uint32_t number) const {
    return columns_ == nullptr ? number : columns_->places()[number];
  }
  [[noreturn]] void Refuse(std::size_t frame, uint32_t column, double value,
                           const Labels& labels) const;

  Memory memory_;
  const OutputColumns* columns_ = nullptr;  // nullptr: labels in their order, the blank last
  uint32_t width_;
  std::size_t first_frame_ = 0;
  bool is_in_order_ = true;  // a frame's numbers lie side by side in the order of the labels
};

}  // namespace myna

#endif  // MYNA_NATIVE_LOG_PROB_MATRIX_H_

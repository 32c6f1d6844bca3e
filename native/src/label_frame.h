// The probabilities of one frame, as the search asks for them: the likely labels first or alone.

#ifndef MYNA_NATIVE_LABEL_FRAME_H_
#define MYNA_NATIVE_LABEL_FRAME_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "fast_exp.h"

namespace myna {

// Binary exponent of a positive number that is not denormal.
inline int ExponentOf(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<int>(bits >> 52) - 1023;
}

struct LikelyLabel {
  uint32_t label;
  double probability;
};

// All numbers given out are probabilities times exp(-shift), with which impossible-looking frames
// are brought back into the range of a double.
//
// With up to 32 labels they are known by masks, one for each power of two: which labels are at
// least that likely costs no sorting. With more, the likely ones are selected and sorted.
class LabelFrame {
 public:
  static constexpr uint32_t kMostInMask = 32;

  explicit LabelFrame(uint32_t labels)
      : labels_(labels), has_masks_(labels <= kMostInMask), probabilities_(labels + 2) {}

  bool has_masks() const { return has_masks_; }
  uint32_t labels() const { return labels_; }
  // Stands for no label; its probability is 0.
  uint32_t no_label() const { return labels_ + 1; }

  // Where the next frame's log-probabilities are to be written: the labels', then the blank's.
  std::vector<double>* log_probs() { return &log_probs_; }
  double log_prob(uint32_t label) const { return log_probs_[label]; }
  double blank_log_prob() const { return log_probs_[labels_]; }

  // What was written into log_probs() is the frame now.
  void Set(double shift);

  double shift() const { return shift_; }
  double blank() const { return blank_; }
  // The highest of the labels'.
  double most() const { return most_; }

  double operator[](uint32_t label) const {
    if (has_masks_) return probabilities_[label];
    return label == no_label() ? 0 : Exp(log_probs_[label]);
  }

  // For up to 32 labels: among others all labels of probability 2^exponent and more.
  uint32_t MaskFrom(int exponent) const {
    if (exponent >= 0) return masks_[0];
    return masks_[exponent < -kLevels ? kLevels : static_cast<std::size_t>(-exponent)];
  }

  // Selects the labels of this probability and more, at most so many, for the two below.
  void SelectFrom(double least, std::size_t most);
  // The selected labels, the likeliest first; of equal ones the first.
  const std::vector<LikelyLabel>& likely() const { return likely_; }
  // 0 for a label that is not selected.
  double IfLikely(uint32_t label) const { return probabilities_[label]; }

 private:
  static constexpr int kLevels = 48;

  double Exp(double log_prob) const { return FastExp(log_prob - shift_); }
  void MakeMasks();

  const uint32_t labels_;
  const bool has_masks_;
  std::vector<double> log_probs_;
  double shift_ = 0;
  double blank_ = 0;
  double most_ = 0;
  std::vector<double> probabilities_;  // with masks of all, else of likely_ only
  std::array<uint32_t, kLevels + 1> masks_{};
  std::vector<LikelyLabel> likely_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_LABEL_FRAME_H_

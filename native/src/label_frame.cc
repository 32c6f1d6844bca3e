#include "label_frame.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace myna {

void LabelFrame::Set(double shift) {
  shift_ = shift;
  blank_ = Exp(blank_log_prob());
  if (has_masks_)
    MakeMasks();
  else
    most_ = Exp(*std::max_element(log_probs_.begin(), log_probs_.end() - 1));
}

void LabelFrame::MakeMasks() {
  masks_.fill(0);
  most_ = 0;
  for (uint32_t label = 0; label < labels_; ++label) {
    const double probability = Exp(log_probs_[label]);
    probabilities_[label] = probability;
    most_ = std::max(most_, probability);
    if (!(probability >= std::numeric_limits<double>::min())) continue;
    const int level = std::clamp(-ExponentOf(probability), 0, kLevels);
    masks_[static_cast<std::size_t>(level)] |= uint32_t{1} << label;
  }
  for (std::size_t level = 1; level < masks_.size(); ++level) masks_[level] |= masks_[level - 1];
}

void LabelFrame::SelectFrom(double least, std::size_t most) {
  for (const LikelyLabel& old : likely_) probabilities_[old.label] = 0;
  likely_.clear();
  // A hair lower, so that rounding loses none: who asks compares exactly.
  const double least_log = std::log(least) + shift_ - 1e-9;
  for (uint32_t label = 0; label < labels_; ++label)
    if (log_probs_[label] >= least_log) likely_.push_back({label, Exp(log_probs_[label])});
  const auto is_likelier = [](const LikelyLabel& a, const LikelyLabel& b) {
    return a.probability > b.probability || (a.probability == b.probability && a.label < b.label);
  };
  if (likely_.size() > most) {
    const auto end = likely_.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(likely_.begin(), end, likely_.end(), is_likelier);
    likely_.resize(most);
  }
  std::sort(likely_.begin(), likely_.end(), is_likelier);
  for (const LikelyLabel& one : likely_) probabilities_[one.label] = one.probability;
}

}  // namespace myna

#include "alignment_sweep.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace myna {
namespace {

// Some hundredths of a second.
constexpr std::size_t kStatesAPoll = std::size_t{1} << 24;

// Bits of a choice. Without a bit, the path stayed.
constexpr uint8_t kBlankFromLabel = 1;
constexpr uint8_t kLabelFromBlank = 2;
constexpr uint8_t kLabelFromLabel = 4;

}  // namespace

FrameCosts::FrameCosts(const LogProbMatrix& log_probs, const Labels& labels,
                       const std::vector<uint32_t>& text, const std::function<void()>& poll)
    : log_probs_(log_probs),
      labels_(labels),
      poll_(poll),
      used_(text),
      costs_(log_probs.columns() + 1, kImpossible) {
  used_.push_back(blank());
  std::sort(used_.begin(), used_.end());
  used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
}

void FrameCosts::Read(std::size_t frame) {
  log_probs_.ReadFrame(frame, labels_, &frame_);
  double best = -kImpossible;
  for (const uint32_t label : used_) best = std::max(best, frame_[label]);
  if (best == -kImpossible)
    throw std::invalid_argument("frame " + std::to_string(frame) +
                                ": the blank and all labels of the text have the probability 0");
  for (const uint32_t label : used_) costs_[label] = best - frame_[label];
}

void FrameCosts::Count(std::size_t states) {
  work_ += states + 64;
  if (work_ < kStatesAPoll) return;
  work_ = 0;
  poll_();
}

AlignmentSweep::AlignmentSweep(std::vector<uint32_t> text, FrameCosts* costs)
    : costs_(costs), text_(std::move(text)) {
  text_.push_back(costs->none());
  for (std::size_t i = 0; i < text_.size(); ++i)
    skip_cost_.push_back(i > 0 && text_[i] != text_[i - 1] ? 0 : kImpossible);
  now_.assign(2 * text_.size() + 2 * kEdge, kImpossible);
  next_ = now_;
}

void AlignmentSweep::Begin(std::size_t state, std::size_t last_state, double budget) {
  first_ = last_ = static_cast<uint32_t>(state / 2);
  most_pair_ = static_cast<uint32_t>(last_state / 2);
  budget_ = budget;
  dropped_ = false;
  double* const here = now_.data() + kEdge + 2 * std::size_t{first_};
  std::fill(here - kEdge, here + 2 + kEdge, kImpossible);
  now_[state + kEdge] = 0;
}

void AlignmentSweep::Step(uint8_t* choices) {
  if (first_ > last_) return;
  const uint32_t end = next_last() + 1;
  if (choices == nullptr)
    StepPairs<false>(end, nullptr);
  else
    StepPairs<true>(end, choices);
  now_.swap(next_);
  costs_->Count(2 * std::size_t{end - first_});
  Narrow(end);
}

// now_ is impossible in the two states on either side of the window: Begin and Narrow see to it.
template <bool kWithChoices>
void AlignmentSweep::StepPairs(uint32_t end, uint8_t* choices) {
  const double blank_cost = costs_->cost(costs_->blank());
  bool dropped = false;
  for (uint32_t i = first_; i < end; ++i) {
    const double* const before = now_.data() + kEdge + 2 * std::size_t{i};
    const double from_blank = before[0], skipping = before[-1] + skip_cost_[i];
    double blank = std::min(from_blank, before[-1]);
    double label = std::min(before[1], std::min(from_blank, skipping));
    if (kWithChoices) {
      uint8_t choice = before[-1] < from_blank ? kBlankFromLabel : 0;
      if (label < before[1]) choice |= label == from_blank ? kLabelFromBlank : kLabelFromLabel;
      choices[i - first_] = choice;
    }
    blank += blank_cost;
    label += costs_->cost(text_[i]);
    dropped |= (blank > budget_) & (blank < kImpossible);
    dropped |= (label > budget_) & (label < kImpossible);
    double* const after = next_.data() + kEdge + 2 * std::size_t{i};
    after[0] = blank <= budget_ ? blank : kImpossible;
    after[1] = label <= budget_ ? label : kImpossible;
  }
  dropped_ |= dropped;
}

// The window without the pairs at its ends that no path is in any more.
void AlignmentSweep::Narrow(uint32_t end) {
  const auto is_dead = [this](uint32_t pair) {
    const double* const at = now_.data() + kEdge + 2 * std::size_t{pair};
    return at[0] == kImpossible && at[1] == kImpossible;
  };
  while (first_ < end && is_dead(first_)) ++first_;
  while (end > first_ && is_dead(end - 1)) --end;
  if (first_ == end) {
    first_ = 1;
    last_ = 0;
    return;
  }
  last_ = end - 1;
  double* const edge = now_.data() + kEdge;
  std::fill_n(edge + 2 * std::size_t{first_} - kEdge, kEdge, kImpossible);
  std::fill_n(edge + 2 * std::size_t{end}, kEdge, kImpossible);
}

double AlignmentSweep::CostInto(std::size_t state, std::size_t* from) const {
  *from = state;
  double least = cost(state);
  if (state > 0 && cost(state - 1) < least) {
    least = cost(state - 1);
    *from = state - 1;
  }
  if (state > 1 && state % 2 == 1 && skip_cost_[state / 2] == 0 && cost(state - 2) < least) {
    least = cost(state - 2);
    *from = state - 2;
  }
  return least;
}

std::size_t AlignmentSweep::Back(std::size_t state, uint8_t choice) {
  if (state % 2 == 0) return state - (choice & kBlankFromLabel ? 1 : 0);
  if (choice & kLabelFromLabel) return state - 2;
  return state - (choice & kLabelFromBlank ? 1 : 0);
}

}  // namespace myna

// One run of Viterbi's recursion over some frames, forward or backward, without back pointers.

#ifndef MYNA_NATIVE_ALIGNMENT_SWEEP_H_
#define MYNA_NATIVE_ALIGNMENT_SWEEP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "labels.h"
#include "log_prob_matrix.h"

namespace myna {

constexpr double kImpossible = std::numeric_limits<double>::infinity();

// What a frame costs in each state of a text: how much less probable, in natural logarithms, its
// label is than the likeliest of those that the text has and the blank. No cost is below 0.
class FrameCosts {
 public:
  FrameCosts(const LogProbMatrix& log_probs, const Labels& labels,
             const std::vector<uint32_t>& text, const std::function<void()>& poll);

  // Makes `frame` the present one. Throws as LogProbMatrix::ReadFrame, and if blank and all labels
  // of the text are impossible.
  void Read(std::size_t frame);

  // Numbers of labels, for the blank the number behind them, and behind that one none(), a label
  // that is always impossible.
  double cost(uint32_t label) const { return costs_[label]; }
  uint32_t blank() const { return log_probs_.columns() - 1; }
  uint32_t none() const { return log_probs_.columns(); }

  // ln P of a label, or of the blank.
  double log_prob(uint32_t label) const { return frame_[label]; }

  std::size_t frames() const { return log_probs_.frames(); }

  // Tells of so many states' work, for polling.
  void Count(std::size_t states);

 private:
  const LogProbMatrix& log_probs_;
  const Labels& labels_;
  const std::function<void()>& poll_;
  std::vector<uint32_t> used_;  // labels in the text, each once, and the blank
  std::vector<double> frame_;
  std::vector<double> costs_;
  std::size_t work_ = 0;
};

// The states of a text of n labels are 0 to 2n: blank, label, blank, label, ..., blank. A path stays,
// goes on by one, or from a label to the next one if that is another. Pair i has the states 2i and
// 2i + 1; the second one of the last pair is no state and never reached.
//
// A sweep follows all paths from one state and keeps what each state costs at the least. It drops
// paths that have cost more than the budget. Since no cost is below 0, a path that is found to cost
// no more than the budget is not beaten by any that was dropped: what is found is exact, and where
// few states are near the best path, the time is that of those few.
class AlignmentSweep {
 public:
  // `text` are the labels in the order in which the sweep meets them, and `costs` what is asked.
  AlignmentSweep(std::vector<uint32_t> text, FrameCosts* costs);

  // All paths that were in `state` just before the first frame; they may go as far as `last_state`.
  void Begin(std::size_t state, std::size_t last_state, double budget);

  // One more frame: the present one. With `choices`, a byte for each pair from first() to
  // next_last() is written there, for Back.
  void Step(uint8_t* choices = nullptr);

  // The pairs that some path is in: first() up to last(). None if first() is above last().
  uint32_t first() const { return first_; }
  uint32_t last() const { return last_; }

  // The pairs that the next frame may reach.
  uint32_t next_last() const { return last_ < most_pair_ ? last_ + 1 : most_pair_; }

  // The least cost of a path that is in this state after the last frame.
  double cost(std::size_t state) const {
    return state < 2 * std::size_t{first_} || state / 2 > last_ ? kImpossible : now_[state + kEdge];
  }

  // The least cost of getting from the last frame into this state, without that of being there, and
  // from where.
  double CostInto(std::size_t state, std::size_t* from) const;

  // Whether any path was dropped since Begin because of the budget.
  bool dropped() const { return dropped_; }

  // The state before `state`, by the byte of its pair.
  static std::size_t Back(std::size_t state, uint8_t choice);

 private:
  static constexpr std::size_t kEdge = 2;  // impossible states before the first

  template <bool kWithChoices>
  void StepPairs(uint32_t end, uint8_t* choices);
  void Narrow(uint32_t end);

  FrameCosts* const costs_;
  std::vector<uint32_t> text_;     // and none(), for the state that is none
  std::vector<double> skip_cost_;  // 0, or impossible: from the label before into this one
  std::vector<double> now_, next_;
  uint32_t first_ = 0, last_ = 0, most_pair_ = 0;
  double budget_ = kImpossible;
  bool dropped_ = false;
};

}  // namespace myna

#endif  // MYNA_NATIVE_ALIGNMENT_SWEEP_H_

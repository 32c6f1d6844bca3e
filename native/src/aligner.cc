#include "aligner.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "alignment_sweep.h"

namespace myna {
namespace {

// Back pointers, a byte for a pair of states in a frame: larger parts are divided.
constexpr std::size_t kMostChoices = std::size_t{1} << 25;

// The first try. Utterances that a model knows well cost less, and are aligned at once.
constexpr double kFirstBudget = 100;

// What was summed in another order may differ in its last digits.
double WithSlack(double cost) { return cost * (1 + 1e-9) + 1e-6; }

// What the best path will cost, by what all frames would at the price of those done, and a tenth.
// Any guess gives the same path; a good one in the least time.
double NextBudget(double budget, std::size_t done, std::size_t frames) {
  const double price = static_cast<double>(frames) / static_cast<double>(std::max<std::size_t>(done, 1));
  return budget * std::clamp(1.1 * price, 1.5, 16.0);
}

// A part of the best path: the frames from `begin` to `end`, that one excluded, where the state just
// before them and the state in frame `end` are known.
struct Part {
  std::size_t begin, end;
  std::size_t before, after;
};

// Divides the frames in halves and finds the state in the middle frame by a sweep from either side
// (Hirschberg 1975, "A linear space algorithm for computing maximal common subsequences"), until
// the back pointers of a part fit into memory.
class PathFinder {
 public:
  PathFinder(FrameCosts* costs, const std::vector<uint32_t>& text)
      : costs_(costs),
        text_(text),
        states_(2 * text.size() + 1),
        forward_(text, costs),
        backward_({text.rbegin(), text.rend()}, costs),
        labels_(text.size(), {std::numeric_limits<std::size_t>::max(), 0, 0}) {}

  std::vector<AlignedLabel> Find() {
    Solve({0, costs_->frames(), 0, states_ - 1}, kFirstBudget);
    return std::move(labels_);
  }

 private:
  void Solve(const Part& part, double budget);
  bool SolveAtOnce(const Part& part, double budget);
  bool SolveInHalves(const Part& part, double budget);
  void Be(std::size_t frame, std::size_t state);
  std::size_t Mirrored(std::size_t state) const { return states_ - 1 - state; }

  FrameCosts* const costs_;
  const std::vector<uint32_t>& text_;
  const std::size_t states_;
  AlignmentSweep forward_;
  AlignmentSweep backward_;  // meets the states in their opposite order
  double next_budget_ = 0;   // after a try that failed
  std::vector<AlignedLabel> labels_;
  std::vector<uint8_t> choices_;  // of SolveAtOnce, as are:
  std::vector<std::size_t> row_starts_;
  std::vector<uint32_t> row_firsts_;
};

void PathFinder::Solve(const Part& part, double budget) {
  if (part.begin == part.end) return;
  const std::size_t pairs = part.after / 2 - part.before / 2 + 1;
  const bool fits = pairs <= kMostChoices / (part.end - part.begin);
  while (!(fits ? SolveAtOnce(part, budget) : SolveInHalves(part, budget))) {
    if (!forward_.dropped() && !backward_.dropped())
      throw std::invalid_argument(
          "the text cannot be aligned: each of its paths has the probability 0 in some frame");
    budget = next_budget_;
  }
}

bool PathFinder::SolveAtOnce(const Part& part, double budget) {
  choices_.clear();
  row_starts_.clear();
  row_firsts_.clear();
  next_budget_ = 2 * budget;
  backward_.Begin(0, 0, budget);  // nothing dropped
  forward_.Begin(part.before, part.after, budget);
  for (std::size_t frame = part.begin; frame < part.end; ++frame) {
    if (forward_.first() > forward_.last()) {
      next_budget_ = NextBudget(budget, frame - part.begin, part.end - part.begin);
      return false;
    }
    costs_->Read(frame);
    row_starts_.push_back(choices_.size());
    row_firsts_.push_back(forward_.first());
    choices_.resize(choices_.size() + forward_.next_last() - forward_.first() + 1);
    forward_.Step(choices_.data() + row_starts_.back());
  }
  std::size_t state;
  if (forward_.CostInto(part.after, &state) == kImpossible) return false;
  for (std::size_t frame = part.end; frame-- > part.begin;) {
    Be(frame, state);
    const std::size_t row = frame - part.begin;
    state = AlignmentSweep::Back(state,
                                 choices_[row_starts_[row] + state / 2 - row_firsts_[row]]);
  }
  return true;
}

bool PathFinder::SolveInHalves(const Part& part, double budget) {
  const std::size_t middle = part.begin + (part.end - part.begin) / 2;
  forward_.Begin(part.before, part.after, budget);
  backward_.Begin(Mirrored(part.after), Mirrored(part.before), budget);
  std::size_t done = 0;
  const auto step = [this, &done](AlignmentSweep* sweep, std::size_t frame) {
    if (sweep->first() > sweep->last()) return;
    costs_->Read(frame);
    sweep->Step();
    ++done;
  };
  for (std::size_t frame = part.begin; frame <= middle; ++frame) step(&forward_, frame);
  for (std::size_t frame = part.end; frame-- > middle;) step(&backward_, frame);
  costs_->Read(middle);
  double least = kImpossible, to_middle = 0, from_middle = 0;
  std::size_t best = 0;
  const std::size_t end = std::min(2 * std::size_t{forward_.last()} + 1, states_ - 1) + 1;
  for (std::size_t state = 2 * std::size_t{forward_.first()}; state < end; ++state) {
    const double there = forward_.cost(state), onwards = backward_.cost(Mirrored(state));
    if (there == kImpossible || onwards == kImpossible) continue;
    const double here = costs_->cost(state % 2 == 0 ? costs_->blank() : text_[state / 2]);
    if (there + onwards - here >= least) continue;
    best = state;
    least = there + onwards - here;
    to_middle = there - here;
    from_middle = onwards - here;
  }
  // A path that costs more than the budget was found: the best one costs no more than that.
  next_budget_ = least < kImpossible ? WithSlack(least)
                                     : NextBudget(budget, done, part.end - part.begin);
  const bool is_exact = least <= budget || !(forward_.dropped() || backward_.dropped());
  if (least == kImpossible || !is_exact) return false;
  Be(middle, best);
  Solve({part.begin, middle, part.before, best}, WithSlack(to_middle));
  Solve({middle + 1, part.end, best, part.after}, WithSlack(from_middle));
  return true;
}

void PathFinder::Be(std::size_t frame, std::size_t state) {
  if (state % 2 == 0) return;
  AlignedLabel& label = labels_[state / 2];
  label.begin_frame = std::min(label.begin_frame, frame);
  label.end_frame = std::max(label.end_frame, frame + 1);
}

void CheckLength(const std::vector<uint32_t>& text, std::size_t frames) {
  std::size_t repeats = 0;
  for (std::size_t i = 1; i < text.size(); ++i) repeats += text[i] == text[i - 1];
  if (text.size() + repeats <= frames) return;
  throw std::invalid_argument(
      "the text cannot be aligned: it needs " + std::to_string(text.size() + repeats) +
      " frames, one for each of its " + std::to_string(text.size()) + " labels and " +
      std::to_string(repeats) + " for blanks between equal ones, and there are " +
      std::to_string(frames));
}

}  // namespace

Alignment Align(const LogProbMatrix& log_probs, const Labels& labels,
                const std::vector<uint32_t>& text, const std::function<void()>& poll) {
  CheckLength(text, log_probs.frames());
  FrameCosts costs(log_probs, labels, text, poll);
  Alignment alignment{PathFinder(&costs, text).Find(), 0};
  std::size_t place = 0;
  for (std::size_t frame = 0; frame < log_probs.frames(); ++frame) {
    costs.Read(frame);
    while (place < text.size() && frame >= alignment.labels[place].end_frame) ++place;
    const bool is_blank = place == text.size() || frame < alignment.labels[place].begin_frame;
    const double log_prob = costs.log_prob(is_blank ? costs.blank() : text[place]);
    alignment.log_prob += log_prob;
    if (!is_blank) alignment.labels[place].log_prob += log_prob;
  }
  for (AlignedLabel& label : alignment.labels)
    label.log_prob /= static_cast<double>(label.end_frame - label.begin_frame);
  return alignment;
}

}  // namespace myna

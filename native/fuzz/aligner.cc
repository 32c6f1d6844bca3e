// Input: three bytes for the numbers of labels and of the text's, the text, then log-probabilities.

#include "aligner.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "byte_stream.h"
#include "labels.h"
#include "log_prob_matrix.h"
#include "require.h"

namespace {

constexpr std::size_t kMostFrames = 200;

struct Case {
  uint32_t columns;  // labels and the blank
  std::vector<uint32_t> text;
  std::vector<double> values;
  std::size_t frames;

  double At(std::size_t frame, uint32_t column) const { return values[frame * columns + column]; }
};

Case CaseOf(ByteStream bytes) {
  Case made;
  made.columns = 2 + bytes.Next() % 6;
  made.text.resize(bytes.Next() % 24);
  for (uint32_t& label : made.text) label = bytes.Next() % (made.columns - 1);
  made.frames = std::min(kMostFrames, bytes.left() / made.columns);
  for (std::size_t i = 0; i < made.frames * made.columns; ++i)
    made.values.push_back(LogProbOf(bytes.Next()));
  return made;
}

// ln P of the best path, by all states of all frames (Graves et al. 2006, section 4.1).
double BestLogProb(const Case& that) {
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  const std::size_t states = 2 * that.text.size() + 1;
  std::vector<double> best(states, kNever);
  best[0] = 0;  // before the first frame; a first label is reached from there too
  for (std::size_t frame = 0; frame < that.frames; ++frame) {
    std::vector<double> next(states, kNever);
    for (std::size_t state = 0; state < states; ++state) {
      const bool is_label = state % 2 == 1;
      double from = best[state];
      if (state > 0) from = std::max(from, best[state - 1]);
      if (is_label && state > 1 && that.text[state / 2] != that.text[state / 2 - 1])
        from = std::max(from, best[state - 2]);
      next[state] = from + that.At(frame, is_label ? that.text[state / 2] : that.columns - 1);
    }
    best = next;
  }
  return states == 1 || that.frames == 0 ? best.back() : std::max(best.back(), best[states - 2]);
}

bool IsNear(double a, double b) { return std::abs(a - b) <= 1e-6 + 1e-9 * std::abs(b); }

// The labels follow each other, and their log-probabilities and the blanks' make up the path's.
void Check(const Case& that, const myna::Alignment& alignment) {
  Require(alignment.labels.size() == that.text.size());
  double sum = 0;
  std::size_t frame = 0;
  for (std::size_t i = 0; i < that.text.size(); ++i) {
    const myna::AlignedLabel& label = alignment.labels[i];
    Require(frame <= label.begin_frame && label.begin_frame < label.end_frame);
    Require(label.end_frame <= that.frames);
    Require(i == 0 || that.text[i] != that.text[i - 1] || frame < label.begin_frame);
    for (; frame < label.begin_frame; ++frame) sum += that.At(frame, that.columns - 1);
    for (; frame < label.end_frame; ++frame) sum += that.At(frame, that.text[i]);
  }
  for (; frame < that.frames; ++frame) sum += that.At(frame, that.columns - 1);
  Require(sum == alignment.log_prob || IsNear(sum, alignment.log_prob));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const Case that = CaseOf({data, size});
  std::vector<std::string> texts;
  for (uint32_t n = 1; n < that.columns; ++n) texts.push_back(std::to_string(n));
  const myna::Labels labels(texts);
  std::optional<myna::Alignment> alignment;
  try {
    alignment =
        myna::Align({that.values.data(), that.frames, that.columns}, labels, that.text, [] {});
  } catch (const std::invalid_argument&) {
    // no log-probabilities, or no path
  }
  const auto is_no_log_prob = [](double value) { return !(value <= kMostLogProb); };
  if (std::any_of(that.values.begin(), that.values.end(), is_no_log_prob)) {
    Require(!alignment);
    return 0;
  }
  if (alignment) Check(that, *alignment);
  const double best = BestLogProb(that);
  // Logarithms that are finite may have sums that are not: nothing is said of those.
  if (best > -1e300) Require(alignment && IsNear(alignment->log_prob, best));
  return 0;
}

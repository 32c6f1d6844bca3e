#include "log_prob_matrix.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "printable.h"

namespace myna {
namespace {

// A log_softmax in half precision may end this far above 0.
constexpr double kRounding = 1e-3;

[[noreturn]] void ThrowNotLogProb(std::size_t frame, uint32_t column, double value,
                                  const Labels& labels) {
  const std::string label =
      column < labels.size() ? "label " + Quoted(labels[column]) : "the blank";
  const std::string where = "frame " + std::to_string(frame) + ", " + label + ": ";
  if (std::isnan(value)) throw std::invalid_argument(where + "NaN in the log-probabilities");
  char number[32];
  std::snprintf(number, sizeof number, "%.6g", value);
  throw std::invalid_argument(where + number +
                              " is no log-probability: it is above 0. Are these probabilities, or "
                              "logits before the log_softmax?");
}

}  // namespace

void LogProbMatrix::ReadFrame(std::size_t frame, const Labels& labels,
                              std::vector<double>* out) const {
  out->resize(columns_);
  if (floats_ != nullptr)
    std::copy_n(floats_ + frame * columns_, columns_, out->begin());
  else
    std::copy_n(doubles_ + frame * columns_, columns_, out->begin());
  for (uint32_t column = 0; column < columns_; ++column) {
    const double value = (*out)[column];
    if (!(value <= kRounding)) ThrowNotLogProb(frame, column, value, labels);
  }
}

}  // namespace myna

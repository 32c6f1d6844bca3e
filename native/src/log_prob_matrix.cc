#include "log_prob_matrix.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include "log_math.h"
#include "printable.h"

namespace myna {
namespace {

// A log_softmax in half precision may end this far above 0.
constexpr double kRounding = 1e-3;

template <typename T>
LogProbMatrix::Memory RowAfterRow(const T* data, std::size_t frames, uint32_t columns) {
  return {data, sizeof(T) == sizeof(double), frames,
          static_cast<std::ptrdiff_t>(columns * sizeof(T)), sizeof(T)};
}

// Not through a pointer to T: the address may be odd.
template <typename T>
T Load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

LogProbMatrix::LogProbMatrix(const Memory& memory, const OutputColumns& columns,
                             std::size_t first_frame)
    : memory_(memory),
      columns_(&columns),
      width_(static_cast<uint32_t>(columns.places().size())),
      first_frame_(first_frame) {
  const auto size = static_cast<std::ptrdiff_t>(memory.is_double ? sizeof(double) : sizeof(float));
  is_in_order_ = memory.column_stride == size &&
                 std::is_sorted(columns.places().begin(), columns.places().end()) &&
                 columns.places().back() + 1 == width_;
}

LogProbMatrix::LogProbMatrix(const float* data, std::size_t frames, uint32_t columns)
    : memory_(RowAfterRow(data, frames, columns)), width_(columns) {}

LogProbMatrix::LogProbMatrix(const double* data, std::size_t frames, uint32_t columns)
    : memory_(RowAfterRow(data, frames, columns)), width_(columns) {}

void LogProbMatrix::ReadFrame(std::size_t frame, const Labels& labels,
                              std::vector<double>* out) const {
  out->resize(width_);
  if (memory_.is_double)
    Read<double>(frame, labels, out);
  else
    Read<float>(frame, labels, out);
}

void LogProbMatrix::Check(const Labels& labels) const {
  for (std::size_t frame = 0; frame < frames(); ++frame) {
    if (IsLogits())
      memory_.is_double ? LogSumOfExp<double>(frame, labels) : LogSumOfExp<float>(frame, labels);
    else
      memory_.is_double ? CheckLogProbs<double>(frame, labels)
                        : CheckLogProbs<float>(frame, labels);
  }
}

template <typename T>
T LogProbMatrix::At(std::size_t frame, uint32_t column) const {
  return Load<T>(static_cast<const char*>(memory_.data) +
                 static_cast<std::ptrdiff_t>(frame) * memory_.frame_stride +
                 static_cast<std::ptrdiff_t>(column) * memory_.column_stride);
}

// What is checked is what was copied: whoever owns the memory may write into it meanwhile.
template <typename T>
void LogProbMatrix::Read(std::size_t frame, const Labels& labels, std::vector<double>* out) const {
  double* const values = out->data();
  if (is_in_order_) {
    const char* const row = static_cast<const char*>(memory_.data) +
                            static_cast<std::ptrdiff_t>(frame) * memory_.frame_stride;
    for (uint32_t k = 0; k < width_; ++k) values[k] = Load<T>(row + k * sizeof(T));
  } else {
    for (uint32_t k = 0; k < width_; ++k) values[k] = At<T>(frame, Place(k));
  }
  if (IsLogits()) {
    const double sum = LogSumOfExp<T>(frame, labels);
    for (uint32_t k = 0; k < width_; ++k) values[k] -= sum;
  }
  bool is_good = true;
  for (uint32_t k = 0; k < width_; ++k) is_good &= values[k] <= kRounding;
  for (uint32_t k = 0; !is_good && k < width_; ++k)
    if (!(values[k] <= kRounding)) Refuse(frame, Place(k), values[k], labels);
}

// Over all columns, also those that are never written: the probabilities are the model's.
template <typename T>
double LogProbMatrix::LogSumOfExp(std::size_t frame, const Labels& labels) const {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  T most = -kInfinity;
  for (uint32_t column = 0; column < columns_->count(); ++column) {
    const T value = At<T>(frame, column);
    if (!(value < kInfinity)) Refuse(frame, column, value, labels);
    most = std::max(most, value);
  }
  if (most == -kInfinity)
    throw std::invalid_argument("frame " + std::to_string(first_frame_ + frame) +
                                ": all logits are -inf");
  double sum = 0;
  for (uint32_t column = 0; column < columns_->count(); ++column)
    sum += std::exp(At<T>(frame, column) - most);
  return static_cast<double>(most) + std::log(sum);
}

template <typename T>
void LogProbMatrix::CheckLogProbs(std::size_t frame, const Labels& labels) const {
  for (uint32_t k = 0; k < width_; ++k) {
    const T value = At<T>(frame, Place(k));
    if (!(value <= kRounding)) Refuse(frame, Place(k), value, labels);
  }
}

void LogProbMatrix::Refuse(std::size_t frame, uint32_t column, double value,
                           const Labels& labels) const {
  std::string name = column < labels.size() ? "label " + Quoted(labels[column]) : "the blank";
  if (columns_ != nullptr) name = columns_->Name(column);
  const std::string where =
      "frame " + std::to_string(first_frame_ + frame) + ", " + name + ": ";
  const std::string what = IsLogits() ? "logits" : "log-probabilities";
  if (std::isnan(value)) throw std::invalid_argument(where + "NaN in the " + what);
  if (IsLogits()) throw std::invalid_argument(where + "infinity in the " + what);
  char number[32];
  std::snprintf(number, sizeof number, "%.6g", value);
  throw std::invalid_argument(where + number +
                              " is no log-probability: it is above 0. Are these probabilities, or "
                              "logits before the log_softmax?");
}

}  // namespace myna

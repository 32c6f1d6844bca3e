#include "c_interface.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "printable.h"

namespace myna {

void Tell(char** error, const char* message) noexcept {
  if (error != nullptr) *error = strdup(message);
}

void Tell(char** error, const FileError& problem) noexcept {
  try {
    const std::string text = std::generic_category().message(problem.code());
    Tell(error, (problem.Begin() + Printable(problem.path()) + ": " + text).c_str());
  } catch (...) {
    Tell(error, "out of memory");
  }
}

void Require(bool is_given, const char* name) {
  if (!is_given) throw std::invalid_argument(std::string(name) + " is NULL");
}

std::shared_ptr<const OutputColumns> ToColumns(const myna_columns* columns) {
  Require(columns != nullptr && columns->labels != nullptr, "columns");
  if (columns->blank >= columns->count)
    throw std::invalid_argument("the blank is no column: " + std::to_string(columns->blank) +
                                "; columns.count is " + std::to_string(columns->count));
  if (columns->scale != MYNA_LOG_PROBS && columns->scale != MYNA_LOGITS)
    throw std::invalid_argument("scale is neither MYNA_LOG_PROBS nor MYNA_LOGITS");
  std::vector<std::optional<std::string>> texts;
  for (std::size_t column = 0; column < columns->count; ++column) {
    if (column == columns->blank) continue;
    const char* const label = columns->labels[column];
    texts.push_back(label == nullptr ? std::nullopt : std::optional<std::string>(label));
  }
  return std::make_shared<const OutputColumns>(
      texts, static_cast<uint32_t>(columns->blank),
      columns->scale == MYNA_LOGITS ? Scale::kLogits : Scale::kLogProbs);
}

LogProbMatrix::Memory ToMemory(const myna_frames* frames, const OutputColumns& columns) {
  Require(frames != nullptr, "frames");
  Require(frames->data != nullptr || frames->frames == 0, "frames.data");
  const std::size_t size = frames->is_double ? sizeof(double) : sizeof(float);
  const bool is_plain = frames->frame_stride == 0 && frames->column_stride == 0;
  return {frames->data, frames->is_double != 0, frames->frames,
          is_plain ? static_cast<std::ptrdiff_t>(size * columns.count()) : frames->frame_stride,
          is_plain ? static_cast<std::ptrdiff_t>(size) : frames->column_stride};
}

std::string TextOf(const myna_spelling& spelling) {
  Require(spelling.text != nullptr, "the text of a spelling");
  return spelling.text;
}

std::vector<uint32_t> LabelsOf(const myna_spelling& spelling, const OutputColumns& columns) {
  Require(spelling.columns != nullptr || spelling.count == 0, "the columns of a spelling");
  const std::vector<uint32_t>& places = columns.places();
  std::vector<uint32_t> labels;
  for (std::size_t i = 0; i < spelling.count; ++i) {
    const auto at = std::find(places.begin(), places.end() - 1, spelling.columns[i]);
    if (at == places.end() - 1)
      throw std::invalid_argument("the spelling of " + Quoted(spelling.text) + " has the column " +
                                  std::to_string(spelling.columns[i]) + ", which is no label");
    labels.push_back(static_cast<uint32_t>(at - places.begin()));
  }
  return labels;
}

}  // namespace myna

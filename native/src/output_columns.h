// What the columns of an acoustic model's output mean.

#ifndef MYNA_NATIVE_OUTPUT_COLUMNS_H_
#define MYNA_NATIVE_OUTPUT_COLUMNS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "labels.h"

namespace myna {

enum class Scale {
  kLogProbs,  // natural logarithms of probabilities
  kLogits,    // any numbers, whose softmax over all columns are the probabilities
};

// Immutable once made: threads may share one.
class OutputColumns {
 public:
  // `texts` are those of all columns but the blank's, in their order; a column with none is never
  // written. `blank` is the place of the blank's column among all. Throws std::invalid_argument
  // for a place that is none, and as Labels does for the texts.
  OutputColumns(const std::vector<std::optional<std::string>>& texts, uint32_t blank, Scale scale);

  // Those of the columns that have a text, in their order.
  const std::shared_ptr<const Labels>& labels() const { return labels_; }

  // The column of each label by its number, and last the blank's.
  const std::vector<uint32_t>& places() const { return places_; }

  uint32_t count() const { return count_; }  // of all columns
  Scale scale() const { return scale_; }

  // "label 'a'", "the blank" or "column 7".
  std::string Name(uint32_t column) const;

 private:
  std::shared_ptr<const Labels> labels_;
  std::vector<uint32_t> places_;
  uint32_t count_;
  Scale scale_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_OUTPUT_COLUMNS_H_

#include "output_columns.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "printable.h"

namespace myna {

OutputColumns::OutputColumns(const std::vector<std::optional<std::string>>& texts, uint32_t blank,
                             Scale scale)
    : count_(static_cast<uint32_t>(std::min(texts.size(), Labels::kMost)) + 1), scale_(scale) {
  if (texts.size() > Labels::kMost)
    throw std::invalid_argument(std::to_string(texts.size()) + " labels are too many");
  if (blank >= count_)
    throw std::invalid_argument("the blank cannot be in column " + std::to_string(blank) +
                                ": there are the columns 0 to " + std::to_string(count_ - 1));
  std::vector<std::string> written;
  for (uint32_t number = 0; number < texts.size(); ++number) {
    if (!texts[number]) continue;
    written.push_back(*texts[number]);
    places_.push_back(number < blank ? number : number + 1);
  }
  labels_ = std::make_shared<const Labels>(std::move(written));
  places_.push_back(blank);
}

std::string OutputColumns::Name(uint32_t column) const {
  if (column == places_.back()) return "the blank";
  const auto found = std::find(places_.begin(), places_.end(), column);
  if (found == places_.end()) return "column " + std::to_string(column);
  return "label " + Quoted((*labels_)[static_cast<uint32_t>(found - places_.begin())]);
}

}  // namespace myna

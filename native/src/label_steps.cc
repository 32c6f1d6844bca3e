#include "label_steps.h"

#include <algorithm>

namespace myna {

void LabelSteps::Read(uint32_t number, std::vector<StepNode>* steps) const {
  steps->clear();
  for (; number != kNone; number = nodes_[number].previous) steps->push_back(nodes_[number]);
  std::reverse(steps->begin(), steps->end());
}

void LabelSteps::Collect(const std::vector<uint32_t*>& ends) {
  moved_.assign(nodes_.size(), 0);
  for (const uint32_t* end : ends)
    for (uint32_t at = *end; at != kNone && moved_[at] == 0; at = nodes_[at].previous) moved_[at] = 1;
  uint32_t kept = 1;
  for (uint32_t at = 1; at < nodes_.size(); ++at) {
    if (moved_[at] == 0) continue;
    moved_[at] = kept;
    nodes_[kept] = nodes_[at];
    nodes_[kept].previous = moved_[nodes_[at].previous];
    ++kept;
  }
  nodes_.resize(kept);
  kept_ = kept;
  const std::size_t room = kept_ + kept_ / 8 + 2 * kFewNodes;
  if (nodes_.capacity() < room) nodes_.reserve(room + room / 4);  // it would double otherwise
  for (uint32_t* end : ends) *end = moved_[*end];
}

}  // namespace myna

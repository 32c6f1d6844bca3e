#include "history_tree.h"

#include <algorithm>

namespace myna {

void HistoryTree::Clear() {
  histories_.resize(1);
  numbers_.Clear();
  kept_ = 1;
}

void HistoryTree::Symbols(uint32_t number, std::vector<uint32_t>* symbols) const {
  symbols->clear();
  for (; number != kEmpty; number = histories_[number].parent)
    symbols->push_back(histories_[number].symbol);
  std::reverse(symbols->begin(), symbols->end());
}

void HistoryTree::Collect(const std::vector<uint32_t*>& ends) {
  moved_.assign(histories_.size(), 0);
  for (const uint32_t* end : ends)
    for (uint32_t at = *end; at != kEmpty && moved_[at] == 0; at = histories_[at].parent)
      moved_[at] = 1;
  numbers_.Clear();
  uint32_t kept = 1;
  for (uint32_t at = 1; at < histories_.size(); ++at) {
    if (moved_[at] == 0) continue;
    moved_[at] = kept;
    History history = histories_[at];
    history.parent = moved_[history.parent];
    histories_[kept] = history;
    numbers_.Insert(KeyOf(history), kept++);
  }
  histories_.resize(kept);
  kept_ = kept;
  const std::size_t room = kept_ + kept_ / 8 + 2 * kFewHistories;
  if (histories_.capacity() < room) histories_.reserve(room + room / 4);  // it would double
  for (uint32_t* end : ends) *end = moved_[*end];
}

}  // namespace myna

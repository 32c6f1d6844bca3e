// The texts of the prefixes of a search, each kept once, as back pointers.

#ifndef MYNA_NATIVE_HISTORY_TREE_H_
#define MYNA_NATIVE_HISTORY_TREE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "key_table.h"

namespace myna {

// A sequence of symbols.
struct History {
  uint32_t parent;  // number of the history without the last symbol
  uint32_t symbol;
  uint32_t words;    // how many it has
  uint32_t unknown;  // how many of them are not in the lexicon
  double log10;      // log10 P of the words by the language model, the end of sentence left out
  // The most that a history without the last word weighed when it met one that has it; 1 is the
  // best prefix then.
  float rival = 0;
};

// Equal sequences have equal numbers.
class HistoryTree {
 public:
  static constexpr uint32_t kEmpty = 0;

  HistoryTree() : histories_(1) {}

  void Clear();

  const History& operator[](uint32_t number) const { return histories_[number]; }

  // The number of `history`, which is added if no equal sequence is there.
  uint32_t Extend(const History& history) {
    const auto [number, is_new] = numbers_.Insert(KeyOf(history), Size());
    if (is_new) histories_.push_back(history);
    return number;
  }

  void Doubt(uint32_t number, float rival) {
    histories_[number].rival = std::max(histories_[number].rival, rival);
  }

  // First to last.
  void Symbols(uint32_t number, std::vector<uint32_t>* symbols) const;

  bool IsTimeToCollect() const {
    return histories_.size() > kept_ + kept_ / 8 + kFewHistories;
  }
  // Forgets all that no history of `ends` begins with; they get their new numbers.
  void Collect(const std::vector<uint32_t*>& ends);

 private:
  static constexpr std::size_t kFewHistories = 1 << 15;

  static uint64_t KeyOf(const History& history) {
    return uint64_t{history.parent} << 32 | history.symbol;
  }
  uint32_t Size() const { return static_cast<uint32_t>(histories_.size()); }

  std::vector<History> histories_;  // each after its parent
  KeyTable numbers_;
  std::size_t kept_ = 1;         // after the last collection
  std::vector<uint32_t> moved_;  // new numbers, during a collection
};

}  // namespace myna

#endif  // MYNA_NATIVE_HISTORY_TREE_H_

// The beginnings of the hypotheses of one utterance, each kept once, as back pointers.

#ifndef MYNA_NATIVE_HISTORY_TREE_H_
#define MYNA_NATIVE_HISTORY_TREE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "key_table.h"

namespace myna {

// A sequence of symbols: words (by their texts in the lexicon) or, without a lexicon, labels.
struct History {
  uint32_t parent;  // number of the history without the last symbol
  uint32_t symbol;
  uint32_t length;  // symbols
  uint32_t state;   // of the language model
  double log10;     // log10 P of the words by the language model, the end of sentence not included
  double weight;    // what the words add to a hypothesis's total
};

// Equal sequences have equal numbers.
class HistoryTree {
 public:
  static constexpr uint32_t kEmpty = 0;

  explicit HistoryTree(uint32_t start_state) : histories_{{0, 0, 0, start_state, 0, 0}} {}

  const History& operator[](uint32_t number) const { return histories_[number]; }

  // The history `parent` followed by `symbol`. `make()` gives the History if it is a new one.
  template <typename Make>
  uint32_t Extend(uint32_t parent, uint32_t symbol, Make make) {
    const auto [number, is_new] =
        numbers_.Insert(uint64_t{parent} << 32 | symbol, static_cast<uint32_t>(histories_.size()));
    if (is_new) histories_.push_back(make());
    return number;
  }

  // The history `parent` followed by `symbol`, if it is there.
  std::optional<uint32_t> Find(uint32_t parent, uint32_t symbol) {
    return numbers_.Find(uint64_t{parent} << 32 | symbol);
  }

  // First to last.
  std::vector<uint32_t> Symbols(uint32_t number) const {
    std::vector<uint32_t> symbols(histories_[number].length);
    for (auto at = symbols.rbegin(); at != symbols.rend(); ++at) {
      *at = histories_[number].symbol;
      number = histories_[number].parent;
    }
    return symbols;
  }

 private:
  std::vector<History> histories_;
  KeyTable numbers_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_HISTORY_TREE_H_

// Which phrases a text has, told symbol by symbol.

#ifndef MYNA_NATIVE_PHRASE_AUTOMATON_H_
#define MYNA_NATIVE_PHRASE_AUTOMATON_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "key_table.h"

namespace myna {

// A sequence of symbols (words, or characters) and what it pays.
struct Phrase {
  std::vector<uint32_t> symbols;
  double boost;
};

// A text is read from its beginning. Where phrases begin, the longest pays its boost, and reading
// goes on behind it; where none begins, it goes on with the next symbol. So each symbol counts for
// one phrase at most (in regular expressions this is called leftmost-longest).
//
// With a boundary, the symbol that parts words, a phrase counts between two boundaries only; the
// beginning and the end of a text are boundaries too, and one boundary may serve two phrases.
//
// What a state has earned so far but may have to refund, its potential, is the highest of
//   boost d / n           for each phrase of n symbols of which the text ends in the first d, which
//                         may still become the longest
//   paid + potential      of what reading on would make of it if no such phrase came about
// so that the potential of a text in which nothing is begun is 0.
//
// The automaton is that of Aho and Corasick 1975 ("Efficient string matching") with other failures:
// instead of the longest suffix that begins a phrase, the state after what is left when the first
// longest phrase, or the first symbol, is read. Immutable once made.
class PhraseAutomaton {
 public:
  struct Move {
    uint32_t state;
    double gain;  // what is paid, and what the potential grows by
  };
  static constexpr uint32_t kRoot = 0;

  // No two phrases with the same symbols, none empty; boosts are finite.
  PhraseAutomaton(const std::vector<Phrase>& phrases, std::optional<uint32_t> boundary);

  uint32_t start() const { return rest_; }
  uint32_t states() const { return static_cast<uint32_t>(nodes_.size()); }

  Move Read(uint32_t state, uint32_t symbol) const {
    const auto [next, paid] = Pay(state, symbol);
    return {next, paid + nodes_[next].potential - nodes_[state].potential};
  }

  // What is still paid when the text ends here, less the potential.
  double EndGain(uint32_t state) const { return nodes_[state].at_end - nodes_[state].potential; }

  // What the phrases of a whole text pay.
  double Paid(const std::vector<uint32_t>& symbols) const;

  // Reading fails over to this state where none of the phrases begun goes on; the root to itself.
  uint32_t failure(uint32_t state) const { return nodes_[state].failure; }
  // What that adds to a rank: at most 0.
  double FailureGain(uint32_t state) const {
    const Node& node = nodes_[state];
    return node.paid + nodes_[node.failure].potential - node.potential;
  }
  // Calls `visit(state, symbol, gain)` for each symbol by which a phrase goes on from a state.
  template <typename Visit>
  void ForEachMove(Visit visit) const {
    for (uint32_t node = 1; node < states(); ++node)
      visit(nodes_[node].parent, nodes_[node].symbol,
            Read(nodes_[node].parent, nodes_[node].symbol).gain);
  }

 private:
  struct Node {
    uint32_t parent;
    uint32_t symbol;
    uint32_t depth;
    bool is_phrase;    // its symbols are one
    bool is_leaf;      // and none goes on from there: no state of a text
    double boost;      // of the phrase
    double potential;
    uint32_t failure;
    double paid;       // by failing
    double at_end;     // what is paid if the text ends
  };

  void Add(const Phrase& phrase);
  void Prepare(uint32_t number);
  std::vector<uint32_t> SymbolsOf(uint32_t number) const;
  double FlushFrom(uint32_t state) const;
  std::pair<uint32_t, double> Pay(uint32_t state, uint32_t symbol) const;

  const std::optional<uint32_t> boundary_;
  std::vector<Node> nodes_;
  KeyTable children_;   // parent, symbol -> node
  uint32_t rest_ = kRoot;  // the state behind a phrase
};

}  // namespace myna

#endif  // MYNA_NATIVE_PHRASE_AUTOMATON_H_

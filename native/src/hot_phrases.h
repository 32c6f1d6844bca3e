// Words and phrases that are to be heard more readily than the language model has them.

#ifndef MYNA_NATIVE_HOT_PHRASES_H_
#define MYNA_NATIVE_HOT_PHRASES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "key_table.h"
#include "lexicon.h"
#include "overlay_lexicon.h"
#include "phrase_automaton.h"

namespace myna {

class Decoder;

struct HotPhrase {
  std::string text;
  double boost;
};

// What a word is spelled by, where the labels' own way is not the right one.
struct HotSpelling {
  std::string text;
  std::vector<uint32_t> labels;
};

// Phrases for the decoders of one lexicon, language model and weight of it. Their units are the
// words of the lexicon; where it writes nothing between words, the characters, and without a
// lexicon the labels: then a phrase is whole words if there is a space among them (phrase_automaton.h:
// boundary), and any piece of a text if there is none. Words that the lexicon has not become words
// beside it; for the language model they are <unk>.
//
// Immutable once made: threads may share one.
class HotPhrases {
 public:
  static constexpr double kMostBoost = 100;

  // Throws std::invalid_argument, naming the phrase, for one that is empty or there twice, one with
  // a word that cannot be spelled, a boost that is no number from -kMostBoost to kMostBoost, and
  // for the spelling of a word that the lexicon has or no phrase has.
  HotPhrases(const Decoder& decoder, const std::vector<HotPhrase>& phrases,
             const std::vector<HotSpelling>& spellings);

  // Throws std::invalid_argument for a decoder whose searches these phrases do not fit.
  void Check(const Decoder& decoder) const;

  const PhraseAutomaton& automaton() const { return *automaton_; }

  // Words beside the lexicon's -----------------------------------------------------------------

  // nullptr if there are none.
  const OverlayLexicon* overlay() const { return overlay_.get(); }
  // What stands in the automaton and in histories for a word of the overlay. Equal for equal texts.
  uint32_t SymbolOf(uint32_t word) const { return first_word_ + spelled_[word].number; }
  const std::string& TextOf(uint32_t symbol) const { return words_[symbol - first_word_]; }

  // Look-ahead ---------------------------------------------------------------------------------

  // What a prefix in the midst of a word has of the boosts: the highest of 0 and, over the words w
  // through its node by which a phrase goes on from the state, the first k labels of whose m it has,
  //   weight (log10 P(w) - look_ahead(node)) + gain(w) k / m
  // and of the same for the state's failure and what failing gains. A node is the lexicon's, or
  // lexicon.nodes() + one of the overlay's.
  double Bonus(uint32_t state, uint32_t node) const;
  // False only where it is 0 in all states.
  bool IsHot(uint32_t node) const { return (is_hot_[node >> 6] >> (node & 63) & 1) != 0; }

 private:
  uint32_t Symbol(const std::string& unit, const std::vector<HotSpelling>& spellings);
  std::vector<std::string> UnitsOf(const std::string& phrase) const;
  std::vector<uint32_t> SymbolsOf(const std::string& phrase,
                                  const std::vector<HotSpelling>& spellings);
  void SpellOutside(const std::string& word, const std::vector<HotSpelling>& spellings);
  std::optional<std::vector<uint32_t>> OwnSpelling(const std::string& word) const;
  void CheckSpellings(const std::vector<HotSpelling>& spellings) const;
  void MakeLookAhead(const Decoder& decoder);

  const std::shared_ptr<const Labels> labels_;
  const std::shared_ptr<const Lexicon> lexicon_;
  const uint64_t model_;  // fingerprint, or 0
  const double weight_;
  const uint32_t first_word_;
  std::vector<std::string> words_;                          // beside the lexicon's
  std::unordered_map<std::string, uint32_t> word_numbers_;  // places there
  std::vector<OverlayLexicon::Word> spelled_;               // the same, once for each spelling
  std::unique_ptr<const OverlayLexicon> overlay_;
  std::unique_ptr<const PhraseAutomaton> automaton_;
  std::vector<uint64_t> is_hot_;  // a bit for each node
  KeyTable bonus_places_;         // state, node -> place in bonuses_
  std::vector<double> bonuses_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_HOT_PHRASES_H_

// What a language model says about the words that a search finishes, each asked once.

#ifndef MYNA_NATIVE_WORD_SCORER_H_
#define MYNA_NATIVE_WORD_SCORER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hot_phrases.h"
#include "key_table.h"
#include "language_model.h"
#include "lexicon.h"
#include "lm/state.hh"

namespace myna {

// What finishing a word does.
struct WordStep {
  double factor;     // to the rank, as a factor: see WordScorer
  double log10;      // log10 P(word | context)
  uint32_t context;  // after the word
};

// Numbers the contexts, that which decides over the scores of all words to come: equal n-gram
// histories have equal numbers. Keeps the answers from one utterance to the next, up to a bound.
// For one thread.
class WordScorer {
 public:
  static constexpr uint32_t kStart = 0;             // the context after <s>
  static constexpr uint32_t kUnknown = 0xFFFFFFFF;  // a word that the lexicon has not
  static constexpr uint32_t kHotWord = 0x80000000;  // plus a number: such a one of the hot phrases

  // Without a model (nullptr) every word is certain, log10 P = 0, and kStart is the only context.
  // `weight` is alpha ln(10), `bonus` beta. With hot phrases a context is also where in them it is.
  WordScorer(const LanguageModel* model, const Lexicon* lexicon, double weight, double bonus);

  // Finishing a word of the lexicon at its node. The rank had the look-ahead of the node for it:
  //   factor = exp(weight (log10 P(word | context) - look_ahead(node) + look_ahead(root)) + bonus)
  // For kUnknown the look-ahead is the model's log10 P(<unk>) without history.
  // With hot phrases the gain of the word is added: see PhraseAutomaton. If then `weight` is 0, the
  // look-ahead has another meaning, a logarithm of its own.
  // The number of that, good until Forget.
  uint32_t Finish(uint32_t context, uint32_t word, double look_ahead) {
    const uint64_t key = uint64_t{context} << 32 | word;
    Recent& recent = recent_[(key ^ key >> 29) * 0x9E3779B97F4A7C15u >> (64 - kRecentBits)];
    if (recent.key != key || recent.number >= answers_.size()) {
      answers_.push_back(Ask(context, word, look_ahead));
      recent = {key, static_cast<uint32_t>(answers_.size() - 1)};
    }
    return recent.number;
  }

  // Good until the next call of Finish.
  const WordStep& operator[](uint32_t number) const { return answers_[number]; }

  // Forgets all and begins to hear these, or none (nullptr).
  void Use(const HotPhrases* hot);
  // The state of their automaton.
  uint32_t phrase(uint32_t context) const { return contexts_[context].phrase; }
  // That after the word, of those that Finish takes, and what it gains.
  PhraseAutomaton::Move ReadPhrase(uint32_t context, uint32_t word) const;

  // log10 P(</s> | context)
  double ScoreEnd(uint32_t context) const;

  // Whether so much is kept that it should be forgotten.
  bool IsFull() const { return answers_.size() > kMostAnswers || contexts_.size() > kMostContexts; }
  // Forgets all but the contexts `live`, which get their new numbers.
  void Forget(const std::vector<uint32_t*>& live);

 private:
  static constexpr std::size_t kMostAnswers = std::size_t{1} << 16;
  static constexpr std::size_t kMostContexts = std::size_t{1} << 15;

  static constexpr int kRecentBits = 13;

  // A place in answers_. Most words are asked for soon again or not at all: a small table that
  // stays near the processor is worth more than one that holds them all.
  struct Recent {
    uint64_t key;
    uint32_t number;
  };

  struct Context {
    lm::ngram::State model;
    uint32_t phrase;
    uint32_t next;  // of those with the same hash, or 0
  };

  WordStep Ask(uint32_t context, uint32_t word, double look_ahead);
  uint32_t NumberOf(const lm::ngram::State& state, uint32_t phrase);
  void Begin();

  const LanguageModel* const model_;
  const Lexicon* const lexicon_;
  const double weight_;
  const double bonus_;
  const HotPhrases* hot_ = nullptr;
  double root_look_ahead_ = 0;
  std::vector<Context> contexts_;
  KeyTable context_numbers_;  // hash -> the first context with it
  std::vector<WordStep> answers_;
  std::vector<Recent> recent_;  // by a hash of (context, word)
};

}  // namespace myna

#endif  // MYNA_NATIVE_WORD_SCORER_H_

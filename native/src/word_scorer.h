// What a language model says about the words of one utterance's hypotheses, each asked once.

#ifndef MYNA_NATIVE_WORD_SCORER_H_
#define MYNA_NATIVE_WORD_SCORER_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "key_table.h"
#include "language_model.h"
#include "lm/state.hh"

namespace myna {

struct WordScore {
  double log10;         // log10 P(word | state)
  uint32_t next_state;  // number of the state after the word
};

// Numbers the model's states, so that equal n-gram histories have equal numbers, and keeps every
// answer. For one thread.
class WordScorer {
 public:
  static constexpr uint32_t kStart = 0;  // the state after <s>

  // Without a model (nullptr) every word is certain, log10 P = 0, and kStart is the only state.
  explicit WordScorer(const LanguageModel* model);

  // `word` is the model's number of it.
  WordScore Score(uint32_t state, uint32_t word);

  // log10 P(</s> | state)
  double ScoreEnd(uint32_t state) const;

 private:
  struct StateHash {
    std::size_t operator()(const lm::ngram::State& state) const {
      return static_cast<std::size_t>(lm::ngram::hash_value(state));
    }
  };

  uint32_t NumberOf(const lm::ngram::State& state);

  const LanguageModel* const model_;
  std::vector<lm::ngram::State> states_;
  std::unordered_map<lm::ngram::State, uint32_t, StateHash> state_numbers_;
  KeyTable answer_numbers_;  // (state, word) -> place in answers_
  std::vector<WordScore> answers_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_WORD_SCORER_H_

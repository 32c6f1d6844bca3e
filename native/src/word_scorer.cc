#include "word_scorer.h"

namespace myna {

WordScorer::WordScorer(const LanguageModel* model) : model_(model) {
  if (model_ == nullptr) return;
  lm::ngram::State start;
  model_->StartSentence(&start);
  NumberOf(start);
}

WordScore WordScorer::Score(uint32_t state, uint32_t word) {
  if (model_ == nullptr) return {0, kStart};
  const uint64_t key = uint64_t{state} << 32 | word;
  const auto [number, is_new] = answer_numbers_.Insert(key, static_cast<uint32_t>(answers_.size()));
  if (is_new) {
    lm::ngram::State next;
    const double log10 = model_->ScoreWord(states_[state], word, &next);
    answers_.push_back({log10, NumberOf(next)});
  }
  return answers_[number];
}

double WordScorer::ScoreEnd(uint32_t state) const {
  if (model_ == nullptr) return 0;
  lm::ngram::State next;
  return model_->ScoreWord(states_[state], model_->EndOfSentence(), &next);
}

uint32_t WordScorer::NumberOf(const lm::ngram::State& state) {
  const auto [found, is_new] = state_numbers_.emplace(state, static_cast<uint32_t>(states_.size()));
  if (is_new) states_.push_back(state);
  return found->second;
}

}  // namespace myna

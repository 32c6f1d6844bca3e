#include "word_scorer.h"

#include <cmath>
#include <utility>

namespace myna {

WordScorer::WordScorer(const LanguageModel* model, const Lexicon* lexicon, double weight,
                       double bonus)
    : model_(model), lexicon_(lexicon), weight_(weight), bonus_(bonus) {
  if (model_ != nullptr) root_look_ahead_ = lexicon_->look_ahead(Lexicon::kRoot);
  Begin();
}

void WordScorer::Begin() {
  contexts_.clear();
  context_numbers_.Clear();
  recent_.assign(std::size_t{1} << kRecentBits, {~uint64_t{0}, 0});
  answers_.clear();
  lm::ngram::State start{};
  if (model_ != nullptr) model_->StartSentence(&start);
  NumberOf(start);
}

WordStep WordScorer::Ask(uint32_t context, uint32_t word, double look_ahead) {
  if (model_ == nullptr) return {1, 0, kStart};
  lm::ngram::State next;
  const uint32_t number =
      word == kUnknown ? model_->UnknownWord() : lexicon_->model_word(word);
  const double log10 = model_->ScoreWord(contexts_[context].model, number, &next);
  const double ahead = log10 - look_ahead + root_look_ahead_;
  return {std::exp(weight_ * ahead + bonus_), log10, NumberOf(next)};
}

double WordScorer::ScoreEnd(uint32_t context) const {
  if (model_ == nullptr) return 0;
  lm::ngram::State next;
  return model_->ScoreWord(contexts_[context].model, model_->EndOfSentence(), &next);
}

uint32_t WordScorer::NumberOf(const lm::ngram::State& state) {
  const auto number = static_cast<uint32_t>(contexts_.size());
  const auto [first, is_new] = context_numbers_.Insert(lm::ngram::hash_value(state), number);
  uint32_t at = first;
  while (!is_new && !(contexts_[at].model == state)) {
    if (contexts_[at].next == 0) {
      contexts_[at].next = number;
      at = number;
      break;
    }
    at = contexts_[at].next;
  }
  if (at == number) contexts_.push_back({state, 0});
  return at;
}

void WordScorer::Forget(const std::vector<uint32_t*>& live) {
  std::vector<Context> old;
  old.swap(contexts_);
  Begin();
  for (uint32_t* context : live) *context = NumberOf(old[*context].model);
}

}  // namespace myna

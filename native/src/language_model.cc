#include "language_model.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "lm/model.hh"
#include "lm/state.hh"
#include "lm/virtual_interface.hh"
#include "lm/vocab.hh"
#include "model_file.h"
#include "printable.h"
#include "xxhash64.h"

namespace myna {
namespace {

// The words of one sentence, one after the other.
class SentenceWalk {
 public:
  explicit SentenceWalk(const LanguageModel& model) : model_(model) {
    model_.StartSentence(&state_);
  }

  // log10 P(word | the words before).
  float Add(uint32_t word) {
    const float log10 = model_.ScoreWord(state_, word, &next_);
    std::swap(state_, next_);
    return log10;
  }

 private:
  const LanguageModel& model_;
  lm::ngram::State state_, next_;
};

}  // namespace

LanguageModel::LanguageModel(const std::string& path)
    : name_(Printable(path)), model_(LoadModel(path, QuietConfig())) {}

LanguageModel::~LanguageModel() = default;

int LanguageModel::order() const { return model_->Order(); }

SentenceScore LanguageModel::Score(const std::vector<std::string>& words) const {
  const uint32_t unknown = model_->BaseVocabulary().NotFound();
  SentenceScore score;
  SentenceWalk walk(*this);
  for (const std::string& word : words) {
    const uint32_t index = WordIndex(word);
    if (index == unknown) ++score.unknown;
    score.log10 += walk.Add(index);
  }
  score.log10 += walk.Add(EndOfSentence());
  return score;
}

TextScore LanguageModel::ScoreText(std::string_view sentences) const {
  const uint32_t unknown = model_->BaseVocabulary().NotFound();
  TextScore score;
  while (!sentences.empty()) {
    SentenceWalk walk(*this);
    std::string_view line = sentences.substr(0, sentences.find('\n'));
    sentences.remove_prefix(std::min(line.size() + 1, sentences.size()));
    while (!line.empty()) {
      const std::string_view word = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(word.size() + 1, line.size()));
      if (word.empty()) continue;
      const uint32_t index = WordIndex(word);
      const float log10 = walk.Add(index);
      score.log10 += log10;
      ++score.words;
      if (index != unknown) continue;
      score.unknown_log10 += log10;
      score.unknown_words.append(word).push_back('\n');
    }
    score.log10 += walk.Add(EndOfSentence());
    ++score.sentences;
  }
  return score;
}

uint32_t LanguageModel::WordIndex(std::string_view word) const {
  return model_->BaseVocabulary().Index(StringPiece(word.data(), word.size()));
}

uint32_t LanguageModel::EndOfSentence() const { return model_->BaseVocabulary().EndSentence(); }

uint32_t LanguageModel::UnknownWord() const { return model_->BaseVocabulary().NotFound(); }

// Each of KenLM's layouts has one of two vocabularies.
uint32_t LanguageModel::vocabulary_bound() const {
  const lm::base::Vocabulary& words = model_->BaseVocabulary();
  if (const auto* sorted = dynamic_cast<const lm::ngram::SortedVocabulary*>(&words))
    return sorted->Bound();
  return dynamic_cast<const lm::ngram::ProbingVocabulary&>(words).Bound();
}

uint64_t LanguageModel::Fingerprint() const {
  constexpr uint64_t kSamples = 256;
  const uint32_t bound = vocabulary_bound();
  std::string bytes = std::to_string(order()) + ' ' + std::to_string(bound) + '\n';
  for (uint64_t sample = 0; sample < kSamples; ++sample) {
    const float log10 = Unigram(static_cast<uint32_t>(sample * bound / kSamples));
    bytes.append(reinterpret_cast<const char*>(&log10), sizeof log10);
  }
  return std::max<uint64_t>(XxHash64(bytes, 0), 1);
}

void LanguageModel::StartSentence(lm::ngram::State* state) const {
  model_->BeginSentenceWrite(state);
}

float LanguageModel::ScoreWord(const lm::ngram::State& state, uint32_t word,
                               lm::ngram::State* next) const {
  const float log10 = model_->BaseScore(&state, word, next);
  // KenLM takes the numbers of a binary as they are. With a NaN among them a search could not even
  // put its hypotheses in order.
  if (log10 < std::numeric_limits<float>::infinity()) return log10;
  throw std::runtime_error(name_ +
                           ": the language model is damaged: it holds a probability that is no "
                           "number. Build it anew");
}

float LanguageModel::Unigram(uint32_t word) const {
  lm::ngram::State state, next;
  model_->NullContextWrite(&state);
  return ScoreWord(state, word, &next);
}

}  // namespace myna

#include "language_model.h"

#include <exception>
#include <limits>
#include <stdexcept>
#include <utility>

#include "lm/config.hh"
#include "lm/model.hh"
#include "lm/state.hh"
#include "lm/virtual_interface.hh"
#include "printable.h"

namespace myna {
namespace {

// KenLM tells its progress to stderr unless told not to.
lm::ngram::Config Quiet() {
  lm::ngram::Config config;
  config.show_progress = false;
  config.messages = nullptr;
  config.arpa_complain = lm::ngram::Config::NONE;
  return config;
}

}  // namespace

LanguageModel::LanguageModel(const std::string& path) : name_(Printable(path)) {
  try {
    model_.reset(lm::ngram::LoadVirtual(path.c_str(), Quiet()));
  } catch (const std::exception& error) {
    throw std::runtime_error("cannot load the language model " + name_ + ": " +
                             Printable(error.what()) +
                             ". Is it an ARPA file, or a binary that build_binary made from one?");
  }
}

LanguageModel::~LanguageModel() = default;

int LanguageModel::order() const { return model_->Order(); }

SentenceScore LanguageModel::Score(const std::vector<std::string>& words) const {
  const lm::base::Vocabulary& vocabulary = model_->BaseVocabulary();
  SentenceScore score;
  lm::ngram::State state, next;
  StartSentence(&state);
  for (const std::string& word : words) {
    const lm::WordIndex index = vocabulary.Index(word);
    if (index == vocabulary.NotFound()) ++score.unknown;
    score.log10 += ScoreWord(state, index, &next);
    std::swap(state, next);
  }
  score.log10 += ScoreWord(state, vocabulary.EndSentence(), &next);
  return score;
}

uint32_t LanguageModel::WordIndex(std::string_view word) const {
  return model_->BaseVocabulary().Index(StringPiece(word.data(), word.size()));
}

uint32_t LanguageModel::EndOfSentence() const { return model_->BaseVocabulary().EndSentence(); }

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

#include "decoder.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "beam_search.h"
#include "log_math.h"
#include "printable.h"
#include "thread_batch.h"

namespace myna {
namespace {

constexpr double kLeastWeight = 1e-30;

}  // namespace

Decoder::Decoder(std::shared_ptr<const Labels> labels, std::shared_ptr<const Lexicon> lexicon,
                 std::shared_ptr<const LanguageModel> language_model, const DecoderOptions& options)
    : labels_(std::move(labels)),
      lexicon_(std::move(lexicon)),
      language_model_(std::move(language_model)),
      options_(options) {
  options_.Check();
  if (lexicon_) CheckLabels();
  if (!language_model_) return;
  if (!lexicon_)
    throw std::invalid_argument(
        "a language model of words needs a lexicon: build one from its vocabulary");
  CheckModel();
}

double Decoder::model_weight() const {
  const double weight = language_model_ == nullptr ? 0 : options_.alpha * kLn10;
  return weight < kLeastWeight ? 0 : weight;
}

void Decoder::CheckLabels() const {
  const Labels& theirs = lexicon_->labels();
  if (theirs == *labels_) return;
  const std::string what = lexicon_->name() + ": the lexicon was built for another alphabet: ";
  const uint32_t both = std::min(theirs.size(), labels_->size());
  for (uint32_t number = 0; number < both; ++number) {
    if (theirs[number] != (*labels_)[number])
      throw std::invalid_argument(what + "label number " + std::to_string(number) + " is " +
                                  Quoted(theirs[number]) + " there and " +
                                  Quoted((*labels_)[number]) + " here");
  }
  throw std::invalid_argument(what + std::to_string(theirs.size()) + " labels there and " +
                              std::to_string(labels_->size()) + " here");
}

// With another model's scores the search would be led astray, and with its numbers of words it
// would ask for other words.
void Decoder::CheckModel() const {
  if (lexicon_->model_fingerprint() == 0)
    throw std::invalid_argument(lexicon_->name() +
                                ": the lexicon was built without a language model. Build it anew "
                                "with this one");
  if (lexicon_->model_fingerprint() != language_model_->Fingerprint() ||
      lexicon_->model_words() != language_model_->vocabulary_bound())
    throw std::invalid_argument(lexicon_->name() +
                                ": the lexicon was built from another language model than " +
                                language_model_->name() + ". Build it anew from this one");
}

std::vector<Hypothesis> Decoder::Decode(const LogProbMatrix& log_probs,
                                        const std::shared_ptr<const HotPhrases>& hot) const {
  const SearchPool::Loan search = BorrowSearch();
  search->Start(hot);
  search->Feed(log_probs);
  return search->Finish();
}

std::vector<std::vector<Hypothesis>> Decoder::DecodeBatch(const std::vector<LogProbMatrix>& batch,
                                                          int threads,
                                                          const std::function<void()>& poll,
                                                          const std::shared_ptr<const HotPhrases>&
                                                              hot) const {
  if (hot != nullptr) hot->Check(*this);
  std::vector<std::vector<Hypothesis>> results(batch.size());
  const auto decode = [&](std::size_t i) {
    try {
      results[i] = Decode(batch[i], hot);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("log_probs[" + std::to_string(i) + "]: " + error.what());
    }
  };
  RunOnThreads(batch.size(), threads, decode, poll);
  return results;
}

}  // namespace myna

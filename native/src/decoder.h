// What turns the log-probabilities of an acoustic model into text: the parts that do not change
// from one utterance to the next.

#ifndef MYNA_NATIVE_DECODER_H_
#define MYNA_NATIVE_DECODER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "decoder_options.h"
#include "hot_phrases.h"
#include "hypothesis.h"
#include "labels.h"
#include "language_model.h"
#include "lexicon.h"
#include "log_prob_matrix.h"
#include "search_pool.h"

namespace myna {

// Immutable once made: threads may share one.
class Decoder {
 public:
  // Without a lexicon (nullptr) any sequence of labels is a text, and there can be no language
  // model. Throws std::invalid_argument if the parts were not made for each other, and as
  // DecoderOptions::Check does.
  Decoder(std::shared_ptr<const Labels> labels, std::shared_ptr<const Lexicon> lexicon,
          std::shared_ptr<const LanguageModel> language_model, const DecoderOptions& options);

  // Best first; see beam_search.h. The matrix has a column a label and one for the blank. `hot` may
  // be nullptr; throws std::invalid_argument if it was made for another decoder.
  std::vector<Hypothesis> Decode(const LogProbMatrix& log_probs,
                                 const std::shared_ptr<const HotPhrases>& hot = nullptr) const;

  // The same for many utterances on threads; an error names the utterance's place, as
  // "log_probs[3]: ...". For `poll` see thread_batch.h.
  std::vector<std::vector<Hypothesis>> DecodeBatch(const std::vector<LogProbMatrix>& batch,
                                                   int threads,
                                                   const std::function<void()>& poll,
                                                   const std::shared_ptr<const HotPhrases>& hot =
                                                       nullptr) const;

  // A search for utterances of one's own. It is to be given back before the decoder goes.
  SearchPool::Loan BorrowSearch() const { return searches_.Borrow(*this); }

  const std::shared_ptr<const Labels>& shared_labels() const { return labels_; }
  const std::shared_ptr<const Lexicon>& shared_lexicon() const { return lexicon_; }
  const Labels& labels() const { return *labels_; }
  const Lexicon* lexicon() const { return lexicon_.get(); }
  const LanguageModel* language_model() const { return language_model_.get(); }
  const DecoderOptions& options() const { return options_; }
  // What log10 P counts in totals: alpha ln(10), and 0 without a language model. Below 1e-30 it is
  // 0 too: a double has no room for so little beside log-probabilities, nor a float for what else
  // is divided by it.
  double model_weight() const;

 private:
  void CheckLabels() const;
  void CheckModel() const;

  const std::shared_ptr<const Labels> labels_;
  const std::shared_ptr<const Lexicon> lexicon_;
  const std::shared_ptr<const LanguageModel> language_model_;
  const DecoderOptions options_;
  mutable SearchPool searches_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_DECODER_H_

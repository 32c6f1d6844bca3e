// Beam search over the label sequences of CTC, for one utterance.

#ifndef MYNA_NATIVE_BEAM_SEARCH_H_
#define MYNA_NATIVE_BEAM_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decoder.h"
#include "history_tree.h"
#include "key_table.h"
#include "log_prob_matrix.h"
#include "word_scorer.h"

namespace myna {

// The score of a text, a sequence of words w_1 ... w_n of the lexicon:
//
//   total = ln sum_{paths} prod_t p_t(path_t)
//           + alpha ln(10) log10 P(w_1 ... w_n </s> | <s>)  +  beta n
//
//   paths     all sequences of one label or blank a frame that give the text: repeated labels
//             become one, then blanks vanish (Graves et al. 2006, "Connectionist temporal
//             classification", section 3), then any number of space labels parts two words, and
//             spaces at the ends mean nothing
//   p_t       the acoustic model's probabilities in frame t
//   P         the language model's probability
//
// A word ends at a space label or with the input. Without a language model total is the first term
// alone: beta makes up for what the model takes for each word. Without a lexicon either, the text
// is the label sequence itself, spaces and all.
//
// The search follows prefixes frame by frame (Graves and Jaitly 2014, "Towards end-to-end speech
// recognition with recurrent neural networks", algorithm 1; Hannun et al. 2014, "First-pass large
// vocabulary continuous speech recognition using bi-directional recurrent DNNs", algorithm 1),
// each with the logarithms of two sums: over its paths that end in a blank, and those that do not.
// A prefix is its finished words and a node of the lexicon. Its rank is
//
//   rank = ln sum_{paths so far} + alpha ln(10) log10 P(finished words | <s>) + beta (finished)
//          + (alpha ln(10) look_ahead(node) + beta   inside a word)
//
//   look_ahead  the highest log10 P(w), without history, of the words through this node
//
// After each frame these prefixes are dropped, in this order:
//   1. rank below that of the best by more than beam_threshold;
//   2. with merge_histories and a lexicon, those that a better one equals in node and language
//      model state: whatever follows adds the same to both;
//   3. all but the beam_size best; of equal ones those that were reached first stay.
// Prefixes of probability 0 are dropped anyway.
//
// For one utterance; not for several threads.
class BeamSearch {
 public:
  explicit BeamSearch(const Decoder& decoder);

  // The hypotheses, best first, at most options.hypotheses; none if some frame gives the
  // probability 0 to all that could follow the prefixes kept so far. If none of the prefixes left
  // at the end is a sequence of whole words, the words begun are left out, and the hypotheses are
  // not complete.
  // Throws std::invalid_argument as LogProbMatrix::ReadFrame does.
  std::vector<Hypothesis> Search(const LogProbMatrix& log_probs);

 private:
  struct Prefix {
    uint32_t history;
    // With a lexicon its node, the root between words. Without one, 1 + the last label, or 0.
    uint32_t node;
    double blank;  // ln of the probability of the paths that end in a blank
    double label;  // ... and of those that do not
    double rank;
    // Without a lexicon: a prefix not followed before. Its last label, in `node`, is not part of
    // `history` until it has survived the pruning: most do not, and histories are kept for good.
    bool is_new = false;
  };

  struct Ending {
    uint32_t history;
    double acoustic;  // ln of the probability of its paths
  };

  void Step();
  void ExpandWithLexicon(const Prefix& prefix);
  void ExpandFreely(const Prefix& prefix);
  Prefix& Next(uint32_t history, uint32_t node);
  void AddBlank(uint32_t history, uint32_t node, double log_prob);
  void AddLabel(uint32_t history, uint32_t node, double log_prob);

  double Weighted(double log10) const;
  double LookAhead(uint32_t node) const;
  uint32_t FinishWord(uint32_t history, uint32_t word);
  void AppendLabels();

  void Prune();
  void KeepBest(std::size_t count);
  void MergeHistories();

  std::vector<Hypothesis> Finish();
  std::vector<Ending> Endings(bool leave_out_unfinished);
  Hypothesis ToHypothesis(const Ending& ending, bool is_complete) const;

  const Decoder& decoder_;
  const Lexicon* const lexicon_;
  const DecoderOptions& options_;
  const double model_weight_;  // alpha ln(10); 0 without a language model
  const double word_bonus_;    // beta; 0 without a language model
  WordScorer scorer_;
  HistoryTree histories_;
  std::vector<double> frame_;  // log-probabilities of the labels and the blank
  std::vector<Prefix> beam_;
  std::vector<Prefix> next_;  // the beam after this frame
  std::vector<double> ranks_;  // of next_, while the best are found
  KeyTable places_;           // (history, node) -> place in next_
  KeyTable bests_;            // (state, node) -> place in next_
};

}  // namespace myna

#endif  // MYNA_NATIVE_BEAM_SEARCH_H_

// What a search finds.

#ifndef MYNA_NATIVE_HYPOTHESIS_H_
#define MYNA_NATIVE_HYPOTHESIS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace myna {

// A word and when it was said: frames [begin, end), from that of its first label on the best path
// to the one after that of its last label.
struct WordSpan {
  std::string text;
  uint32_t begin_frame;
  uint32_t end_frame;
  // How sure it is, 0 to 1: the share that hypotheses with this word at this time have of all that
  // are left at the end, each weighted by exp(confidence_scale * total), divided by 1 + r: r is the
  // weight, likewise scaled, of the best hypothesis without the word that was merged with one that
  // has it, against the best prefix of that frame.
  float confidence;
};

// A label and the frame in which the best path writes it first.
struct LabelStep {
  uint32_t label;
  uint32_t frame;
};

// One reading of an utterance.
struct Hypothesis {
  std::string text;       // in the bytes of the labels
  double acoustic;        // ln P(text | log-probabilities), over the paths that were not pruned
  double language_model;  // log10 P(words </s> | <s>); 0 without a language model
  double hot_phrases;     // what the hot phrases in it pay; 0 without any
  double total;           // as beam_search.h has it
  bool is_complete;       // false: the input ended inside a word, which is left out
  std::vector<WordSpan> words;
  std::vector<LabelStep> labels;
};

}  // namespace myna

#endif  // MYNA_NATIVE_HYPOTHESIS_H_

// Where in an utterance each label of its text is: exact Viterbi alignment by CTC.

#ifndef MYNA_NATIVE_ALIGNER_H_
#define MYNA_NATIVE_ALIGNER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "labels.h"
#include "log_prob_matrix.h"

namespace myna {

struct AlignedLabel {
  std::size_t begin_frame;  // its frames are [begin_frame, end_frame)
  std::size_t end_frame;
  double log_prob;  // mean over its frames of the natural logarithm of its probability
};

struct Alignment {
  std::vector<AlignedLabel> labels;  // one for each label of the text
  double log_prob;                   // ln P(path): the sum over all frames, blanks included
};

// The most probable path of the text (Graves et al. 2006, section 4.1, with the maximum in place
// of the sum); of equal ones the same one always.
//
// `text` are numbers of labels. Memory: some 120 bytes a label of the text and 32 MB, whatever the
// number of frames. Time: see alignment_sweep.h. `poll` is called now and then; what it throws ends
// the work.
//
// Throws std::invalid_argument for a text that needs more frames than there are (one a label, and a
// blank between equal ones), for one whose paths all have the probability 0, and as
// LogProbMatrix::ReadFrame does.
Alignment Align(const LogProbMatrix& log_probs, const Labels& labels,
                const std::vector<uint32_t>& text, const std::function<void()>& poll);

}  // namespace myna

#endif  // MYNA_NATIVE_ALIGNER_H_

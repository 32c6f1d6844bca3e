// How sure a search is of each word it found.

#ifndef MYNA_NATIVE_WORD_CONFIDENCE_H_
#define MYNA_NATIVE_WORD_CONFIDENCE_H_

#include <cstdint>
#include <vector>

namespace myna {

// A word of a reading of the utterance, in frames [begin, end). Equal words have equal symbols.
struct SpokenWord {
  uint32_t symbol;
  uint32_t begin;
  uint32_t end;
};

// One of the readings left at the end.
struct Reading {
  double weight;  // of any scale
  std::vector<SpokenWord> words;
};

// For each word of `reading`, the share that the readings which have it too, at an overlapping
// time, have of all weights.
std::vector<float> Confidences(const std::vector<SpokenWord>& words,
                               const std::vector<Reading>& readings);

}  // namespace myna

#endif  // MYNA_NATIVE_WORD_CONFIDENCE_H_

#include "word_confidence.h"

#include <cstddef>

namespace myna {

std::vector<float> Confidences(const std::vector<SpokenWord>& words,
                               const std::vector<Reading>& readings) {
  std::vector<double> weights(words.size());
  double all = 0;
  for (const Reading& reading : readings) {
    all += reading.weight;
    std::size_t first = 0;  // of the reading's words, that does not end before
    for (std::size_t number = 0; number < words.size(); ++number) {
      const SpokenWord& word = words[number];
      while (first < reading.words.size() && reading.words[first].end <= word.begin) ++first;
      for (std::size_t at = first;
           at < reading.words.size() && reading.words[at].begin < word.end; ++at) {
        if (reading.words[at].symbol != word.symbol) continue;
        weights[number] += reading.weight;
        break;
      }
    }
  }
  std::vector<float> confidences;
  for (const double weight : weights) confidences.push_back(static_cast<float>(weight / all));
  return confidences;
}

}  // namespace myna

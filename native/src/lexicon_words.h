// The words of a lexicon that is being built: spelled, scored, and in order.

#ifndef MYNA_NATIVE_LEXICON_WORDS_H_
#define MYNA_NATIVE_LEXICON_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lexicon_builder.h"

namespace myna {

// A word with its spelling and what the language model has of it.
struct ScoredWord {
  std::string_view text;
  uint64_t key;          // the first labels of the spelling, so that smaller is earlier
  std::size_t spelling;  // where it begins among all spellings
  uint32_t length;       // of the spelling
  uint32_t model_word;
  float unigram;  // log10 P(word)
};

// Sorted by spelling, then by text; each once. The texts are those it was made of.
class LexiconWords {
 public:
  // LexiconHeader::separator for the terms. Throws std::invalid_argument.
  static uint32_t SeparatorOf(const LexiconTerms& terms);

  // Throws std::invalid_argument as BuildLexicon does.
  LexiconWords(const std::vector<std::string_view>& words, const std::vector<SpelledWord>& spelled,
               const LexiconTerms& terms);

  std::size_t size() const { return words_.size(); }
  const ScoredWord& operator[](std::size_t place) const { return words_[place]; }
  uint32_t label(const ScoredWord& word, std::size_t at) const {
    return spellings_[word.spelling + at];
  }

 private:
  void Add(std::string_view text, const std::vector<uint32_t>& spelling);
  void CheckText(std::string_view text) const;
  void CheckSpelling(std::string_view text, const std::vector<uint32_t>& spelling) const;
  uint64_t KeyOf(const std::vector<uint32_t>& spelling) const;
  void Score(ScoredWord* word) const;
  int Compare(const ScoredWord& a, const ScoredWord& b) const;
  void Sort();
  void SortSpellings();

  const LexiconTerms& terms_;
  const uint32_t separator_;
  std::vector<uint32_t> spellings_;  // of all words, one behind the other
  std::vector<ScoredWord> words_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_LEXICON_WORDS_H_

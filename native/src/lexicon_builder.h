// Makes the file of a lexicon out of words. It is read by lexicon.h; lexicon_file.h describes it.

#ifndef MYNA_NATIVE_LEXICON_BUILDER_H_
#define MYNA_NATIVE_LEXICON_BUILDER_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "labels.h"
#include "language_model.h"

namespace myna {

struct SpelledWord {
  std::string text;
  std::vector<uint32_t> spelling;  // numbers of labels
};

// What a lexicon is made for.
struct LexiconTerms {
  const Labels& labels;
  const LanguageModel* model;  // or nullptr: then all words are equally likely
  // The label that ends a word; a space that is no label ends none, and a text is one word. Without
  // a separator words follow each other directly.
  std::optional<std::string> separator;
  bool joint_space;  // whether a space is written between two words
};

// The content of the file: the same bytes for the same set of words, whatever their order. Each of
// `words` is spelled with the longest label that fits at each place, each of `spelled` as it says;
// the same text and spelling twice count once. A word that the model does not know has the score of
// <unk>. Where no space is written between words, a space may be a word: the model calls it
// <space>, for it splits its own text at spaces.
//
// Throws std::invalid_argument for no words, for a separator that is no label, and, naming the
// word, for one that is empty, that holds a space or a zero, that is a mark of KenLM's (<s>, </s>,
// <unk>), that the labels cannot spell, or whose spelling is empty or has the separator in it.
std::string BuildLexicon(const std::vector<std::string_view>& words,
                         const std::vector<SpelledWord>& spelled, const LexiconTerms& terms);

}  // namespace myna

#endif  // MYNA_NATIVE_LEXICON_BUILDER_H_

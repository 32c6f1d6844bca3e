// Makes the file of a lexicon out of words. It is read by lexicon.h, which describes it.

#ifndef MYNA_NATIVE_LEXICON_BUILDER_H_
#define MYNA_NATIVE_LEXICON_BUILDER_H_

#include <string>
#include <string_view>
#include <vector>

#include "labels.h"
#include "language_model.h"

namespace myna {

// The content of the file: the same bytes for the same set of words, whatever their order. A word
// given twice counts once; a word that the model does not know has the score of <unk>.
// Throws std::invalid_argument for no words, and, naming the word, for one that is empty, that the
// labels cannot spell, that holds a space, or that is a mark of KenLM's (<s>, </s>, <unk>).
std::string BuildLexicon(const std::vector<std::string_view>& words, const Labels& labels,
                         const LanguageModel& model);

}  // namespace myna

#endif  // MYNA_NATIVE_LEXICON_BUILDER_H_

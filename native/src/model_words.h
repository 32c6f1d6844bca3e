// The words of a language model, where its file has their texts.

#ifndef MYNA_NATIVE_MODEL_WORDS_H_
#define MYNA_NATIVE_MODEL_WORDS_H_

#include <string>
#include <vector>

namespace myna {

// All of them in the order of the model's numbers, <unk>, <s> and </s> too.
// Throws FileError; std::runtime_error for what is no language model, and for a binary without words' texts.
std::vector<std::string> WordsOfModel(const std::string& path);

}  // namespace myna

#endif  // MYNA_NATIVE_MODEL_WORDS_H_

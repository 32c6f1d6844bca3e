#include "model_words.h"

#include <utility>

#include "lm/enumerate_vocab.hh"
#include "model_file.h"
#include "util/string_piece.hh"

namespace myna {
namespace {

class WordList : public lm::EnumerateVocab {
 public:
  void Add(lm::WordIndex, const StringPiece& word) override {
    words.emplace_back(word.data(), word.size());
  }

  std::vector<std::string> words;
};

}  // namespace

std::vector<std::string> WordsOfModel(const std::string& path) {
  WordList list;
  lm::ngram::Config config = QuietConfig();
  config.enumerate_vocab = &list;
  LoadModel(path, config);
  return std::move(list.words);
}

}  // namespace myna

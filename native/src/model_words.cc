#include "model_words.h"

#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

#include "lm/config.hh"
#include "lm/enumerate_vocab.hh"
#include "lm/model.hh"
#include "lm/virtual_interface.hh"
#include "printable.h"
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
  lm::ngram::Config config;
  config.show_progress = false;
  config.messages = nullptr;
  config.arpa_complain = lm::ngram::Config::NONE;
  config.enumerate_vocab = &list;
  try {
    const std::unique_ptr<lm::base::Model> model(lm::ngram::LoadVirtual(path.c_str(), config));
  } catch (const std::exception& error) {
    throw std::runtime_error("cannot read the words of the language model " + Printable(path) +
                             ": " + Printable(error.what()));
  }
  return std::move(list.words);
}

}  // namespace myna

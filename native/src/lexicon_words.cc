#include "lexicon_words.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "lexicon_file.h"
#include "printable.h"

namespace myna {
namespace {

[[noreturn]] void RefuseWord(std::string_view text, const std::string& reason) {
  throw std::invalid_argument("the word " + Quoted(text) + " " + reason);
}

}  // namespace

uint32_t LexiconWords::SeparatorOf(const LexiconTerms& terms) {
  if (!terms.separator) return LexiconHeader::kUnseparated;
  if (const auto number = terms.labels.NumberOf(*terms.separator)) return *number;
  if (*terms.separator == " ") return LexiconHeader::kSingleWords;
  throw std::invalid_argument("the separator " + Quoted(*terms.separator) +
                              " is none of the labels");
}

LexiconWords::LexiconWords(const std::vector<std::string_view>& words,
                           const std::vector<SpelledWord>& spelled, const LexiconTerms& terms)
    : terms_(terms), separator_(SeparatorOf(terms)) {
  if (words.empty() && spelled.empty())
    throw std::invalid_argument("there are no words for the lexicon");
  const bool are_pieces = !terms_.separator && terms_.joint_space;
  words_.reserve(words.size() + spelled.size());
  for (const std::string_view text : words) {
    CheckText(text);
    const auto spelling = are_pieces ? terms_.labels.SpellInPieces(text) : terms_.labels.Spell(text);
    if (!spelling)
      RefuseWord(text, "cannot be spelled with the labels: " + terms_.labels.WhyUnspelled(text) +
                           ". Leave it out, write it as they do, or say how it is spelled");
    Add(text, *spelling);
  }
  for (const SpelledWord& word : spelled) {
    CheckText(word.text);
    Add(word.text, word.spelling);
  }
  Sort();
}

void LexiconWords::Add(std::string_view text, const std::vector<uint32_t>& spelling) {
  CheckSpelling(text, spelling);
  const auto length = static_cast<uint32_t>(spelling.size());
  ScoredWord word = {text, KeyOf(spelling), spellings_.size(), length, 0, 0};
  spellings_.insert(spellings_.end(), spelling.begin(), spelling.end());
  Score(&word);
  words_.push_back(word);
}

void LexiconWords::CheckText(std::string_view text) const {
  if (text.empty()) throw std::invalid_argument("a word of the lexicon is empty");
  const bool may_be_space = !terms_.joint_space && text == " ";
  if (!may_be_space && text.find(' ') != std::string_view::npos) RefuseWord(text, "holds a space");
  if (text.find('\0') != std::string_view::npos) RefuseWord(text, "holds a zero byte");
  if (text == "<s>" || text == "</s>" || text == "<unk>")
    throw std::invalid_argument(Quoted(text) + " is a mark of the language model's, not a word");
}

void LexiconWords::CheckSpelling(std::string_view text,
                                 const std::vector<uint32_t>& spelling) const {
  if (spelling.empty()) RefuseWord(text, "has an empty spelling");
  for (const uint32_t label : spelling) {
    if (label >= terms_.labels.size())
      RefuseWord(text, "has label number " + std::to_string(label) +
                           " in its spelling; there are " + std::to_string(terms_.labels.size()) +
                           " labels");
    if (label == separator_)
      RefuseWord(text, "has the separator " + Quoted(terms_.labels[label]) + " in its spelling");
  }
}

void LexiconWords::Score(ScoredWord* word) const {
  if (terms_.model == nullptr) return;
  const std::string_view token = word->text == " " ? "<space>" : word->text;
  word->model_word = terms_.model->WordIndex(token);
  word->unigram = terms_.model->Unigram(word->model_word);
  if (!std::isfinite(word->unigram))
    throw std::invalid_argument("the language model holds " + Quoted(token) + " for impossible");
  if (word->unigram > 0)
    throw std::invalid_argument("the language model gives " + Quoted(token) +
                                " a probability over 1: the file is damaged");
}

// As many labels as go into 64 bits, each one higher, so that 0 is the end.
uint64_t LexiconWords::KeyOf(const std::vector<uint32_t>& spelling) const {
  int bits = 1;
  while (terms_.labels.size() >> bits != 0) ++bits;
  uint64_t key = 0;
  for (int i = 0; i < 64 / bits; ++i) {
    const auto at = static_cast<std::size_t>(i);
    key = key << bits | (at < spelling.size() ? spelling[at] + 1 : 0);
  }
  return key;
}

int LexiconWords::Compare(const ScoredWord& a, const ScoredWord& b) const {
  if (a.key != b.key) return a.key < b.key ? -1 : 1;
  const uint32_t* left = spellings_.data() + a.spelling;
  const uint32_t* right = spellings_.data() + b.spelling;
  for (uint32_t i = 0; i < std::min(a.length, b.length); ++i)
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  if (a.length != b.length) return a.length < b.length ? -1 : 1;
  return a.text.compare(b.text);
}

void LexiconWords::Sort() {
  std::sort(words_.begin(), words_.end(),
            [this](const ScoredWord& a, const ScoredWord& b) { return Compare(a, b) < 0; });
  const auto end =
      std::unique(words_.begin(), words_.end(),
                  [this](const ScoredWord& a, const ScoredWord& b) { return Compare(a, b) == 0; });
  words_.erase(end, words_.end());
  SortSpellings();
}

// Into the order of the words, in which the tree is grown.
void LexiconWords::SortSpellings() {
  std::vector<uint32_t> sorted;
  sorted.reserve(spellings_.size());
  for (ScoredWord& word : words_) {
    const auto begin = spellings_.begin() + static_cast<std::ptrdiff_t>(word.spelling);
    word.spelling = sorted.size();
    sorted.insert(sorted.end(), begin, begin + word.length);
  }
  spellings_.swap(sorted);
}

}  // namespace myna

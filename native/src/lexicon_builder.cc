#include "lexicon_builder.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include "lexicon.h"
#include "printable.h"

namespace myna {
namespace {

struct SpelledWord {
  std::vector<uint32_t> spelling;
  float unigram;  // log10 P(word)

  bool operator<(const SpelledWord& other) const { return spelling < other.spelling; }
  bool operator==(const SpelledWord& other) const { return spelling == other.spelling; }
};

SpelledWord SpellWord(std::string_view word, const Labels& labels, const LanguageModel& model) {
  if (word.empty()) throw std::invalid_argument("a word of the lexicon is empty");
  if (word.find(' ') != std::string_view::npos)
    throw std::invalid_argument("the word " + Quoted(word) + " holds a space");
  if (word == "<s>" || word == "</s>" || word == "<unk>")
    throw std::invalid_argument(Quoted(word) + " is a mark of the language model's, not a word");
  auto spelling = labels.Spell(word);
  if (!spelling)
    throw std::invalid_argument("the word " + Quoted(word) + " cannot be spelled with the labels");
  const float unigram = model.Unigram(model.WordIndex(word));
  if (!std::isfinite(unigram))
    throw std::invalid_argument("the language model holds " + Quoted(word) + " for impossible");
  if (unigram > 0)
    throw std::invalid_argument("the language model gives " + Quoted(word) +
                                " a probability over 1: the file is damaged");
  return {std::move(*spelling), unigram};
}

std::vector<SpelledWord> SpellWords(const std::vector<std::string_view>& words,
                                    const Labels& labels, const LanguageModel& model) {
  if (words.empty()) throw std::invalid_argument("there are no words for the lexicon");
  std::vector<SpelledWord> spelled;
  spelled.reserve(words.size());
  for (const std::string_view word : words) spelled.push_back(SpellWord(word, labels, model));
  std::sort(spelled.begin(), spelled.end());
  spelled.erase(std::unique(spelled.begin(), spelled.end()), spelled.end());
  return spelled;
}

// Grows the tree level by level: each node stands for the sorted words that begin with it.
class TreeGrower {
 public:
  explicit TreeGrower(const std::vector<SpelledWord>& words) : words_(words) {}

  // All nodes and the closing one.
  std::vector<LexiconNode> Grow() {
    AddNode({0, words_.size(), 0}, 0);
    for (std::size_t number = 0; number < nodes_.size(); ++number) AddChildren(number);
    nodes_.push_back({0, static_cast<uint32_t>(nodes_.size()), LexiconNode::kNoWord, 0});
    return std::move(nodes_);
  }

 private:
  struct Range {
    std::size_t begin, end;  // in words_
    std::size_t depth;       // labels that they have in common
  };

  void AddNode(const Range& range, uint32_t label) {
    float look_ahead = -std::numeric_limits<float>::infinity();
    for (std::size_t i = range.begin; i < range.end; ++i)
      look_ahead = std::max(look_ahead, words_[i].unigram);
    ranges_.push_back(range);
    nodes_.push_back({label, 0, LexiconNode::kNoWord, look_ahead});
    if (nodes_.size() > std::numeric_limits<uint32_t>::max() / 2)
      throw std::invalid_argument("too many words for a lexicon");
  }

  void AddChildren(std::size_t number) {
    Range range = ranges_[number];
    nodes_[number].first_child = static_cast<uint32_t>(nodes_.size());
    // The word that ends here is the first of those that begin so.
    if (range.begin < range.end && words_[range.begin].spelling.size() == range.depth) {
      nodes_[number].word = word_count_++;
      ++range.begin;
    }
    while (range.begin < range.end) {
      const uint32_t label = words_[range.begin].spelling[range.depth];
      std::size_t end = range.begin + 1;
      while (end < range.end && words_[end].spelling[range.depth] == label) ++end;
      AddNode({range.begin, end, range.depth + 1}, label);
      range.begin = end;
    }
  }

  const std::vector<SpelledWord>& words_;
  std::vector<LexiconNode> nodes_;
  std::vector<Range> ranges_;  // of each node
  uint32_t word_count_ = 0;
};

template <typename T>
void Append(const T& value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string LabelSection(const Labels& labels, uint32_t* text_bytes) {
  std::string ends, texts;
  for (const std::string& text : labels.texts()) {
    texts += text;
    Append(static_cast<uint32_t>(texts.size()), &ends);
  }
  *text_bytes = static_cast<uint32_t>(texts.size());
  std::string section = ends + texts;
  section.resize((section.size() + 7) / 8 * 8, '\0');
  return section;
}

}  // namespace

std::string BuildLexicon(const std::vector<std::string_view>& words, const Labels& labels,
                         const LanguageModel& model) {
  const std::vector<SpelledWord> spelled = SpellWords(words, labels, model);
  const std::vector<LexiconNode> nodes = TreeGrower(spelled).Grow();
  LexiconHeader header = {};
  std::memcpy(header.magic, LexiconHeader::kMagic, sizeof header.magic);
  header.version = LexiconHeader::kVersion;
  header.labels = labels.size();
  header.words = static_cast<uint32_t>(spelled.size());
  header.nodes = static_cast<uint32_t>(nodes.size() - 1);
  std::string body = LabelSection(labels, &header.label_bytes);
  for (const LexiconNode& node : nodes) Append(node, &body);
  header.checksum = LexiconChecksum(header, body);
  std::string file;
  Append(header, &file);
  return file + body;
}

}  // namespace myna

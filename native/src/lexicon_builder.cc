#include "lexicon_builder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "lexicon_file.h"
#include "lexicon_words.h"

namespace myna {
namespace {

// The texts of the words: each once, in order, a zero behind each.
class TextTable {
 public:
  explicit TextTable(const LexiconWords& words) {
    sorted_.reserve(words.size());
    for (std::size_t place = 0; place < words.size(); ++place)
      sorted_.push_back({words[place].text, place});
    // Words of letters that are labels in alphabetical order are in order already.
    if (!std::is_sorted(sorted_.begin(), sorted_.end())) std::sort(sorted_.begin(), sorted_.end());
    offsets_.resize(words.size());
    const std::string_view* before = nullptr;
    std::size_t offset = 0;
    for (const auto& [text, place] : sorted_) {
      if (before == nullptr || text != *before) {
        offset = bytes_.size();
        bytes_.append(text).push_back('\0');
        ++count_;
      }
      before = &text;
      offsets_[place] = static_cast<uint32_t>(offset);
    }
    if (bytes_.size() > std::numeric_limits<uint32_t>::max())
      throw std::invalid_argument("too many words for a lexicon");
  }

  const std::string& bytes() const { return bytes_; }
  uint32_t count() const { return count_; }
  // Of the text of the word at a place.
  uint32_t offset(std::size_t place) const { return offsets_[place]; }

 private:
  std::vector<std::pair<std::string_view, std::size_t>> sorted_;
  std::vector<uint32_t> offsets_;
  std::string bytes_;
  uint32_t count_ = 0;
};

// Grows the tree level by level: each node stands for the sorted words that begin with it.
class TreeGrower {
 public:
  TreeGrower(const LexiconWords& words, const TextTable& texts, bool has_masks)
      : words_(words), texts_(texts), has_masks_(has_masks) {}

  void Grow() {
    AddNode({0, words_.size(), 0}, 0);
    for (std::size_t number = 0; number < nodes.size(); ++number) AddChildren(number);
  }

  std::vector<LexiconNode> nodes;
  std::vector<uint32_t> labels;  // of each node
  std::vector<LexiconWord> numbered;

 private:
  struct Range {
    std::size_t begin, end;  // in words_
    std::size_t depth;       // labels that they have in common
  };

  void AddNode(const Range& range, uint32_t label) {
    float look_ahead = words_[range.begin].unigram;
    for (std::size_t i = range.begin + 1; i < range.end; ++i)
      look_ahead = std::max(look_ahead, words_[i].unigram);
    ranges_.push_back(range);
    labels.push_back(label);
    nodes.push_back({0, 0, LexiconNode::kNoWord, look_ahead});
    if (nodes.size() > std::numeric_limits<uint32_t>::max() / 2)
      throw std::invalid_argument("too many words for a lexicon");
  }

  void AddChildren(std::size_t number) {
    Range range = ranges_[number];
    nodes[number].first_child = static_cast<uint32_t>(nodes.size());
    AddWords(number, &range);
    uint32_t children = 0;
    while (range.begin < range.end) {
      const uint32_t label = words_.label(words_[range.begin], range.depth);
      std::size_t end = range.begin + 1;
      while (end < range.end && words_.label(words_[end], range.depth) == label) ++end;
      children = has_masks_ ? children | uint32_t{1} << label : children + 1;
      AddNode({range.begin, end, range.depth + 1}, label);
      range.begin = end;
    }
    nodes[number].children = children;
  }

  // Those that end at the node are the first of those that begin so: they leave the range.
  void AddWords(std::size_t number, Range* range) {
    for (; range->begin < range->end; ++range->begin) {
      const ScoredWord& word = words_[range->begin];
      if (word.length != range->depth) break;
      if (nodes[number].word == LexiconNode::kNoWord)
        nodes[number].word = static_cast<uint32_t>(numbered.size());
      numbered.push_back({texts_.offset(range->begin), word.model_word});
    }
    if (nodes[number].word != LexiconNode::kNoWord) numbered.back().model |= LexiconWord::kLast;
  }

  const LexiconWords& words_;
  const TextTable& texts_;
  const bool has_masks_;
  std::vector<Range> ranges_;  // of each node
};

void Put(const void* bytes, std::size_t size, uint64_t offset, std::string* file) {
  if (size > 0) std::memcpy(file->data() + offset, bytes, size);
}

void PutLabels(const Labels& labels, uint64_t offset, std::string* file) {
  std::string texts;
  for (const std::string& text : labels.texts()) {
    texts += text;
    const auto end = static_cast<uint32_t>(texts.size());
    Put(&end, sizeof end, offset, file);
    offset += sizeof end;
  }
  Put(texts.data(), texts.size(), offset, file);
}

void PutNodeLabels(const std::vector<uint32_t>& labels, const LexiconLayout& layout,
                   std::string* file) {
  uint64_t offset = layout.node_labels;
  for (const uint32_t label : labels) {
    Put(&label, layout.label_size, offset, file);  // little-endian: its first bytes
    offset += layout.label_size;
  }
}

LexiconHeader HeaderOf(const TreeGrower& tree, const TextTable& texts, const LexiconTerms& terms) {
  LexiconHeader header = {};
  std::memcpy(header.magic, LexiconHeader::kMagic, sizeof header.magic);
  header.version = LexiconHeader::kVersion;
  header.flags = terms.joint_space ? LexiconHeader::kJointSpace : 0;
  header.labels = terms.labels.size();
  for (const std::string& text : terms.labels.texts())
    header.label_bytes += static_cast<uint32_t>(text.size());
  header.nodes = static_cast<uint32_t>(tree.nodes.size());
  header.words = static_cast<uint32_t>(tree.numbered.size());
  header.texts = texts.count();
  header.text_bytes = static_cast<uint32_t>(texts.bytes().size());
  header.separator = LexiconWords::SeparatorOf(terms);
  header.model_words = terms.model == nullptr ? 1 : terms.model->vocabulary_bound();
  header.model = terms.model == nullptr ? 0 : terms.model->Fingerprint();
  return header;
}

}  // namespace

std::string BuildLexicon(const std::vector<std::string_view>& words,
                         const std::vector<SpelledWord>& spelled, const LexiconTerms& terms) {
  const LexiconWords scored(words, spelled, terms);
  const TextTable texts(scored);
  TreeGrower tree(scored, texts, terms.labels.size() <= 32);
  tree.Grow();
  LexiconHeader header = HeaderOf(tree, texts, terms);
  const LexiconLayout layout(header);
  std::string file(layout.end, '\0');
  PutLabels(terms.labels, layout.labels, &file);
  Put(tree.nodes.data(), tree.nodes.size() * sizeof(LexiconNode), layout.nodes, &file);
  PutNodeLabels(tree.labels, layout, &file);
  Put(tree.numbered.data(), tree.numbered.size() * sizeof(LexiconWord), layout.words, &file);
  Put(texts.bytes().data(), texts.bytes().size(), layout.texts, &file);
  header.checksum = LexiconChecksum(header, std::string_view(file).substr(sizeof header));
  Put(&header, sizeof header, 0, &file);
  return file;
}

}  // namespace myna

#include "lexicon_check.h"

#include <algorithm>
#include <limits>

namespace myna {
namespace {

using Fault = std::optional<std::string>;

Fault FaultOfHeader(const LexiconSections& s) {
  if (s.header.flags > LexiconHeader::kJointSpace) return "unknown flags in the lexicon's head";
  if (s.header.separator >= s.header.labels && s.header.separator < LexiconHeader::kSingleWords)
    return "the separator of the lexicon is none of its labels";
  if (s.header.nodes == 0) return "the lexicon has no root";
  return std::nullopt;
}

Fault FaultOfTexts(const LexiconSections& s) {
  if (!s.texts.empty() && s.texts.back() != '\0') return "the last text of the lexicon has no end";
  const auto ends = std::count(s.texts.begin(), s.texts.end(), '\0');
  if (ends != static_cast<std::ptrdiff_t>(s.header.texts))
    return "the texts of the lexicon are not as many as its head says";
  return std::nullopt;
}

Fault FaultOfWords(const LexiconSections& s) {
  bool fits = true;
  for (const LexiconWord* word = s.words; word < s.words + s.header.words; ++word)
    fits &= (word->text < s.header.text_bytes) &
            ((word->model & ~LexiconWord::kLast) < s.header.model_words);
  if (!fits) return "a word of the lexicon has a wrong number";
  if (s.header.words > 0 && (s.words[s.header.words - 1].model & LexiconWord::kLast) == 0)
    return "the words of the lexicon do not close";
  return std::nullopt;
}

// In breadth-first order the children of each node follow those of the node before, and every node
// but the root is a child once: so this is a tree.
template <typename Label>
class NodeCheck {
 public:
  explicit NodeCheck(const LexiconSections& sections)
      : s_(sections), labels_(reinterpret_cast<const Label*>(sections.node_labels)) {}

  Fault Run() {
    const bool has_masks = s_.header.labels <= 32;
    for (uint32_t number = 0; number < s_.header.nodes; ++number) {
      const LexiconNode& node = s_.nodes[number];
      if (node.first_child != child_ || child_ <= number)
        return "the nodes of the lexicon are not in order";
      if (!(has_masks ? TakeMask(node.children) : TakeChildren(node.children)))
        return "a node of the lexicon has wrong children";
      if (node.word != LexiconNode::kNoWord) {
        if (!TakeWords(node.word) || number == 0)
          return "the words of the lexicon are not in order";
      } else if (node.children == 0 && number > 0) {
        return "a branch of the lexicon ends without a word";
      }
      if (!(node.look_ahead <= 0 && node.look_ahead >= std::numeric_limits<float>::lowest()))
        return "a score in the lexicon is no logarithm of a probability";
    }
    if (child_ != s_.header.nodes || word_ != s_.header.words)
      return "the nodes of the lexicon do not close";
    return std::nullopt;
  }

 private:
  bool TakeMask(uint32_t mask) {
    for (; mask != 0; mask &= mask - 1, ++child_) {
      const auto label = static_cast<uint32_t>(__builtin_ctz(mask));
      if (child_ >= s_.header.nodes || labels_[child_] != label) return false;
      if (label >= s_.header.labels || label == s_.header.separator) return false;
    }
    return true;
  }

  bool TakeChildren(uint32_t count) {
    if (count > s_.header.nodes - child_) return false;
    for (const uint32_t begin = child_; child_ < begin + count; ++child_) {
      const Label label = labels_[child_];
      if (label >= s_.header.labels || label == s_.header.separator) return false;
      if (child_ > begin && label <= labels_[child_ - 1]) return false;
    }
    return true;
  }

  // The last word of all is marked as the last of its node: this ends.
  bool TakeWords(uint32_t first) {
    if (first != word_ || word_ >= s_.header.words) return false;
    while ((s_.words[word_++].model & LexiconWord::kLast) == 0) {
    }
    return true;
  }

  const LexiconSections& s_;
  const Label* const labels_;
  uint32_t child_ = 1;  // the next that a node must have
  uint32_t word_ = 0;
};

Fault FaultOfNodes(const LexiconSections& s) {
  switch (LexiconLayout(s.header).label_size) {
    case 1:
      return NodeCheck<uint8_t>(s).Run();
    case 2:
      return NodeCheck<uint16_t>(s).Run();
    default:
      return NodeCheck<uint32_t>(s).Run();
  }
}

}  // namespace

std::optional<std::string> FaultOf(const LexiconSections& sections) {
  for (const auto fault_of : {FaultOfHeader, FaultOfTexts, FaultOfWords, FaultOfNodes})
    if (auto fault = fault_of(sections)) return fault;
  return std::nullopt;
}

}  // namespace myna

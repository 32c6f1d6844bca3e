#include "lexicon_check.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace myna {
namespace {

using Fault = std::optional<std::string>;

constexpr char kWrongNodes[] =
    "a node of the lexicon is out of order, or its score is no logarithm of a probability";
constexpr char kWrongLabels[] = "a node of the lexicon has wrong labels";

Fault FaultOfHeader(const LexiconSections& s) {
  if (s.header.flags > LexiconHeader::kJointSpace) return "unknown flags in the lexicon's head";
  if (s.header.separator >= s.header.labels && s.header.separator < LexiconHeader::kSingleWords)
    return "the separator of the lexicon is none of its labels";
  if (s.header.nodes == 0) return "the lexicon has no root";
  if (s.header.words == 0) return "the lexicon has no words";
  return std::nullopt;
}

Fault FaultOfTexts(const LexiconSections& s) {
  if (!s.texts.empty() && s.texts.back() != '\0') return "the last text of the lexicon has no end";
  return std::nullopt;
}

Fault FaultOfWords(const LexiconSections& s) {
  bool fits = true;
  for (const LexiconWord* word = s.words; word < s.words + s.header.words; ++word)
    fits &= (word->text < s.header.text_bytes) &
            ((word->model & ~LexiconWord::kLast) < s.header.model_words);
  if (!fits) return "a word of the lexicon has a wrong number";
  if ((s.words[s.header.words - 1].model & LexiconWord::kLast) == 0)
    return "the words of the lexicon do not close";
  return std::nullopt;
}

// The nodes and their labels. Millions of nodes are looked at each time a lexicon is opened, so
// this goes block by block, while they are in the cache, in loops that have no jumps inside.
//
// `kMasks`: whether LexiconNode::children are masks.
template <typename Label, bool kMasks>
class NodeCheck {
 public:
  explicit NodeCheck(const LexiconSections& s)
      : s_(s),
        nodes_(s.nodes),
        labels_(reinterpret_cast<const Label*>(s.node_labels)),
        has_homophones_(CountLastWords(s) != s.header.words) {}

  Fault Run() {
    if (nodes_[0].first_child != 1 || nodes_[0].word != LexiconNode::kNoWord) return kWrongNodes;
    uint32_t end = 0;
    for (uint32_t begin = 0; begin < s_.header.nodes; begin = end) {
      end = begin + std::min(s_.header.nodes - begin, kBlock);
      if (!AreInOrder(begin, end)) return kWrongNodes;
      if (!FitLabels(begin, end)) return kWrongLabels;
      if (!(has_homophones_ ? HaveWords(begin, end) : HaveSingleWords(begin, end)))
        return "the words of the lexicon are not in order";
    }
    if (word_ != s_.header.words) return "the lexicon has words without a node";
    return AreLabelsSorted() ? Fault() : kWrongLabels;
  }

 private:
  static constexpr uint32_t kBlock = 2048;

  static uint32_t CountLastWords(const LexiconSections& s) {
    uint32_t count = 0;
    for (uint32_t word = 0; word < s.header.words; ++word)
      count += (s.words[word].model & LexiconWord::kLast) != 0;
    return count;
  }

  // Where the children of a node end.
  uint32_t ChildrenEnd(uint32_t number) const {
    return number + 1 < s_.header.nodes ? nodes_[number + 1].first_child : s_.header.nodes;
  }

  // In breadth-first order the children of each node follow those of the node before, and every
  // node but the root is a child once, of a node before it: so this is a tree. That the children
  // are as many as the node says is left to FitLabels where it has a mask. Each branch ends with a
  // word, and each score is 0 or a finite number below, which is told by its bits: comparisons of
  // floats may trap, and so are no vectors.
  bool AreInOrder(uint32_t begin, uint32_t end) const {
    constexpr uint32_t kMinusZero = 0x80000000, kLowest = 0xFF7FFFFF;
    const auto is_wrong = [](uint32_t number, const LexiconNode& node, uint32_t next) {
      uint32_t score = 0;
      std::memcpy(&score, &node.look_ahead, sizeof score);
      return (node.first_child <= number) | (next < node.first_child) |
             (!kMasks & (next - node.first_child != node.children)) |
             ((node.children == 0) & (node.word == LexiconNode::kNoWord)) |
             ((score != 0) & (score - kMinusZero > kLowest - kMinusZero));
    };
    const uint32_t last = end - 1;
    uint32_t wrong = 0;
    for (uint32_t number = begin; number < last; ++number)
      wrong |= is_wrong(number, nodes_[number], nodes_[number + 1].first_child);
    wrong |= is_wrong(last, nodes_[last], ChildrenEnd(last));
    return wrong == 0 && ChildrenEnd(last) <= s_.header.nodes;
  }

  // Siblings are in the order of their labels if labels fall, in the whole row of nodes, only
  // between the last child of one node and the first of another: here those places are counted,
  // and by AreLabelsSorted all. With masks: labels in order are those of a mask if their powers of
  // two add up to it.
  bool FitLabels(uint32_t begin, uint32_t end) {
    const uint32_t first = nodes_[begin].first_child, behind = ChildrenEnd(end - 1);
    if (kMasks) AddPowers(first, behind);
    const uint32_t* const powers = powers_.data();
    uint32_t falls = 0, wrong = 0;
    // (Behind the last label, where the children of the last node would be, lie the words.)
    const auto add = [&](const LexiconNode& node, uint32_t next) {
      const Label* label = labels_ + node.first_child;
      falls += (node.children != 0) & (label[0] <= label[-1]);
      if (kMasks)
        wrong |= (powers[next - first] - powers[node.first_child - first]) ^ node.children;
    };
    for (uint32_t number = begin; number + 1 < end; ++number)
      add(nodes_[number], nodes_[number + 1].first_child);
    add(nodes_[end - 1], behind);
    falls_ += falls;
    return wrong == 0;
  }

  // Fills powers_: for each of these nodes and the end the sum over those before it.
  void AddPowers(uint32_t begin, uint32_t end) {
    powers_.resize(end - begin + 1);
    uint32_t* sum = powers_.data();
    *sum = 0;
    for (const Label* label = labels_ + begin; label < labels_ + end; ++label, ++sum)
      sum[1] = sum[0] + (uint32_t{1} << (*label & 31));
  }

  bool AreLabelsSorted() const {
    uint32_t falls = 0, wrong = 0;
    for (uint32_t number = 1; number < s_.header.nodes; ++number) {
      wrong |= (labels_[number] >= s_.header.labels) | (labels_[number] == s_.header.separator);
      falls += labels_[number] <= labels_[number - 1];
    }
    return wrong == 0 && falls == falls_;
  }

  bool HaveSingleWords(uint32_t begin, uint32_t end) {
    uint32_t wrong = 0, word = word_;
    for (uint32_t number = begin; number < end; ++number) {
      const uint32_t is_there = nodes_[number].word != LexiconNode::kNoWord;
      wrong |= is_there & (nodes_[number].word != word);
      word += is_there;
    }
    word_ = word;
    return wrong == 0 && word_ <= s_.header.words;
  }

  // The last word of all is the last of its node: this ends.
  bool HaveWords(uint32_t begin, uint32_t end) {
    for (uint32_t number = begin; number < end; ++number) {
      if (nodes_[number].word == LexiconNode::kNoWord) continue;
      if (nodes_[number].word != word_ || word_ >= s_.header.words) return false;
      while ((s_.words[word_++].model & LexiconWord::kLast) == 0) {
      }
    }
    return true;
  }

  const LexiconSections& s_;
  const LexiconNode* const nodes_;
  const Label* const labels_;
  const bool has_homophones_;
  uint32_t word_ = 0;   // the next that must end at a node
  uint32_t falls_ = 0;  // of labels, between the children of two nodes
  std::vector<uint32_t> powers_;
};

Fault FaultOfNodes(const LexiconSections& s) {
  if (s.header.labels <= 32) return NodeCheck<uint8_t, true>(s).Run();
  switch (LexiconLayout(s.header).label_size) {
    case 1:
      return NodeCheck<uint8_t, false>(s).Run();
    case 2:
      return NodeCheck<uint16_t, false>(s).Run();
    default:
      return NodeCheck<uint32_t, false>(s).Run();
  }
}

}  // namespace

std::optional<std::string> FaultOf(const LexiconSections& sections) {
  for (const auto fault_of : {FaultOfHeader, FaultOfTexts, FaultOfWords, FaultOfNodes})
    if (auto fault = fault_of(sections)) return fault;
  return std::nullopt;
}

}  // namespace myna

#include "lexicon.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "printable.h"

namespace myna {
namespace {

uint64_t Fnv1a(std::string_view bytes, uint64_t hash) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

}  // namespace

uint64_t LexiconChecksum(LexiconHeader header, std::string_view body) {
  header.checksum = 0;
  const char* bytes = reinterpret_cast<const char*>(&header);
  return Fnv1a(body, Fnv1a({bytes, sizeof header}, 0xCBF29CE484222325u));
}

Lexicon::Lexicon(const std::string& path) : name_(Printable(path)), file_(path) {
  ReadHeader();
  ReadLabels();
  CheckNodes();
}

void Lexicon::Refuse(const std::string& reason) const {
  throw std::invalid_argument(name_ + ": " + reason);
}

void Lexicon::ReadHeader() {
  constexpr std::size_t kMagicSize = sizeof(LexiconHeader::kMagic);
  const std::size_t shown = std::min(file_.size(), kMagicSize);
  if (shown == 0) Refuse("the file is empty");
  if (std::memcmp(file_.data(), LexiconHeader::kMagic, shown) != 0)
    Refuse("not a lexicon of Myna's. Build it with build-lm");
  if (file_.size() < sizeof header_) Refuse("the lexicon is cut off");
  std::memcpy(&header_, file_.data(), sizeof header_);
  if (header_.version != LexiconHeader::kVersion)
    Refuse("a lexicon of version " + std::to_string(header_.version) +
           "; this Myna reads version " + std::to_string(LexiconHeader::kVersion) +
           ". Build it anew with build-lm");
  const std::string_view body(reinterpret_cast<const char*>(file_.data()) + sizeof header_,
                              file_.size() - sizeof header_);
  if (LexiconChecksum(header_, body) != header_.checksum)
    Refuse("the lexicon is damaged or cut off: its checksum is wrong");
}

// What follows would only fail for a file that was made to deceive: the checksum is right.
void Lexicon::ReadLabels() {
  const uint64_t ends_size = uint64_t{header_.labels} * sizeof(uint32_t);
  const uint64_t labels_size = (ends_size + header_.label_bytes + 7) / 8 * 8;
  const uint64_t nodes_size = (uint64_t{header_.nodes} + 1) * sizeof(LexiconNode);
  if (header_.nodes == 0 || file_.size() != sizeof header_ + labels_size + nodes_size)
    Refuse("the sizes in the lexicon's head do not fit the file");
  const unsigned char* at = file_.data() + sizeof header_;
  const char* text = reinterpret_cast<const char*>(at) + ends_size;
  std::vector<std::string> texts;
  uint32_t begin = 0;
  for (uint32_t number = 0; number < header_.labels; ++number) {
    uint32_t end = 0;
    std::memcpy(&end, at + number * sizeof end, sizeof end);
    if (end < begin || end > header_.label_bytes) Refuse("the labels in the lexicon overlap");
    texts.emplace_back(text + begin, end - begin);
    begin = end;
  }
  try {
    labels_ = std::make_unique<const Labels>(std::move(texts));
  } catch (const std::invalid_argument& error) {
    Refuse(error.what());
  }
  nodes_ = reinterpret_cast<const LexiconNode*>(at + labels_size);  // a multiple of 8 from a page
}

// In breadth-first order the children of each node follow those of the node before, and every node
// but the root is a child once: so this is a tree.
void Lexicon::CheckNodes() const {
  if (nodes_[kRoot].first_child != 1) Refuse("the nodes of the lexicon are not in order");
  uint32_t words = 0;
  for (uint32_t number = 0; number < header_.nodes; ++number) {
    CheckNode(number, words);
    if (nodes_[number].word != LexiconNode::kNoWord) ++words;
  }
  if (nodes_[header_.nodes].first_child != header_.nodes || words != header_.words ||
      nodes_[kRoot].word != LexiconNode::kNoWord)
    Refuse("the nodes of the lexicon do not close");
}

void Lexicon::CheckNode(uint32_t number, uint32_t expected_word) const {
  const LexiconNode& checked = nodes_[number];
  const uint32_t begin = checked.first_child, end = children_end(number);
  if (begin <= number || end < begin || end > header_.nodes)
    Refuse("the nodes of the lexicon are not in order");
  for (uint32_t child = begin; child < end; ++child) {
    if (nodes_[child].label >= header_.labels || nodes_[child].label == labels_->space() ||
        (child > begin && nodes_[child].label <= nodes_[child - 1].label))
      Refuse("a node of the lexicon has a wrong label");
  }
  if (checked.word != LexiconNode::kNoWord && checked.word != expected_word)
    Refuse("the words of the lexicon are not in order");
  if (checked.word == LexiconNode::kNoWord && begin == end)
    Refuse("a branch of the lexicon ends without a word");
  if (!std::isfinite(checked.look_ahead) || checked.look_ahead > 0)
    Refuse("a score in the lexicon is no logarithm of a probability");
}

std::string Lexicon::Spelling(uint32_t number) const {
  std::vector<uint32_t> way;
  while (number != kRoot) {
    way.push_back(nodes_[number].label);
    // The parent is the last node whose children begin at or before this one.
    const LexiconNode* after =
        std::upper_bound(nodes_, nodes_ + number, number,
                         [](uint32_t n, const LexiconNode& node) { return n < node.first_child; });
    number = static_cast<uint32_t>(after - nodes_) - 1;
  }
  std::string text;
  for (auto label = way.rbegin(); label != way.rend(); ++label) text += (*labels_)[*label];
  return text;
}

bool Lexicon::Contains(std::string_view word) const {
  const auto spelling = labels_->Spell(word);
  if (!spelling) return false;
  uint32_t number = kRoot;
  for (const uint32_t label : *spelling) {
    const LexiconNode* end = nodes_ + children_end(number);
    const LexiconNode* child = std::lower_bound(
        nodes_ + nodes_[number].first_child, end, label,
        [](const LexiconNode& node, uint32_t value) { return node.label < value; });
    if (child == end || child->label != label) return false;
    number = static_cast<uint32_t>(child - nodes_);
  }
  return nodes_[number].word != LexiconNode::kNoWord;
}

void Lexicon::ForEachWord(const std::function<void(const std::string&, uint32_t)>& visit) const {
  struct Step {
    uint32_t node;
    std::size_t length;  // of the text before its label
  };
  std::string text;
  std::vector<Step> steps = {{kRoot, 0}};
  while (!steps.empty()) {
    const Step step = steps.back();
    steps.pop_back();
    text.resize(step.length);
    if (step.node != kRoot) text += (*labels_)[nodes_[step.node].label];
    if (nodes_[step.node].word != LexiconNode::kNoWord) visit(text, step.node);
    for (uint32_t child = children_end(step.node); child-- > nodes_[step.node].first_child;)
      steps.push_back({child, text.size()});
  }
}

}  // namespace myna

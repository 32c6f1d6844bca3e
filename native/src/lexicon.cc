#include "lexicon.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "lexicon_check.h"
#include "printable.h"

namespace myna {
namespace {

template <typename Label>
uint32_t Find(const Label* labels, uint32_t begin, uint32_t end, uint32_t label) {
  const Label* found = std::lower_bound(labels + begin, labels + end, label);
  if (found == labels + end || *found != label) return Lexicon::kNoChild;
  return static_cast<uint32_t>(found - labels);
}

}  // namespace

Lexicon::Lexicon(const std::string& path) : name_(Printable(path)), file_(path, "the lexicon") {
  ReadHeader();
  ReadSections();
  MakeRootTable();
}

void Lexicon::Refuse(const std::string& reason) const {
  throw std::invalid_argument(name_ + ": " + reason);
}

void Lexicon::ReadHeader() {
  constexpr std::size_t kVersionEnd = offsetof(LexiconHeader, flags);
  const std::size_t shown = std::min(file_.size(), sizeof(LexiconHeader::kMagic));
  if (shown == 0) Refuse("the file is empty");
  if (std::memcmp(file_.data(), LexiconHeader::kMagic, shown) != 0)
    Refuse("not a lexicon of Myna's. Build it with build-lm or build_lexicon");
  if (file_.size() >= kVersionEnd) {
    std::memcpy(&header_, file_.data(), kVersionEnd);
    if (header_.version != LexiconHeader::kVersion)
      Refuse("a lexicon of version " + std::to_string(header_.version) +
             "; this Myna reads version " + std::to_string(LexiconHeader::kVersion) +
             ". Build it anew with build-lm or build_lexicon");
  }
  if (file_.size() < sizeof header_) Refuse("the lexicon is cut off");
  std::memcpy(&header_, file_.data(), sizeof header_);
  const std::string_view body(reinterpret_cast<const char*>(file_.data()) + sizeof header_,
                              file_.size() - sizeof header_);
  if (LexiconChecksum(header_, body) != header_.checksum)
    Refuse("the lexicon is damaged or cut off: its checksum is wrong");
}

// What follows would only fail for a file that was made to deceive: the checksum is right.
void Lexicon::ReadSections() {
  const LexiconLayout layout(header_);
  if (file_.size() != layout.end) Refuse("the sizes in the lexicon's head do not fit the file");
  const char* file = reinterpret_cast<const char*>(file_.data());
  ReadLabels(file + layout.labels);
  has_masks_ = header_.labels <= 32;
  label_size_ = layout.label_size;
  nodes_ = reinterpret_cast<const LexiconNode*>(file + layout.nodes);
  node_labels_ = file_.data() + layout.node_labels;
  words_ = reinterpret_cast<const LexiconWord*>(file + layout.words);
  texts_ = {file + layout.texts, header_.text_bytes};
  if (const auto wrong = FaultOf({header_, nodes_, node_labels_, words_, texts_})) Refuse(*wrong);
}

void Lexicon::ReadLabels(const char* section) {
  const char* text = section + std::size_t{header_.labels} * sizeof(uint32_t);
  std::vector<std::string> texts;
  uint32_t begin = 0;
  for (uint32_t number = 0; number < header_.labels; ++number) {
    uint32_t end = 0;
    std::memcpy(&end, section + number * sizeof end, sizeof end);
    if (end < begin || end > header_.label_bytes) Refuse("the labels in the lexicon overlap");
    texts.emplace_back(text + begin, end - begin);
    begin = end;
  }
  try {
    labels_ = std::make_unique<const Labels>(std::move(texts));
  } catch (const std::invalid_argument& error) {
    Refuse(error.what());
  }
}

void Lexicon::MakeRootTable() {
  if (has_masks_) return;
  root_children_.assign(header_.labels, kNoChild);
  ForEachChild(kRoot, [this](uint32_t child, uint32_t label) { root_children_[label] = child; });
}

uint32_t Lexicon::FindAmong(uint32_t number, uint32_t label) const {
  if (number == kRoot) return root_children_[label];
  const uint32_t begin = nodes_[number].first_child, end = begin + nodes_[number].children;
  if (label_size_ == 1) return Find(node_labels_, begin, end, label);
  if (label_size_ == 2)
    return Find(reinterpret_cast<const uint16_t*>(node_labels_), begin, end, label);
  return Find(reinterpret_cast<const uint32_t*>(node_labels_), begin, end, label);
}

// Bisection over the bytes of the texts: wherever it falls, the text there begins behind the zero
// before.
std::optional<uint32_t> Lexicon::FindText(std::string_view text) const {
  std::size_t begin = 0, end = texts_.size();
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    std::size_t at = middle;
    while (at > begin && texts_[at - 1] != '\0') --at;
    const std::string_view here = texts_.data() + at;
    if (here == text) return static_cast<uint32_t>(at);
    if (here < text)
      begin = at + here.size() + 1;
    else
      end = at;
  }
  return std::nullopt;
}

std::vector<std::string_view> Lexicon::Texts() const {
  std::vector<std::string_view> all;
  for (std::size_t at = 0; at < texts_.size(); at += all.back().size() + 1)
    all.emplace_back(texts_.data() + at);
  return all;
}

void Lexicon::ForEachWord(
    const std::function<void(uint32_t, const std::vector<uint32_t>&)>& visit) const {
  struct Step {
    uint32_t node;
    std::size_t depth;
  };
  std::vector<uint32_t> spelling;
  std::vector<Step> steps = {{kRoot, 0}};
  while (!steps.empty()) {
    const auto [number, depth] = steps.back();
    steps.pop_back();
    if (depth > 0) {
      spelling.resize(depth - 1);
      spelling.push_back(label(number));
    }
    ForEachWordAt(number, [&](uint32_t word) { visit(word, spelling); });
    for (uint32_t child = nodes_[number].first_child + child_count(number);
         child-- > nodes_[number].first_child;)
      steps.push_back({child, depth + 1});
  }
}

}  // namespace myna

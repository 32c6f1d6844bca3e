#include "labels.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "printable.h"

namespace myna {
namespace {

// How SentencePiece's pieces (Kudo and Richardson 2018) write the space before a word.
constexpr char kWordBegins[] = "\xE2\x96\x81";  // U+2581

}  // namespace

Labels::Labels(std::vector<std::string> texts) : texts_(std::move(texts)) {
  if (texts_.empty()) throw std::invalid_argument("there are no labels");
  if (texts_.size() > kMost)
    throw std::invalid_argument(std::to_string(texts_.size()) + " labels are too many");
  for (uint32_t number = 0; number < size(); ++number) {
    const std::string& text = texts_[number];
    if (text.empty())
      throw std::invalid_argument("label number " + std::to_string(number) + " is empty");
    const auto [first, is_new] = numbers_.emplace(text, number);
    if (!is_new)
      throw std::invalid_argument("label " + Quoted(text) + " is there twice: numbers " +
                                  std::to_string(first->second) + " and " + std::to_string(number));
    longest_ = std::max(longest_, text.size());
    if (text == " ") space_ = number;
  }
}

std::optional<uint32_t> Labels::NumberOf(std::string_view text) const {
  const auto found = numbers_.find(text);
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

std::vector<uint32_t> Labels::SpellBeginning(std::string_view* text) const {
  std::vector<uint32_t> numbers;
  while (!text->empty()) {
    std::size_t length = std::min(longest_, text->size());
    auto found = numbers_.find(text->substr(0, length));
    while (found == numbers_.end() && --length > 0) found = numbers_.find(text->substr(0, length));
    if (found == numbers_.end()) break;
    numbers.push_back(found->second);
    text->remove_prefix(length);
  }
  return numbers;
}

std::optional<std::vector<uint32_t>> Labels::Spell(std::string_view text) const {
  std::vector<uint32_t> numbers = SpellBeginning(&text);
  if (!text.empty()) return std::nullopt;
  return numbers;
}

std::string Labels::WhyUnspelled(std::string_view text) const {
  SpellBeginning(&text);
  std::size_t length = std::min<std::size_t>(1, text.size());
  while (length < text.size() && (text[length] & 0xC0) == 0x80) ++length;  // one character of UTF-8
  return "no label fits at " + Quoted(text.substr(0, length));
}

std::optional<std::vector<uint32_t>> Labels::SpellInPieces(std::string_view word) const {
  auto numbers = Spell(kWordBegins + std::string(word));
  return numbers ? numbers : Spell(word);
}

}  // namespace myna

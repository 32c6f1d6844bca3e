#include "unicode.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace myna {
namespace unicode_tables {
#include "unicode_tables.inc"
}  // namespace unicode_tables

namespace {

constexpr char32_t kDottedCapitalI = 0x130;
constexpr char32_t kDotlessSmallI = 0x131;
constexpr char32_t kDotAbove = 0x307;
constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kSmallSigma = 0x3C3;
constexpr char32_t kFinalSigma = 0x3C2;

// Final_Sigma looks for a cased letter, through everything case-ignorable. A character can be
// both; the generator then gives it neither kCased, so it is looked through as well.
template <typename Iterator>
bool MeetsCased(Iterator from, Iterator end) {
  for (; from != end; ++from) {
    const uint8_t flags = PropertiesOf(*from).flags;
    if (flags & kCased) return true;
    if (!(flags & kCaseIgnorable)) return false;
  }
  return false;
}

// The letters after the sigma may still be in either case: cased is cased.
char32_t LowerSigma(const std::u32string& text, std::size_t at) {
  const bool letter_before = MeetsCased(
      std::make_reverse_iterator(text.begin() + static_cast<std::ptrdiff_t>(at)), text.rend());
  const bool letter_after =
      MeetsCased(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.end());
  return letter_before && !letter_after ? kFinalSigma : kSmallSigma;
}

char32_t LowerOne(bool turkic, char32_t code) {
  if (code >= U'a' && code <= U'z') return code;
  if (turkic && code == U'I') return kDotlessSmallI;
  if (code == kDottedCapitalI) return U'i';
  return static_cast<char32_t>(static_cast<int32_t>(code) + PropertiesOf(code).lower_delta);
}

// Outside tr and az the dotted capital I becomes two characters, i and a dot above.
void ExpandDottedCapitals(std::u32string* text) {
  for (std::size_t at = 0; (at = text->find(kDottedCapitalI, at)) != std::u32string::npos;) {
    text->replace(at, 1, {U'i', kDotAbove});
  }
}

}  // namespace

DecompositionTable Decompositions() {
  return {std::begin(unicode_tables::kDecompositions), std::end(unicode_tables::kDecompositions)};
}

const char* UnicodeVersion() { return unicode_tables::kTablesVersion; }

void FoldCase(std::u32string* text) {
  const auto* const begin = std::begin(unicode_tables::kCaseFoldings);
  const auto* const end = std::end(unicode_tables::kCaseFoldings);
  std::u32string folded;
  folded.reserve(text->size());
  for (const char32_t code : *text) {
    if ((PropertiesOf(code).flags & kFoldsApart) == 0) {
      folded.push_back(LowerOne(/*turkic=*/false, code));
      continue;
    }
    const auto* const found = std::lower_bound(
        begin, end, code, [](const CaseFolding& row, char32_t sought) { return row.code < sought; });
    for (const char32_t one : found->folded)
      if (one != 0) folded.push_back(one);
  }
  *text = std::move(folded);
}

void LowerCase(bool turkic, std::u32string* text) {
  if (!turkic) ExpandDottedCapitals(text);
  for (std::size_t i = 0; i < text->size(); ++i) {
    char32_t& code = (*text)[i];
    code = code == kCapitalSigma ? LowerSigma(*text, i) : LowerOne(turkic, code);
  }
}

}  // namespace myna

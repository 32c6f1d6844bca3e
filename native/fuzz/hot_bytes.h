// Hot phrases out of a target's bytes, and what they pay, told anew.

#ifndef MYNA_NATIVE_FUZZ_HOT_BYTES_H_
#define MYNA_NATIVE_FUZZ_HOT_BYTES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "byte_stream.h"
#include "hot_phrases.h"
#include "labels.h"
#include "lexicon_builder.h"

// As they are given to HotPhrases.
struct HotInput {
  std::vector<myna::HotPhrase> phrases;
  std::vector<myna::HotSpelling> spellings;
};

// Mostly -8 to 7.4375, some of them at the ends of what is allowed; from 254 on beyond.
inline double BoostOf(uint32_t byte) {
  constexpr double kMost = myna::HotPhrases::kMostBoost;
  constexpr double kRare[] = {0.0,
                              -0.0,
                              kMost,
                              -kMost,
                              std::numeric_limits<double>::denorm_min(),
                              -1e-9,
                              1.5 * kMost,
                              std::numeric_limits<double>::quiet_NaN()};
  return byte < 248 ? (static_cast<double>(byte) - 128) / 16 : kRare[byte - 248];
}

// A word of the lexicon by an even byte, else any labels, the space among them.
inline std::string HotWordOf(const myna::Labels& labels,
                             const std::vector<myna::SpelledWord>& words, ByteStream* bytes) {
  const uint32_t byte = bytes->Next();
  if (byte % 2 == 0 && !words.empty()) return words[byte / 2 % words.size()].text;
  std::string text;
  for (uint32_t length = 1 + byte / 2 % 5; length > 0; --length)
    text += labels[bytes->Next() % labels.size()];
  return text;
}

// Up to seven phrases of up to four words, and up to three words with a spelling.
inline HotInput HotInputOf(const myna::Labels& labels,
                           const std::vector<myna::SpelledWord>& words, uint32_t phrases,
                           uint32_t spellings, const std::string& joint, ByteStream* bytes) {
  HotInput input;
  for (; phrases > 0; --phrases) {
    std::string text;
    for (uint32_t count = 1 + bytes->Next() % 4; count > 0; --count)
      text += (text.empty() ? "" : joint) + HotWordOf(labels, words, bytes);
    input.phrases.push_back({text, BoostOf(bytes->Next())});
  }
  for (; spellings > 0; --spellings) {
    std::vector<uint32_t> spelled;
    for (uint32_t length = 1 + bytes->Next() % 4; length > 0; --length)
      spelled.push_back(bytes->Next() % labels.size());
    const std::string text = HotWordOf(labels, words, bytes);
    input.phrases.push_back({text, BoostOf(bytes->Next())});
    input.spellings.push_back({text, spelled});
  }
  return input;
}

// What phrases of units pay in a text of units, by trying them at each place: the longest from the
// left. With a boundary, between boundaries and the ends of the text only.
template <typename Unit>
double PaidBy(const std::vector<std::pair<std::vector<Unit>, double>>& phrases,
              const std::vector<Unit>& text, const std::optional<Unit>& boundary) {
  const auto is_end = [&](std::size_t at) {
    return !boundary || at == text.size() || text[at] == *boundary;
  };
  double paid = 0;
  for (std::size_t at = 0; at < text.size();) {
    const bool may_begin = !boundary || at == 0 || text[at - 1] == *boundary;
    std::size_t longest = 0;
    double boost = 0;
    for (const auto& [units, its_boost] : phrases) {
      if (!may_begin || units.size() <= longest || units.size() > text.size() - at) continue;
      if (!std::equal(units.begin(), units.end(), text.begin() + static_cast<std::ptrdiff_t>(at)))
        continue;
      if (!is_end(at + units.size())) continue;
      longest = units.size();
      boost = its_boost;
    }
    paid += boost;
    at += std::max<std::size_t>(longest, 1);
  }
  return paid;
}

// What is between spaces.
inline std::vector<std::string> UnitsAtSpaces(const std::string& text) {
  std::vector<std::string> units(1);
  for (const char c : text) {
    if (c != ' ')
      units.back() += c;
    else if (!units.back().empty())
      units.emplace_back();
  }
  if (units.back().empty()) units.pop_back();
  return units;
}

#endif  // MYNA_NATIVE_FUZZ_HOT_BYTES_H_

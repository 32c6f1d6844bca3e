// Input: a byte that chooses rules and locale, then lines that may or may not be UTF-8.

#include "sentence_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "require.h"
#include "word_counts.h"

namespace {

constexpr const char* kLocales[] = {"en", "tr-TR", "ca", "he"};
constexpr const char* kRules[] = {"unicode", "deepspeech", "none", "unicode"};

// Words parted by single spaces, none of them KenLM's own; each sentence ends with a line feed.
void CheckSentences(const myna::Sentences& read, myna::WordCounts* counts) {
  const auto breaks = std::count(read.text.begin(), read.text.end(), '\n');
  Require(breaks == static_cast<std::ptrdiff_t>(read.count));
  Require(read.text.empty() || read.text.back() == '\n');
  const std::string text = "\n" + read.text;
  for (const char* wrong : {"  ", "\n ", " \n", "\n\n", "\n<s>\n", " </s> ", " <unk>\n"})
    Require(text.find(wrong) == text.npos);
  counts->Add(read.text);
  Require(counts->running() >= read.count);
}

void CheckChoice(const myna::WordCounts& counts, const std::u32string& characters) {
  const myna::Labels half({"a", " ", "e", "ab", "\xC4\xB1"});
  for (const myna::Labels* labels : {static_cast<const myna::Labels*>(nullptr), &half}) {
    const myna::ChosenWords chosen = counts.Choose(labels, 3);
    Require(chosen.words.size() <= 3);
    const std::size_t left_out = chosen.unwritable.words + chosen.rare.words;
    Require(chosen.words.size() + left_out == counts.words());
    Require(chosen.running + chosen.unwritable.running + chosen.rare.running == counts.running());
    for (const auto& [code, running] : chosen.foreign)
      Require(characters.find(code) != characters.npos && running > 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view lines(reinterpret_cast<const char*>(data) + 1, size - 1);
  const myna::TextRules rules = myna::ParseTextRules(kRules[data[0] % 4]);
  const char* const locale = kLocales[data[0] / 4 % 4];
  try {
    const std::string first(lines.substr(0, lines.find('\n')));
    const myna::SentenceReader reader(rules, locale, {first});
    myna::WordCounts counts;
    for (const myna::Sentences& read : reader.Read(lines, 1, [] {})) CheckSentences(read, &counts);
    CheckChoice(counts, counts.Characters());
    myna::WordCounts again;
    again.AddListed(counts.Listed());
    Require(again.Listed() == counts.Listed() && again.running() == counts.running());
    again.AddListed(lines);  // which are none
  } catch (const std::invalid_argument&) {
    // not UTF-8
  }
  return 0;
}

// The one text normalisation of the project: what a sentence becomes before a model sees it.
// native/text.py has the rules in words.

#ifndef MYNA_NATIVE_TEXT_RULES_H_
#define MYNA_NATIVE_TEXT_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "letter_repairs.h"

namespace myna {

enum class TextRules { kUnicode, kDeepSpeech, kNone };

enum class TextProblem { kNone, kDigits, kSymbols, kEmpty };

struct NormalisedText {
  std::string text;  // UTF-8; empty when there is a problem
  TextProblem problem = TextProblem::kNone;
};

// Throws std::invalid_argument, naming the choices, when there are no such rules.
TextRules ParseTextRules(std::string_view name);

// "digits", "symbols" or "empty"; nullptr for kNone.
const char* ProblemName(TextProblem problem);

// The language of a locale for which the unicode rules have rules of its own; "" for all others.
std::string SpecialLanguage(std::string_view locale);

// What Python's str.strip removes: bidirectional class WS, B or S, or category Zs.
bool IsPythonSpace(char32_t code);

class TextNormaliser {
 public:
  // `locale` is a BCP 47 tag, or empty; only its primary subtag counts, in either case.
  TextNormaliser(TextRules rules, std::string_view locale);

  // Throws std::invalid_argument when `utf8` is not valid UTF-8.
  NormalisedText Normalise(std::string_view utf8) const;

  // The same for many texts, in their order, on up to `threads` threads.
  std::vector<NormalisedText> NormaliseMany(const std::vector<std::string_view>& texts,
                                            int threads) const;

 private:
  TextRules rules_;
  bool turkic_;            // tr, az: I and i each keep their dot or their lack of one
  bool keeps_middle_dot_;  // ca, oc: l·l, n·h are spelling
  LetterRepairs repairs_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_TEXT_RULES_H_

// What the unicode rules see in each character.

#ifndef MYNA_NATIVE_TEXT_CLASSES_H_
#define MYNA_NATIVE_TEXT_CLASSES_H_

#include <cstdint>

namespace myna {

enum class TextClass : uint8_t {
  kLetter,
  kMark,         // belongs to the letter before it, and goes with what it was set on
  kNumber,       // a problem: nobody knows how it was read aloud
  kBreak,        // punctuation, symbols, spaces: at most one space is left of them
  kApostrophe,   // stays inside a word, as '
  kDoubleQuote,  // vanishes inside a Hebrew word (tsahal, with gershayim), else a break
  kMiddleDot,    // stays inside a word in the languages that spell with it, else a break
  kJoiner,       // ZWJ, ZWNJ: stay between letters
  kIgnored,      // leaves no trace
};

// `code` must be at most U+10FFFF.
TextClass ClassifyText(char32_t code);

}  // namespace myna

#endif  // MYNA_NATIVE_TEXT_CLASSES_H_

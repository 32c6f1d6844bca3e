#include "text_classes.h"

#include "unicode.h"

namespace myna {
namespace {

// Reserved for pictographs to come (emoji-data.txt, Extended_Pictographic): never letters.
bool IsPictographBlock(char32_t code) { return code >= 0x1F000 && code <= 0x1FAFF; }

bool IsNoncharacter(char32_t code) {
  return (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

// They choose the glyph, not the text (Variation_Selector, less the Mongolian ones, which spell).
bool IsVariationSelector(char32_t code) {
  return (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xE0100 && code <= 0xE01EF);
}

TextClass ClassifyUnassigned(char32_t code) {
  // A letter of a later Unicode must not vanish in silence; the alphabet will name it.
  const bool never_letter = IsPictographBlock(code) || IsNoncharacter(code);
  return never_letter ? TextClass::kBreak : TextClass::kLetter;
}

TextClass ClassifyByCategory(char32_t code) {
  switch (PropertiesOf(code).char_class) {
    case CharClass::kLetter:
      return TextClass::kLetter;
    case CharClass::kMark:
      return IsVariationSelector(code) ? TextClass::kIgnored : TextClass::kMark;
    case CharClass::kNumber:
      return TextClass::kNumber;
    case CharClass::kFormat:
      return TextClass::kIgnored;
    case CharClass::kUnassigned:
      return ClassifyUnassigned(code);
    default:
      return TextClass::kBreak;
  }
}

}  // namespace

TextClass ClassifyText(char32_t code) {
  switch (code) {
    case 0x27:    // APOSTROPHE
    case 0x60:    // GRAVE ACCENT
    case 0xB4:    // ACUTE ACCENT
    case 0x2BC:   // MODIFIER LETTER APOSTROPHE
    case 0x55A:   // ARMENIAN APOSTROPHE
    case 0x5F3:   // HEBREW PUNCTUATION GERESH
    case 0x2018:  // LEFT SINGLE QUOTATION MARK
    case 0x2019:  // RIGHT SINGLE QUOTATION MARK
    case 0x201B:  // SINGLE HIGH-REVERSED-9 QUOTATION MARK
    case 0x2032:  // PRIME
    case 0x2035:  // REVERSED PRIME
    case 0xFF07:  // FULLWIDTH APOSTROPHE
    case 0xFF40:  // FULLWIDTH GRAVE ACCENT
      return TextClass::kApostrophe;
    case 0x22:   // QUOTATION MARK
    case 0x5F4:  // HEBREW PUNCTUATION GERSHAYIM
      return TextClass::kDoubleQuote;
    case 0xB7:  // MIDDLE DOT
      return TextClass::kMiddleDot;
    case 0x200C:  // ZERO WIDTH NON-JOINER
    case 0x200D:  // ZERO WIDTH JOINER
      return TextClass::kJoiner;
    case 0x34F:  // COMBINING GRAPHEME JOINER
    case 0x640:  // ARABIC TATWEEL, a letter by category: it lengthens the line, not the sound
      return TextClass::kIgnored;
    case 0x200B:  // ZERO WIDTH SPACE: a word boundary, hence no Format in UAX #29
    case 0x3164:  // HANGUL FILLER, a letter by category, a blank to the eye
    case 0xFFA0:  // HALFWIDTH HANGUL FILLER
      return TextClass::kBreak;
    default:
      return ClassifyByCategory(code);
  }
}

}  // namespace myna

// What Unicode says about single characters, and full lower-casing. The data is in
// unicode_tables.inc, written by tools/make_unicode_tables.py.

#ifndef MYNA_NATIVE_UNICODE_H_
#define MYNA_NATIVE_UNICODE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace myna {

// The major General_Category, with C split up. The generator writes these values as numbers.
enum class CharClass : uint8_t {
  kLetter = 0,
  kMark = 1,
  kNumber = 2,
  kPunctuation = 3,
  kSymbol = 4,
  kSeparator = 5,
  kControl = 6,
  kFormat = 7,
  kPrivateUse = 8,
  kSurrogate = 9,
  kUnassigned = 10,
};

constexpr uint8_t kNfcCheck = 1;       // NFC may change it or join it to what stands before
constexpr uint8_t kCased = 2;          // and not case-ignorable
constexpr uint8_t kCaseIgnorable = 4;  // Final_Sigma looks through it
constexpr uint8_t kFoldsApart = 8;     // its full case folding is not its simple lower case

struct CharProperties {
  CharClass char_class;
  uint8_t combining_class;  // Canonical_Combining_Class
  uint8_t flags;            // the bits above
  int32_t lower_delta;      // simple lower case = code + lower_delta
};

// One step of a canonical decomposition.
struct Decomposition {
  char32_t code;
  char32_t first;
  char32_t second;    // 0 in a singleton
  bool is_composite;  // whether composition undoes it
};

// The full case folding of a character that has kFoldsApart.
struct CaseFolding {
  char32_t code;
  char32_t folded[3];  // 0 behind the last one
};

// The two-stage table: blocks of 2^kBlockBits code points, each stored once.
namespace unicode_tables {
constexpr int kBlockBits = 7;
extern const CharProperties kRecords[];
extern const uint16_t kBlockOfCode[];
extern const uint8_t kRecordOfCode[];
}  // namespace unicode_tables

// `code` must be at most U+10FFFF. Inline, because every pass over a text asks it of every letter.
inline const CharProperties& PropertiesOf(char32_t code) {
  using namespace unicode_tables;
  const unsigned block = kBlockOfCode[code >> kBlockBits];
  const unsigned offset = code & ((1u << kBlockBits) - 1);
  return kRecords[kRecordOfCode[(block << kBlockBits) + offset]];
}

// All of them, in order of code; without the Hangul syllables.
struct DecompositionTable {
  const Decomposition* begin;
  const Decomposition* end;
};
DecompositionTable Decompositions();

// The version of the Unicode Character Database in the tables.
const char* UnicodeVersion();

// Full lower case, equal to Python's str.lower: SpecialCasing.txt without its language-dependent
// part, Final_Sigma included (Unicode 3.13). With `turkic`, also the rules of tr and az for single
// letters: I becomes dotless i and the dotted capital becomes i.
void LowerCase(bool turkic, std::u32string* text);

// Full case folding, equal to Python's str.casefold: C and F of CaseFolding.txt.
void FoldCase(std::u32string* text);

}  // namespace myna

#endif  // MYNA_NATIVE_UNICODE_H_

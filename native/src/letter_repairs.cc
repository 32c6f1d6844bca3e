#include "letter_repairs.h"

#include <array>
#include <cstddef>

namespace myna {
namespace {

struct Repair {
  std::string_view language;
  std::u32string_view typed;
  std::u32string_view meant;
};

// Sources: for Romanian the Unicode Standard, section 7.1 (comma below, not cedilla); for Kabyle
// CorporaCreator, preprocessors/kab.py (Greek and Turkish letters for those of the Amazigh
// alphabet); for Kyrgyz cleaners of Common Voice (fita for barred o); for Persian ISIRI 9147, whose
// yeh and kaf Urdu and Central Kurdish share; for Chuvash the Latin letters of its keyboards before
// Unicode (CLDR's exemplar characters for cv have the Cyrillic ones alone).
constexpr std::array<Repair, 7> kRepairs = {{
    {"ro", U"ŞşŢţ", U"ȘșȚț"},
    {"kab", U"ĞğΓγΣσεԐԑ", U"ǦǧƔɣƐɛɛƐɛ"},
    {"ky", U"Ѳѳ", U"Өө"},
    {"fa", U"\u064A\u0649\u0643", U"\u06CC\u06CC\u06A9"},
    {"ur", U"\u064A\u0649\u0643", U"\u06CC\u06CC\u06A9"},
    {"ckb", U"\u064A\u0649\u0643", U"\u06CC\u06CC\u06A9"},
    {"cv", U"ĂăĔĕÇçŸÿ", U"ӐӑӖӗҪҫӲӳ"},
}};

}  // namespace

LetterRepairs::LetterRepairs(std::string_view language) {
  for (const Repair& repair : kRepairs) {
    if (repair.language != language) continue;
    typed_ = repair.typed;
    meant_ = repair.meant;
  }
}

void LetterRepairs::Apply(std::u32string* text) const {
  if (typed_.empty()) return;
  for (char32_t& code : *text) {
    const std::size_t place = typed_.find(code);
    if (place != typed_.npos) code = meant_[place];
  }
}

}  // namespace myna

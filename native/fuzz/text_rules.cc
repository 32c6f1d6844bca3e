// Input: a byte that chooses rules and locale, then a text that may or may not be UTF-8.

#include "text_rules.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "nfc.h"
#include "require.h"
#include "unicode.h"
#include "utf8.h"

namespace {

constexpr const char* kLocales[] = {"en", "tr-TR", "ca", "he"};
constexpr const char* kRules[] = {"unicode", "deepspeech", "none", "unicode"};

void CheckText(std::string_view utf8) {
  const std::u32string codes = myna::DecodeUtf8(utf8);
  Require(myna::EncodeUtf8(codes) == utf8);
  std::u32string once = codes;
  myna::NormaliseNfc(&once);
  Require(!myna::IsCertainlyNfc(codes) || once == codes);
  std::u32string twice = once;
  myna::NormaliseNfc(&twice);
  Require(twice == once);
  myna::LowerCase(/*turkic=*/false, &once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view utf8(reinterpret_cast<const char*>(data) + 1, size - 1);
  const myna::TextNormaliser normaliser(myna::ParseTextRules(kRules[data[0] % 4]),
                                        kLocales[data[0] / 4 % 4]);
  try {
    const myna::NormalisedText made = normaliser.Normalise(utf8);
    Require(made.text.empty() == (made.problem != myna::TextProblem::kNone));
    CheckText(made.text);
    CheckText(utf8);
  } catch (const std::invalid_argument&) {
    // not UTF-8
  }
  return 0;
}

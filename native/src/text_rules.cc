#include "text_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <future>
#include <stdexcept>
#include <utility>

#include "letter_repairs.h"
#include "nfc.h"
#include "text_classes.h"
#include "unicode.h"
#include "utf8.h"

namespace myna {
namespace {

std::string PrimarySubtag(std::string_view locale) {
  std::string tag(locale.substr(0, locale.find_first_of("-_")));
  for (char& c : tag) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return tag;
}

bool IsTurkic(std::string_view language) { return language == "tr" || language == "az"; }

bool KeepsMiddleDot(std::string_view language) { return language == "ca" || language == "oc"; }

// Builds the cleaned text, word by word. What stands between two letters waits in `pending_` until
// the next letter shows whether it is inside a word. String is std::string for ASCII text and
// std::u32string for any other.
template <typename String>
class WordBuilder {
 public:
  using Char = typename String::value_type;

  // `size` is the length of the text: what is left of it is never longer.
  WordBuilder(std::size_t size, bool keeps_middle_dot)
      : out_(size, kNothing), keeps_middle_dot_(keeps_middle_dot) {}

  void Add(TextClass text_class, Char code) {
    switch (text_class) {
      case TextClass::kLetter:
        return AddLetter(code);
      case TextClass::kMark:
        return AddMark(code);
      case TextClass::kApostrophe:
        return AddInner(static_cast<Char>('\''));
      case TextClass::kDoubleQuote:
        return AddInner(static_cast<Char>('"'));
      case TextClass::kMiddleDot:
        return keeps_middle_dot_ ? AddInner(code) : AddBreak();
      case TextClass::kJoiner:
        return AddJoiner(code);
      case TextClass::kIgnored:
        return;
      case TextClass::kNumber:  // the caller has seen to it
      case TextClass::kBreak:
        return AddBreak();
    }
  }

  String Take() {
    out_.resize(size_);
    return std::move(out_);
  }

 private:
  static constexpr Char kNothing = 0;
  static constexpr Char kSpace = ' ';

  static bool IsHebrew(char32_t code) { return code >= 0x590 && code <= 0x5FF; }
  static bool IsJoiner(char32_t code) { return code == 0x200C || code == 0x200D; }

  void AddLetter(Char code) {
    if (pending_ == '"') {
      // UAX #29, rules WB7b and WB7c.
      const bool inside_hebrew_word = IsHebrew(out_[size_ - 1]) && IsHebrew(code);
      pending_ = inside_hebrew_word ? kNothing : kSpace;
    }
    if (pending_ != kNothing) out_[size_++] = pending_;
    pending_ = kNothing;
    out_[size_++] = code;
  }

  // A mark on a removed character (U+20E3 of a keycap, U+0338 of a crossed-out sign) goes with it.
  void AddMark(Char code) {
    if (size_ == 0 || (pending_ != kNothing && !IsJoiner(pending_))) return;
    AddLetter(code);
  }

  // Two of them in a row are quotation marks, not spelling.
  void AddInner(Char code) {
    const bool follows_letter = pending_ == kNothing || IsJoiner(pending_);
    if (size_ != 0) pending_ = follows_letter ? code : kSpace;
  }

  void AddBreak() {
    if (size_ != 0) pending_ = kSpace;
  }

  void AddJoiner(Char code) {
    if (size_ != 0 && pending_ == kNothing) pending_ = code;
  }

  String out_;
  std::size_t size_ = 0;
  Char pending_ = kNothing;
  bool keeps_middle_dot_;
};

// ClassifyText of the alphabetic scripts and the general punctuation, worked out once.
struct FrequentClasses {
  static constexpr char32_t kEnd = 0x3000;
  std::array<TextClass, kEnd> of;
  FrequentClasses() {
    for (char32_t code = 0; code < kEnd; ++code) of[code] = ClassifyText(code);
  }
};

const FrequentClasses& Frequent() {
  static const FrequentClasses kClasses;
  return kClasses;
}

NormalisedText Problem(TextProblem problem) { return {"", problem}; }

NormalisedText Finished(std::string text) {
  if (text.empty()) return Problem(TextProblem::kEmpty);
  return {std::move(text), TextProblem::kNone};
}

// ASCII is its own NFC, and lower-cases letter by letter: English runs at several times the speed.
NormalisedText UnicodeRulesAscii(std::string_view text) {
  const FrequentClasses& frequent = Frequent();
  WordBuilder<std::string> builder(text.size(), /*keeps_middle_dot=*/false);
  for (const char c : text) {
    const TextClass text_class = frequent.of[static_cast<unsigned char>(c)];
    if (text_class == TextClass::kNumber) return Problem(TextProblem::kDigits);
    const bool is_capital = c >= 'A' && c <= 'Z';
    builder.Add(text_class, is_capital ? static_cast<char>(c + ('a' - 'A')) : c);
  }
  return Finished(builder.Take());
}

// Cleaning comes before lower-casing, so that Final_Sigma sees the words that are left.
NormalisedText UnicodeRules(std::string_view utf8, bool turkic, bool keeps_middle_dot,
                            const LetterRepairs& repairs) {
  std::u32string text = DecodeUtf8(utf8);
  NormaliseNfc(&text);
  repairs.Apply(&text);
  const FrequentClasses& frequent = Frequent();
  WordBuilder<std::u32string> builder(text.size(), keeps_middle_dot);
  for (const char32_t code : text) {
    const TextClass text_class =
        code < FrequentClasses::kEnd ? frequent.of[code] : ClassifyText(code);
    if (text_class == TextClass::kNumber) return Problem(TextProblem::kDigits);
    builder.Add(text_class, code);
  }
  text = builder.Take();
  LowerCase(turkic, &text);
  NormaliseNfc(&text);
  return Finished(EncodeUtf8(text));
}

std::u32string_view Stripped(std::u32string_view text) {
  while (!text.empty() && IsPythonSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsPythonSpace(text.back())) text.remove_suffix(1);
  return text;
}

// validate_label_eng of DeepSpeech 0.9.3, step by step in its order. Runs of spaces collapse before
// the punctuation goes, so "a , b" keeps two spaces; only ASCII is looked at, so that other digits,
// curly quotes and dashes pass; and there is no NFC.
NormalisedText DeepSpeechRules(std::string_view utf8) {
  if (utf8.find_first_of("0123456789") != utf8.npos) return Problem(TextProblem::kDigits);
  if (utf8.find_first_of("(<[]&*{") != utf8.npos) return Problem(TextProblem::kSymbols);
  constexpr std::u32string_view kDeleted = U".,;?!:\"";
  std::u32string text;
  bool after_space = false;
  for (char32_t code : DecodeUtf8(utf8)) {
    if (code == U'-' || code == U'_') code = U' ';
    const bool repeated_space = code == U' ' && after_space;
    after_space = code == U' ';
    if (!repeated_space && kDeleted.find(code) == kDeleted.npos) text.push_back(code);
  }
  std::u32string stripped(Stripped(text));
  LowerCase(/*turkic=*/false, &stripped);
  return Finished(EncodeUtf8(stripped));
}

NormalisedText NoRules(std::string_view utf8) {
  return Finished(EncodeUtf8(Stripped(DecodeUtf8(utf8))));
}

}  // namespace

bool IsPythonSpace(char32_t code) {
  switch (code) {
    case 0x85:
    case 0xA0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x3000:
      return true;
    default:
      return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) ||
             (code >= 0x2000 && code <= 0x200A);
  }
}

TextRules ParseTextRules(std::string_view name) {
  if (name == "unicode") return TextRules::kUnicode;
  if (name == "deepspeech") return TextRules::kDeepSpeech;
  if (name == "none") return TextRules::kNone;
  throw std::invalid_argument("no text rules \"" + std::string(name) +
                              "\"; there are unicode, deepspeech and none");
}

const char* ProblemName(TextProblem problem) {
  switch (problem) {
    case TextProblem::kDigits:
      return "digits";
    case TextProblem::kSymbols:
      return "symbols";
    case TextProblem::kEmpty:
      return "empty";
    case TextProblem::kNone:
      break;
  }
  return nullptr;
}

std::string SpecialLanguage(std::string_view locale) {
  const std::string language = PrimarySubtag(locale);
  const bool is_special =
      IsTurkic(language) || KeepsMiddleDot(language) || LetterRepairs(language).any();
  return is_special ? language : "";
}

TextNormaliser::TextNormaliser(TextRules rules, std::string_view locale)
    : rules_(rules), repairs_(PrimarySubtag(locale)) {
  const std::string language = PrimarySubtag(locale);
  turkic_ = IsTurkic(language);
  keeps_middle_dot_ = KeepsMiddleDot(language);
}

NormalisedText TextNormaliser::Normalise(std::string_view utf8) const {
  if (rules_ == TextRules::kNone) return NoRules(utf8);
  if (rules_ == TextRules::kDeepSpeech) return DeepSpeechRules(utf8);
  if (!turkic_ && IsAscii(utf8)) return UnicodeRulesAscii(utf8);
  return UnicodeRules(utf8, turkic_, keeps_middle_dot_, repairs_);
}

std::vector<NormalisedText> TextNormaliser::NormaliseMany(
    const std::vector<std::string_view>& texts, int threads) const {
  if (threads < 1) throw std::invalid_argument("threads must be at least 1");
  std::vector<NormalisedText> results(texts.size());
  const auto fill = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) results[i] = Normalise(texts[i]);
  };
  // Thousands of texts a thread: below that, starting one costs more than it saves.
  constexpr std::size_t kLeastChunk = 2000;
  const std::size_t chunk =
      std::max(kLeastChunk, (texts.size() + static_cast<std::size_t>(threads) - 1) /
                                static_cast<std::size_t>(threads));
  std::vector<std::future<void>> others;
  for (std::size_t begin = chunk; begin < texts.size(); begin += chunk) {
    const std::size_t end = std::min(texts.size(), begin + chunk);
    others.push_back(std::async(std::launch::async, fill, begin, end));
  }
  fill(0, std::min(texts.size(), chunk));
  for (std::future<void>& other : others) other.get();
  return results;
}

}  // namespace myna

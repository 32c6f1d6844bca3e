#include "sentence_reader.h"

#include <algorithm>

#include "nfc.h"
#include "thread_batch.h"
#include "unicode.h"
#include "utf8.h"

namespace myna {
namespace {

// Bytes of lines that one thread takes at a time: some hundred sentences.
constexpr std::size_t kPiece = std::size_t{1} << 17;

bool IsReserved(std::string_view word) {
  return word == "<s>" || word == "</s>" || word == "<unk>";
}

// What the rules other than unicode leave to do: NFC, and words that single spaces part. NUL, which
// parts words for KenLM, does here too.
std::string PartedBySpaces(std::string_view utf8) {
  std::u32string codes = DecodeUtf8(utf8);
  std::u32string words;
  words.reserve(codes.size());
  bool pending = false;
  for (char32_t code : codes) {
    if (code == 0 || IsPythonSpace(code)) {
      pending = !words.empty();
      continue;
    }
    if (pending) words.push_back(U' ');
    pending = false;
    words.push_back(code);
  }
  NormaliseNfc(&words);
  return EncodeUtf8(words);
}

bool HasReserved(std::string_view sentence) {
  while (!sentence.empty()) {
    const std::size_t length = std::min(sentence.find(' '), sentence.size());
    if (IsReserved(sentence.substr(0, length))) return true;
    sentence.remove_prefix(std::min(length + 1, sentence.size()));
  }
  return false;
}

constexpr std::u32string_view kNoLetters = U" '\u00B7\u200C\u200D";

// What two spellings of a sentence have in common, as importers/text.py has it: no space,
// apostrophe, middle dot, zero width non-joiner and joiner, and full case folding (so "straße" is
// "STRASSE").
std::string LettersOf(std::string_view sentence) {
  if (IsAscii(sentence)) {
    std::string letters;
    letters.reserve(sentence.size());
    for (const char c : sentence) {
      if (c == ' ' || c == '\'') continue;
      letters.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
    }
    return letters;
  }
  std::u32string letters = DecodeUtf8(sentence);
  const auto is_none = [](char32_t c) { return kNoLetters.find(c) != kNoLetters.npos; };
  letters.erase(std::remove_if(letters.begin(), letters.end(), is_none), letters.end());
  FoldCase(&letters);
  NormaliseNfc(&letters);
  return EncodeUtf8(letters);
}

LineReject RejectOf(TextProblem problem) {
  switch (problem) {
    case TextProblem::kDigits:
      return LineReject::kDigits;
    case TextProblem::kSymbols:
      return LineReject::kSymbols;
    default:
      return LineReject::kEmpty;
  }
}

// Where the next piece begins: behind the line in which `at` lies.
std::size_t EndOfLine(std::string_view lines, std::size_t at) {
  if (at >= lines.size()) return lines.size();
  const std::size_t end = lines.find('\n', at);
  return end == lines.npos ? lines.size() : end + 1;
}

// What `work` makes of each line, by so many threads.
template <typename Work>
std::vector<Sentences> InPieces(std::string_view lines, int threads,
                                const std::function<void()>& poll, const Work& work) {
  std::vector<std::string_view> pieces;
  for (std::size_t begin = 0, end; begin < lines.size(); begin = end) {
    end = EndOfLine(lines, begin + kPiece - 1);
    pieces.push_back(lines.substr(begin, end - begin));
  }
  std::vector<Sentences> made(pieces.size());
  if (pieces.empty()) return made;
  const auto work_piece = [&](std::size_t i) {
    std::string_view rest = pieces[i];
    made[i].text.reserve(rest.size());
    while (!rest.empty()) {
      const std::size_t length = std::min(rest.find('\n'), rest.size());
      work(rest.substr(0, length), &made[i]);
      rest.remove_prefix(std::min(length + 1, rest.size()));
    }
  };
  RunOnThreads(pieces.size(), threads, work_piece, poll);
  return made;
}

}  // namespace

const char* NameOf(LineReject reject) {
  constexpr const char* kNames[kLineRejects] = {"digits", "symbols", "empty", "reserved",
                                                "excluded"};
  return kNames[static_cast<std::size_t>(reject)];
}

SentenceReader::SentenceReader(TextRules rules, std::string_view locale,
                               const std::vector<std::string>& excluded)
    : rules_(rules), normaliser_(rules, locale) {
  Sentences known;
  for (const std::string& text : excluded) ReadLine(text, &known);
  std::string_view rest = known.text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    excluded_.insert(LettersOf(rest.substr(0, end)));
    rest.remove_prefix(end + 1);
  }
}

std::vector<Sentences> SentenceReader::Read(std::string_view lines, int threads,
                                            const std::function<void()>& poll) const {
  const auto read = [this](std::string_view line, Sentences* into) { ReadLine(line, into); };
  return InPieces(lines, threads, poll, read);
}

std::vector<Sentences> SentenceReader::WithoutExcluded(std::string_view sentences, int threads,
                                                       const std::function<void()>& poll) const {
  const auto keep = [this](std::string_view line, Sentences* into) { Keep(line, into); };
  return InPieces(sentences, threads, poll, keep);
}

void SentenceReader::ReadLine(std::string_view line, Sentences* sentences) const {
  NormalisedText made = normaliser_.Normalise(line);
  const auto reject = [sentences](LineReject why) {
    ++sentences->rejected[static_cast<std::size_t>(why)];
  };
  if (made.problem != TextProblem::kNone) return reject(RejectOf(made.problem));
  if (rules_ != TextRules::kUnicode) {
    made.text = PartedBySpaces(made.text);
    if (made.text.empty()) return reject(LineReject::kEmpty);
    if (HasReserved(made.text)) return reject(LineReject::kReserved);
  }
  Keep(made.text, sentences);
}

void SentenceReader::Keep(std::string_view sentence, Sentences* sentences) const {
  if (!excluded_.empty() && excluded_.count(LettersOf(sentence)) != 0) {
    ++sentences->rejected[static_cast<std::size_t>(LineReject::kExcluded)];
    return;
  }
  sentences->text += sentence;
  sentences->text += '\n';
  ++sentences->count;
}

}  // namespace myna

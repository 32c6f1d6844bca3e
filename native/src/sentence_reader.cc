#include "sentence_reader.h"

#include <algorithm>

#include "nfc.h"
#include "thread_batch.h"
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

// A sentence without what two spellings of it may differ in, as importers/text.py has it: space,
// apostrophe, middle dot (C2 B7), zero width non-joiner and joiner (E2 80 8C, E2 80 8D).
std::string LettersOf(std::string_view sentence) {
  std::string letters;
  letters.reserve(sentence.size());
  for (std::size_t i = 0; i < sentence.size(); ++i) {
    const std::string_view rest = sentence.substr(i);
    if (rest[0] == ' ' || rest[0] == '\'') continue;
    if (rest.substr(0, 2) == "\xC2\xB7") {
      i += 1;
    } else if (rest.substr(0, 3) == "\xE2\x80\x8C" || rest.substr(0, 3) == "\xE2\x80\x8D") {
      i += 2;
    } else {
      letters.push_back(rest[0]);
    }
  }
  return letters;
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
  std::vector<std::string_view> pieces;
  for (std::size_t begin = 0, end; begin < lines.size(); begin = end) {
    end = EndOfLine(lines, begin + kPiece - 1);
    pieces.push_back(lines.substr(begin, end - begin));
  }
  std::vector<Sentences> read(pieces.size());
  if (pieces.empty()) return read;
  const auto work = [&](std::size_t i) {
    std::string_view rest = pieces[i];
    read[i].text.reserve(rest.size());
    while (!rest.empty()) {
      const std::size_t length = std::min(rest.find('\n'), rest.size());
      ReadLine(rest.substr(0, length), &read[i]);
      rest.remove_prefix(std::min(length + 1, rest.size()));
    }
  };
  RunOnThreads(pieces.size(), threads, work, poll);
  return read;
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
  if (!excluded_.empty() && excluded_.count(LettersOf(made.text)) != 0)
    return reject(LineReject::kExcluded);
  sentences->text += made.text;
  sentences->text += '\n';
  ++sentences->count;
}

}  // namespace myna

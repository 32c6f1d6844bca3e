// Lines of text into the sentences that a language model is made of.

#ifndef MYNA_NATIVE_SENTENCE_READER_H_
#define MYNA_NATIVE_SENTENCE_READER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "text_rules.h"

namespace myna {

// Why a line is no sentence: what the text rules say, what KenLM keeps for itself (<s>, </s>,
// <unk>), and what was asked to be left out.
enum class LineReject { kDigits, kSymbols, kEmpty, kReserved, kExcluded };
constexpr std::size_t kLineRejects = 5;

// "digits", "symbols", "empty", "reserved", "excluded".
const char* NameOf(LineReject reject);

struct Sentences {
  std::string text;  // each with a line feed behind it; words parted by single spaces
  uint64_t count = 0;
  std::array<uint64_t, kLineRejects> rejected{};
};

class SentenceReader {
 public:
  // `excluded`: texts whose sentences are left out wherever they come again, told by their letters
  // alone: case, spaces, apostrophes, middle dots and joiners are not looked at.
  // Throws std::invalid_argument for an excluded text that is not UTF-8.
  SentenceReader(TextRules rules, std::string_view locale,
                 const std::vector<std::string>& excluded);

  // The sentences of some whole lines, in pieces that follow each other; line feeds alone end
  // lines. `poll` as in thread_batch.h. Throws std::invalid_argument for what is not UTF-8.
  std::vector<Sentences> Read(std::string_view lines, int threads,
                              const std::function<void()>& poll) const;

  // Of sentences that Read has made, with whatever was excluded then, those that are not excluded
  // here; pieces, `poll` and exceptions as there.
  std::vector<Sentences> WithoutExcluded(std::string_view sentences, int threads,
                                         const std::function<void()>& poll) const;

  // How many different sentences are left out.
  std::size_t excluded() const { return excluded_.size(); }

 private:
  void ReadLine(std::string_view line, Sentences* sentences) const;
  void Keep(std::string_view sentence, Sentences* sentences) const;

  TextRules rules_;
  TextNormaliser normaliser_;
  std::unordered_set<std::string> excluded_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_SENTENCE_READER_H_

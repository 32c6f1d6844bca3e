// Letters that people type because their keyboard lacks the language's own.

#ifndef MYNA_NATIVE_LETTER_REPAIRS_H_
#define MYNA_NATIVE_LETTER_REPAIRS_H_

#include <string>
#include <string_view>

namespace myna {

// The letters of one language that stand for others of it. None of them is ASCII.
class LetterRepairs {
 public:
  // `language` is a primary language subtag in lower case, or empty.
  explicit LetterRepairs(std::string_view language);

  bool any() const { return !typed_.empty(); }

  // `text` must be in NFC.
  void Apply(std::u32string* text) const;

 private:
  std::u32string_view typed_;
  std::u32string_view meant_;  // one letter for each of typed_
};

}  // namespace myna

#endif  // MYNA_NATIVE_LETTER_REPAIRS_H_

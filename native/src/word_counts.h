// How often each word was seen, and which words a vocabulary takes.

#ifndef MYNA_NATIVE_WORD_COUNTS_H_
#define MYNA_NATIVE_WORD_COUNTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "labels.h"

namespace myna {

// Words that a vocabulary has not, for one reason.
struct LeftOutWords {
  uint64_t words = 0;
  uint64_t running = 0;  // all their occurrences
};

struct ChosenWords {
  // The most frequent first, equally frequent ones in the order of their bytes. Views into the
  // counts, until a word is added there.
  std::vector<std::string_view> words;
  uint64_t running = 0;
  LeftOutWords unwritable;  // by the labels
  // The characters that are in no label, those that stand in most running words first, then by
  // code.
  std::vector<std::pair<char32_t, uint64_t>> foreign;
  LeftOutWords rare;  // writable, and not frequent enough
};

// A hash table of its own: of ten million words it takes 0.5 GB, a third of std::unordered_map's.
class WordCounts {
 public:
  WordCounts();

  // Counts the words of `text`, which spaces and line feeds part.
  void Add(std::string_view text);

  // Adds counts: lines as Listed makes them. Throws std::invalid_argument for a line that is none,
  // and for counts that are too high together, and has added the ones before it then.
  void AddListed(std::string_view lines);

  // Each word, a space, how often it was seen and a line feed, in the order of the words' bytes.
  std::string Listed() const;

  std::size_t words() const { return used_; }  // different ones
  uint64_t running() const { return running_; }

  // The characters of all words, in order. Throws std::invalid_argument for what is not UTF-8.
  std::u32string Characters() const;

  // The `top` most frequent words of those that the labels can spell (nullptr: all of them), or
  // that are among `spelled`: those have spellings of their own. Throws as Characters.
  ChosenWords Choose(const Labels* labels, std::size_t top,
                     const std::unordered_set<std::string_view>& spelled = {}) const;

 private:
  struct Slot {
    uint64_t count = 0;  // 0: free
    uint64_t offset = 0;
    uint32_t length = 0;
    uint32_t hash = 0;
  };

  std::string_view WordOf(const Slot& slot) const { return {&letters_[slot.offset], slot.length}; }
  void AddWord(std::string_view word, uint64_t times);
  void Grow();

  std::vector<Slot> slots_;  // a power of two; linear probing
  std::size_t used_ = 0;
  uint64_t running_ = 0;
  std::string letters_;  // of all words, one after the other
};

}  // namespace myna

#endif  // MYNA_NATIVE_WORD_COUNTS_H_

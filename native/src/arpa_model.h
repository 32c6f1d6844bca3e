// An n-gram model as ARPA text, read into a tree over a vocabulary that is given.

#ifndef MYNA_NATIVE_ARPA_MODEL_H_
#define MYNA_NATIVE_ARPA_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace myna {

// The words that models are over, numbered from 0; <unk>, <s> and </s> come first.
class ArpaVocabulary {
 public:
  static constexpr uint32_t kUnknown = 0, kBegin = 1, kEnd = 2;

  // Throws std::invalid_argument for a word that comes twice, or is one of those three.
  explicit ArpaVocabulary(std::vector<std::string> words);
  ArpaVocabulary(const ArpaVocabulary&) = delete;
  ArpaVocabulary& operator=(const ArpaVocabulary&) = delete;

  uint32_t size() const { return static_cast<uint32_t>(words_.size()); }
  const std::string& Word(uint32_t number) const { return words_[number]; }
  // kUnknown for what is no word of it.
  uint32_t Find(std::string_view word) const;

 private:
  struct Hash {
    std::size_t operator()(std::string_view word) const;
  };

  std::vector<std::string> words_;
  std::unordered_map<std::string_view, uint32_t, Hash> numbers_;
};

// The n-grams of one length, sorted by their words' numbers, first word first. So those that begin
// alike stand together, and an n-gram is known by its place.
struct ArpaLevel {
  struct Entry {
    uint32_t context;  // the place, one level before, of the n-gram without its last word
    uint32_t word;     // the last word
    float log10;
    float backoff;  // log10; 0 where none is given
  };
  std::vector<Entry> entries;
  // Those that begin with n-gram `i` stand in the next level from first[i] up to first[i + 1].
  // Empty in the last level.
  std::vector<uint32_t> first;
};

struct ArpaModel {
  // levels[0] has an entry for every word of the vocabulary: a word that the model does not have
  // has the probability of <unk>, and no backoff.
  std::vector<ArpaLevel> levels;

  std::size_t order() const { return levels.size(); }
};

// Reads all of `descriptor`, which stays open. Throws std::runtime_error, which names `name`, for
// what is no ARPA, has no <unk> or an n-gram twice, and for n-grams of words that the vocabulary
// has not or that do not begin with an n-gram of the model.
ArpaModel ReadArpa(int descriptor, const std::string& name, const ArpaVocabulary& vocabulary);

}  // namespace myna

#endif  // MYNA_NATIVE_ARPA_MODEL_H_

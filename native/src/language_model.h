// A language model of words, read by KenLM.

#ifndef MYNA_LANGUAGE_MODEL_H_
#define MYNA_LANGUAGE_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lm {
namespace base {
class Model;
}  // namespace base
namespace ngram {
class State;
}  // namespace ngram
}  // namespace lm

namespace myna {

// log10 P(w_1 ... w_n </s> | <s>), and how many of the words the model does not know (it scores
// those as <unk>).
struct SentenceScore {
  double log10 = 0;
  int unknown = 0;
};

// Many sentences together.
struct TextScore {
  uint64_t sentences = 0;
  uint64_t words = 0;         // without </s>
  double log10 = 0;           // of all words and each sentence's </s>
  double unknown_log10 = 0;   // of that, what the unknown words have
  std::string unknown_words;  // in the order of the text, a line feed behind each
};

// An n-gram model with backing off: P(w | history) is that of the longest n-gram it has of the
// history's end and w, times the backoff weights of the longer histories that it passed over. All
// scores are log10 P. They throw std::runtime_error, naming the path, when the file holds a NaN.
// Immutable once loaded: threads may share one.
class LanguageModel {
 public:
  // Maps a binary file of KenLM's, or reads an ARPA file whole.
  // Throws FileError, and std::runtime_error with the path and the cause. KenLM looks at the head
  // and the length of a binary, not at what is inside: take binaries only from where you would take
  // programs.
  explicit LanguageModel(const std::string& path);
  ~LanguageModel();

  // The path, for messages.
  const std::string& name() const { return name_; }

  // The length of the longest n-gram.
  int order() const;

  SentenceScore Score(const std::vector<std::string>& words) const;

  // Sentences as sentence_reader.h makes them: a line feed behind each, spaces between words.
  TextScore ScoreText(std::string_view sentences) const;

  // Word by word: the state is what the model remembers of the words before. Equal states give
  // equal scores to whatever follows.

  // The model's number of a word; that of <unk> for a word it does not know. Works by a hash of
  // the word: the model need not have kept its words' texts.
  uint32_t WordIndex(std::string_view word) const;
  uint32_t EndOfSentence() const;  // </s>
  uint32_t UnknownWord() const;    // <unk>

  // All numbers of words are below.
  uint32_t vocabulary_bound() const;

  // Tells models apart, and one model from itself where its words have other numbers (an ARPA and a
  // trie of it): a hash of order, vocabulary_bound() and the scores of 256 words without history,
  // spread over all. Never 0.
  uint64_t Fingerprint() const;

  // The state after <s>.
  void StartSentence(lm::ngram::State* state) const;

  // log10 P(word | state), and the state after it, which must be another object.
  float ScoreWord(const lm::ngram::State& state, uint32_t word, lm::ngram::State* next) const;

  // log10 P(word), without any history.
  float Unigram(uint32_t word) const;

 private:
  const std::string name_;
  std::unique_ptr<const lm::base::Model> model_;
};

}  // namespace myna

#endif  // MYNA_LANGUAGE_MODEL_H_

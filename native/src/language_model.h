// A language model of words, read by KenLM.

#ifndef MYNA_LANGUAGE_MODEL_H_
#define MYNA_LANGUAGE_MODEL_H_

#include <memory>
#include <string>
#include <vector>

namespace lm {
namespace base {
class Model;
}  // namespace base
}  // namespace lm

namespace myna {

// log10 P(w_1 ... w_n </s> | <s>), and how many of the words the model does not know (it scores
// those as <unk>).
struct SentenceScore {
  double log10 = 0;
  int unknown = 0;
};

// Immutable once loaded: threads may share one.
class LanguageModel {
 public:
  // Maps a binary file of KenLM's, or reads an ARPA file whole.
  // Throws std::runtime_error with the path and the cause.
  explicit LanguageModel(const std::string& path);
  ~LanguageModel();

  // The length of the longest n-gram.
  int order() const;

  SentenceScore Score(const std::vector<std::string>& words) const;

 private:
  std::unique_ptr<const lm::base::Model> model_;
};

}  // namespace myna

#endif  // MYNA_LANGUAGE_MODEL_H_

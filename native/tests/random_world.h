// A language model, a lexicon and utterances, the same in each run: what test programs search with.

#ifndef MYNA_NATIVE_TESTS_RANDOM_WORLD_H_
#define MYNA_NATIVE_TESTS_RANDOM_WORLD_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../fuzz/memory_file.h"
#include "labels.h"
#include "language_model.h"
#include "lexicon.h"
#include "lexicon_builder.h"
#include "log_prob_matrix.h"
#include "output_columns.h"

namespace myna {

// Frames by labels and blank, row after row.
struct Utterance {
  std::vector<double> values;
  std::size_t frames = 0;
};

// Random words over few letters, a model of pairs of them (an ARPA file, read by KenLM) and their
// lexicon.
class RandomWorld {
 public:
  RandomWorld()
      : words_(MakeWords()),
        output_(std::make_shared<const OutputColumns>(
            std::vector<std::optional<std::string>>{"a", "b", " ", "c", "d", "e", "f", "g"},
            /*blank=*/8, Scale::kLogProbs)),
        labels_(output_->labels()),
        model_(std::make_shared<const LanguageModel>(MemoryFile(Arpa()).path())),
        lexicon_(std::make_shared<const Lexicon>(MemoryFile(LexiconFile()).path())) {}

  const std::vector<std::string>& words() const { return words_; }
  const std::shared_ptr<const Labels>& labels() const { return labels_; }
  const std::shared_ptr<const LanguageModel>& model() const { return model_; }
  const std::shared_ptr<const Lexicon>& lexicon() const { return lexicon_; }

  const std::shared_ptr<const OutputColumns>& output() const { return output_; }
  uint32_t columns() const { return output_->count(); }

  // So many words as a noisy acoustic model hears them.
  Utterance Say(int words) {
    Utterance said;
    for (int n = 0; n < words; ++n) {
      const std::string& word = words_[Draw(static_cast<uint32_t>(words_.size()))];
      const std::vector<uint32_t> spelling = labels_->Spell(n == 0 ? word : " " + word).value();
      for (const uint32_t label : spelling) {
        AddFrames(labels_->size(), &said);
        AddFrames(label, &said);
      }
    }
    return said;
  }

  LogProbMatrix View(const Utterance& utterance) const {
    return {utterance.values.data(), utterance.frames, columns()};
  }
  // `count` of its frames.
  LogProbMatrix::Memory Memory(const Utterance& utterance, std::size_t first,
                               std::size_t count) const {
    constexpr std::ptrdiff_t kNumber = sizeof(double);
    return {utterance.values.data() + first * columns(), /*is_double=*/true, count,
            kNumber * columns(), kNumber};
  }

 private:
  static constexpr std::size_t kWords = 300;

  uint32_t Draw(uint32_t bound) { return static_cast<uint32_t>(source_() % bound); }
  double Draw01() { return (source_() + 0.5) / 4294967296.0; }

  std::vector<std::string> MakeWords() {
    std::set<std::string> words;
    while (words.size() < kWords) {
      std::string word;
      for (uint32_t length = 1 + Draw(6); length > 0; --length)
        word.push_back(static_cast<char>('a' + Draw(7)));
      words.insert(word);
    }
    return {words.begin(), words.end()};
  }

  std::string Arpa() {
    std::set<std::pair<std::size_t, std::size_t>> pairs;
    while (pairs.size() < 10 * kWords) pairs.insert({Draw(kWords), Draw(kWords)});
    std::ostringstream arpa;
    arpa << "\\data\\\nngram 1=" << kWords + 3 << "\nngram 2=" << pairs.size()
         << "\n\n\\1-grams:\n-4\t<unk>\n0\t<s>\t-0.5\n-1\t</s>\n";
    for (const std::string& word : words_) arpa << -1 - 3 * Draw01() << '\t' << word << "\t-0.5\n";
    arpa << "\n\\2-grams:\n";
    for (const auto& [first, second] : pairs)
      arpa << -2 * Draw01() << '\t' << words_[first] << ' ' << words_[second] << '\n';
    arpa << "\n\\end\\\n";
    return arpa.str();
  }

  std::string LexiconFile() const {
    const std::vector<std::string_view> words(words_.begin(), words_.end());
    return BuildLexicon(words, {}, {*labels_, model_.get(), " ", /*joint_space=*/true});
  }

  // One to three frames in which a label, or the blank, is the most likely, mostly.
  void AddFrames(uint32_t column, Utterance* to) {
    for (uint32_t count = 1 + Draw(3); count > 0; --count, ++to->frames) {
      std::vector<double> frame(columns());
      double sum = 0;
      for (double& probability : frame) sum += probability = std::pow(Draw01(), 4);
      frame[column] += 1;
      for (const double probability : frame)
        to->values.push_back(std::log(probability / (sum + 1)));
    }
  }

  std::mt19937 source_{7};
  std::vector<std::string> words_;
  std::shared_ptr<const OutputColumns> output_;
  std::shared_ptr<const Labels> labels_;
  std::shared_ptr<const LanguageModel> model_;
  std::shared_ptr<const Lexicon> lexicon_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_TESTS_RANDOM_WORLD_H_

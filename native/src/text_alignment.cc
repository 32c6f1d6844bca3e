#include "text_alignment.h"

#include <cstddef>
#include <stdexcept>
#include <utility>

#include "printable.h"

namespace myna {
namespace {

std::vector<uint32_t> SpellingOf(const AlignedWord& word, const Labels& labels, bool are_parted) {
  std::optional<std::vector<uint32_t>> spelling = word.labels;
  if (!spelling)
    spelling = are_parted ? labels.Spell(word.text) : labels.SpellInPieces(word.text);
  if (!spelling)
    throw std::invalid_argument("the labels cannot spell " + Quoted(word.text) + ": " +
                                labels.WhyUnspelled(word.text) +
                                ". Write it as they do, or leave it out");
  if (spelling->empty())
    throw std::invalid_argument("the spelling of " + Quoted(word.text) + " is empty");
  return *std::move(spelling);
}

uint32_t NumberOf(const std::string& separator, const Labels& labels) {
  if (const auto number = labels.NumberOf(separator)) return *number;
  throw std::invalid_argument("the separator " + Quoted(separator) +
                              " is no label: say which label parts words, or that none does");
}

AlignedLabel Joined(const std::vector<AlignedLabel>& labels, std::size_t begin, std::size_t end) {
  std::size_t frames = 0;
  double sum = 0;
  for (std::size_t at = begin; at < end; ++at) {
    const std::size_t own = labels[at].end_frame - labels[at].begin_frame;
    frames += own;
    sum += static_cast<double>(own) * labels[at].log_prob;
  }
  return {labels[begin].begin_frame, labels[end - 1].end_frame,
          sum / static_cast<double>(frames)};
}

}  // namespace

TextAlignment AlignText(const LogProbMatrix& log_probs, const Labels& labels,
                        const std::vector<AlignedWord>& words,
                        const std::optional<std::string>& separator,
                        const std::function<void()>& poll) {
  std::optional<uint32_t> between;
  if (separator && words.size() > 1) between = NumberOf(*separator, labels);
  TextAlignment made;
  std::vector<std::pair<std::size_t, std::size_t>> places;  // of each word's labels in the text
  for (const AlignedWord& word : words) {
    if (between && !made.text.empty()) made.text.push_back(*between);
    const std::vector<uint32_t> spelling = SpellingOf(word, labels, separator.has_value());
    places.emplace_back(made.text.size(), made.text.size() + spelling.size());
    made.text.insert(made.text.end(), spelling.begin(), spelling.end());
  }
  Alignment found = Align(log_probs, labels, made.text, poll);
  made.labels = std::move(found.labels);
  made.log_prob = found.log_prob;
  for (const auto& [begin, end] : places) made.words.push_back(Joined(made.labels, begin, end));
  return made;
}

}  // namespace myna

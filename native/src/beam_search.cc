#include "beam_search.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

#include "log_math.h"

namespace myna {
namespace {

uint64_t Key(uint32_t high, uint32_t low) { return uint64_t{high} << 32 | low; }

}  // namespace

BeamSearch::BeamSearch(const Decoder& decoder)
    : decoder_(decoder),
      lexicon_(decoder.lexicon()),
      options_(decoder.options()),
      model_weight_(decoder.language_model() == nullptr ? 0 : options_.alpha * kLn10),
      word_bonus_(decoder.language_model() == nullptr ? 0 : options_.beta),
      scorer_(decoder.language_model()),
      histories_(WordScorer::kStart) {}

std::vector<Hypothesis> BeamSearch::Search(const LogProbMatrix& log_probs) {
  beam_ = {{HistoryTree::kEmpty, Lexicon::kRoot, 0, kLogZero, 0, false}};
  for (std::size_t frame = 0; frame < log_probs.frames(); ++frame) {
    log_probs.ReadFrame(frame, decoder_.labels(), &frame_);
    Step();
  }
  return Finish();
}

void BeamSearch::Step() {
  next_.clear();
  places_.Clear();
  for (const Prefix& prefix : beam_) {
    if (lexicon_ != nullptr)
      ExpandWithLexicon(prefix);
    else
      ExpandFreely(prefix);
  }
  Prune();
  if (lexicon_ == nullptr) AppendLabels();
  beam_.swap(next_);
}

// A label equal to the last one is a new one only after a blank (Hannun et al., section 3.2).
void BeamSearch::ExpandWithLexicon(const Prefix& prefix) {
  const uint32_t history = prefix.history, node = prefix.node;
  const double blank = prefix.blank, label = prefix.label;
  const double any = LogAdd(blank, label);
  const auto separator = lexicon_->separator();
  const uint32_t last = lexicon_->label(node);
  AddBlank(history, node, any + frame_.back());
  if (node != Lexicon::kRoot)
    AddLabel(history, node, label + frame_[last]);
  else if (separator)
    AddLabel(history, node, any + frame_[*separator]);  // one more space says nothing new
  lexicon_->ForEachChild(node, [&](uint32_t child, uint32_t next_label) {
    const bool repeats = node != Lexicon::kRoot && next_label == last;
    AddLabel(history, child, (repeats ? blank : any) + frame_[next_label]);
  });
  if (!separator || any + frame_[*separator] == kLogZero) return;
  lexicon_->ForEachWordAt(node, [&](uint32_t word) {
    AddLabel(FinishWord(history, word), Lexicon::kRoot, any + frame_[*separator]);
  });
}

void BeamSearch::ExpandFreely(const Prefix& prefix) {
  const auto [history, node, blank, label, rank, is_new] = prefix;
  const double any = LogAdd(blank, label);
  AddBlank(history, node, any + frame_.back());
  if (node != 0) AddLabel(history, node, label + frame_[node - 1]);
  for (uint32_t next = 0; next < decoder_.labels().size(); ++next) {
    const double log_prob = (node == next + 1 ? blank : any) + frame_[next];
    if (log_prob == kLogZero) continue;
    if (const auto known = histories_.Find(history, next))
      AddLabel(*known, next + 1, log_prob);
    else
      next_.push_back({history, next + 1, kLogZero, log_prob, kLogZero, /*is_new=*/true});
  }
}

BeamSearch::Prefix& BeamSearch::Next(uint32_t history, uint32_t node) {
  const auto [place, is_new] =
      places_.Insert(Key(history, node), static_cast<uint32_t>(next_.size()));
  if (is_new) next_.push_back({history, node, kLogZero, kLogZero, kLogZero});
  return next_[place];
}

void BeamSearch::AddBlank(uint32_t history, uint32_t node, double log_prob) {
  if (log_prob == kLogZero) return;
  Prefix& next = Next(history, node);
  next.blank = LogAdd(next.blank, log_prob);
}

void BeamSearch::AddLabel(uint32_t history, uint32_t node, double log_prob) {
  if (log_prob == kLogZero) return;
  Prefix& next = Next(history, node);
  next.label = LogAdd(next.label, log_prob);
}

// Weight 0 times an impossible word is 0, not NaN.
double BeamSearch::Weighted(double log10) const {
  return model_weight_ == 0 ? 0 : model_weight_ * log10;
}

double BeamSearch::LookAhead(uint32_t node) const {
  if (lexicon_ == nullptr || node == Lexicon::kRoot) return 0;
  return Weighted(lexicon_->look_ahead(node)) + word_bonus_;
}

uint32_t BeamSearch::FinishWord(uint32_t history, uint32_t word) {
  const uint32_t text = lexicon_->text_id(word);
  return histories_.Extend(history, text, [&] {
    const History& before = histories_[history];
    const auto [log10, state] = scorer_.Score(before.state, lexicon_->model_word(word));
    const double sum = before.log10 + log10;
    const uint32_t length = before.length + 1;
    return History{history, text, length, state, sum, Weighted(sum) + word_bonus_ * length};
  });
}

void BeamSearch::AppendLabels() {
  for (Prefix& prefix : next_) {
    if (!prefix.is_new) continue;
    const uint32_t parent = prefix.history, label = prefix.node - 1;
    prefix.is_new = false;
    prefix.history = histories_.Extend(parent, label, [&] {
      return History{parent, label, histories_[parent].length + 1, WordScorer::kStart, 0, 0};
    });
  }
}

void BeamSearch::Prune() {
  double best = kLogZero;
  for (Prefix& prefix : next_) {
    prefix.rank = LogAdd(prefix.blank, prefix.label) + histories_[prefix.history].weight +
                  LookAhead(prefix.node);
    best = std::max(best, prefix.rank);
  }
  const double least = best - options_.beam_threshold;
  const auto is_hopeless = [least](const Prefix& prefix) { return prefix.rank < least; };
  next_.erase(std::remove_if(next_.begin(), next_.end(), is_hopeless), next_.end());
  if (options_.merge_histories && lexicon_ != nullptr) MergeHistories();
  KeepBest(static_cast<std::size_t>(options_.beam_size));
}

// Ranks alone are put in order, prefixes stay in theirs: so what is kept, and the order of later
// sums, do not depend on how a library's nth_element shuffles equal ones.
void BeamSearch::KeepBest(std::size_t count) {
  if (next_.size() <= count) return;
  ranks_.clear();
  for (const Prefix& prefix : next_) ranks_.push_back(prefix.rank);
  const auto last = ranks_.begin() + static_cast<std::ptrdiff_t>(count) - 1;
  std::nth_element(ranks_.begin(), last, ranks_.end(), std::greater<double>());
  const double least = *last;
  auto room = count - static_cast<std::size_t>(std::count_if(
                          ranks_.begin(), last + 1, [least](double r) { return r > least; }));
  std::size_t kept = 0;
  for (const Prefix& prefix : next_) {
    if (prefix.rank < least || (prefix.rank == least && room == 0)) continue;
    if (prefix.rank == least) --room;
    next_[kept++] = prefix;
  }
  next_.resize(kept);
}

void BeamSearch::MergeHistories() {
  bests_.Clear();
  uint32_t kept = 0;
  for (uint32_t i = 0; i < next_.size(); ++i) {
    const Prefix prefix = next_[i];
    const auto [place, is_new] =
        bests_.Insert(Key(histories_[prefix.history].state, prefix.node), kept);
    if (is_new)
      next_[kept++] = prefix;
    else if (prefix.rank > next_[place].rank)
      next_[place] = prefix;
  }
  next_.resize(kept);
}

std::vector<Hypothesis> BeamSearch::Finish() {
  bool is_complete = true;
  std::vector<Ending> endings = Endings(/*leave_out_unfinished=*/false);
  if (endings.empty()) {
    is_complete = false;
    endings = Endings(/*leave_out_unfinished=*/true);
  }
  std::vector<Hypothesis> hypotheses;
  for (const Ending& ending : endings) hypotheses.push_back(ToHypothesis(ending, is_complete));
  const auto is_better = [](const Hypothesis& a, const Hypothesis& b) { return a.total > b.total; };
  std::stable_sort(hypotheses.begin(), hypotheses.end(), is_better);
  if (hypotheses.size() > static_cast<std::size_t>(options_.hypotheses))
    hypotheses.resize(static_cast<std::size_t>(options_.hypotheses));
  return hypotheses;
}

// The histories at the end of the input, each once: a space after the last word makes no other.
std::vector<BeamSearch::Ending> BeamSearch::Endings(bool leave_out_unfinished) {
  std::vector<Ending> endings;
  KeyTable places;  // history -> place in endings
  const auto add = [&](uint32_t history, const Prefix& prefix) {
    const auto [place, is_new] = places.Insert(history, static_cast<uint32_t>(endings.size()));
    if (is_new) endings.push_back({history, kLogZero});
    endings[place].acoustic = LogAdd(endings[place].acoustic, LogAdd(prefix.blank, prefix.label));
  };
  for (const Prefix& prefix : beam_) {
    if (lexicon_ != nullptr && lexicon_->has_word(prefix.node))
      lexicon_->ForEachWordAt(
          prefix.node, [&](uint32_t word) { add(FinishWord(prefix.history, word), prefix); });
    else if (lexicon_ == nullptr || prefix.node == Lexicon::kRoot || leave_out_unfinished)
      add(prefix.history, prefix);
  }
  return endings;
}

Hypothesis BeamSearch::ToHypothesis(const Ending& ending, bool is_complete) const {
  const History& history = histories_[ending.history];
  const double end = scorer_.ScoreEnd(history.state);
  std::string text;
  for (const uint32_t symbol : histories_.Symbols(ending.history)) {
    if (lexicon_ == nullptr) {
      text += decoder_.labels()[symbol];
      continue;
    }
    if (!text.empty()) text += lexicon_->joint();
    text += lexicon_->TextOf(symbol);
  }
  return {std::move(text), ending.acoustic, history.log10 + end,
          ending.acoustic + history.weight + Weighted(end), is_complete};
}

}  // namespace myna

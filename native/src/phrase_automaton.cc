#include "phrase_automaton.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace myna {
namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

}  // namespace

PhraseAutomaton::PhraseAutomaton(const std::vector<Phrase>& phrases,
                                 std::optional<uint32_t> boundary)
    : boundary_(boundary), nodes_(1, {0, 0, 0, false, false, 0, 0, kRoot, 0, 0}) {
  for (const Phrase& phrase : phrases) Add(phrase);
  if (boundary_) rest_ = children_.Find(*boundary_).value_or(kRoot);
  // What is left when a state fails is shorter than it: shorter ones must be ready.
  std::vector<uint32_t> order(nodes_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
    return nodes_[a].depth < nodes_[b].depth;
  });
  for (const uint32_t number : order)
    if (number != kRoot && !nodes_[number].is_leaf) Prepare(number);
  for (Node& node : nodes_) {
    if (node.is_leaf) continue;
    const auto number = static_cast<uint32_t>(&node - nodes_.data());
    if (!boundary_) {
      node.at_end = FlushFrom(number);
      continue;
    }
    const auto [last, paid] = Pay(number, *boundary_);
    node.at_end = paid + FlushFrom(last);
  }
}

void PhraseAutomaton::Add(const Phrase& phrase) {
  std::vector<uint32_t> symbols = phrase.symbols;
  const auto length = static_cast<double>(symbols.size());
  if (boundary_) {
    symbols.insert(symbols.begin(), *boundary_);
    symbols.push_back(*boundary_);
  }
  uint32_t at = kRoot;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    nodes_[at].is_leaf = false;
    const auto [child, is_new] =
        children_.Insert(uint64_t{at} << 32 | symbols[i], states());
    if (is_new) {
      const auto depth = static_cast<uint32_t>(i + 1);
      nodes_.push_back({at, symbols[i], depth, false, true, 0, kNothing, kRoot, 0, 0});
    }
    at = child;
    const double read = std::min(length, static_cast<double>(boundary_ ? i : i + 1));
    nodes_[at].potential = std::max(nodes_[at].potential, phrase.boost * read / length);
  }
  nodes_[at].is_phrase = true;
  nodes_[at].boost = phrase.boost;
}

// A leaf is a phrase that has paid when it is reached.
void PhraseAutomaton::Prepare(uint32_t number) {
  Node& node = nodes_[number];
  const std::vector<uint32_t> symbols = SymbolsOf(number);
  std::size_t read = 1;
  for (uint32_t at = number; at != kRoot; at = nodes_[at].parent) {
    if (!nodes_[at].is_phrase) continue;
    read = nodes_[at].depth - (boundary_ ? 1 : 0);
    node.paid = nodes_[at].boost;
    break;
  }
  for (; read < symbols.size(); ++read) {
    const auto [next, paid] = Pay(node.failure, symbols[read]);
    node.failure = next;
    node.paid += paid;
  }
  node.potential = std::max(node.potential, node.paid + nodes_[node.failure].potential);
}

std::vector<uint32_t> PhraseAutomaton::SymbolsOf(uint32_t number) const {
  std::vector<uint32_t> symbols;
  for (; number != kRoot; number = nodes_[number].parent) symbols.push_back(nodes_[number].symbol);
  std::reverse(symbols.begin(), symbols.end());
  return symbols;
}

double PhraseAutomaton::FlushFrom(uint32_t state) const {
  double paid = 0;
  for (; state != kRoot; state = nodes_[state].failure) paid += nodes_[state].paid;
  return paid;
}

std::pair<uint32_t, double> PhraseAutomaton::Pay(uint32_t state, uint32_t symbol) const {
  for (double paid = 0;; state = nodes_[state].failure) {
    if (const auto child = children_.Find(uint64_t{state} << 32 | symbol)) {
      if (nodes_[*child].is_leaf) return {rest_, paid + nodes_[*child].boost};
      return {*child, paid};
    }
    if (state == kRoot) return {kRoot, paid};
    paid += nodes_[state].paid;
  }
}

double PhraseAutomaton::Paid(const std::vector<uint32_t>& symbols) const {
  double sum = 0;
  uint32_t state = start();
  for (const uint32_t symbol : symbols) {
    const auto [next, paid] = Pay(state, symbol);
    sum += paid;
    state = next;
  }
  return sum + nodes_[state].at_end;
}

}  // namespace myna

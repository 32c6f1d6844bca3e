#include "word_counts.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <stdexcept>
#include <vector>

#include "code_set.h"
#include "utf8.h"
#include "util/murmur_hash.hh"

namespace myna {
namespace {

constexpr std::size_t kFirstSlots = std::size_t{1} << 12;

uint32_t HashOf(std::string_view word) {
  return static_cast<uint32_t>(util::MurmurHashNative(word.data(), word.size()) >> 32);
}

// Tells whether labels can spell words; code by code where each label is one.
class Speller {
 public:
  explicit Speller(const Labels* labels) : labels_(labels) {
    if (labels == nullptr) return;
    for (const std::string& text : labels->texts()) {
      const std::u32string codes = DecodeUtf8(text);
      single_ = single_ && codes.size() == 1;
      for (char32_t code : codes) known_.Insert(code);
    }
  }

  bool Knows(char32_t code) const { return known_.Contains(code); }

  bool CanSpell(std::string_view word) const {
    if (labels_ == nullptr) return true;
    if (!single_) return labels_->Spell(word).has_value();
    if (IsAscii(word))
      return std::all_of(word.begin(), word.end(), [this](char c) {
        return Knows(static_cast<unsigned char>(c));
      });
    const std::u32string codes = DecodeUtf8(word);
    return std::all_of(codes.begin(), codes.end(), [this](char32_t c) { return Knows(c); });
  }

 private:
  const Labels* labels_;
  bool single_ = true;
  CodeSet known_;
};

void CountForeign(std::string_view word, uint64_t count, const Speller& speller,
                  std::map<char32_t, uint64_t>* found) {
  std::u32string codes = DecodeUtf8(word);
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  for (char32_t code : codes)
    if (!speller.Knows(code)) (*found)[code] += count;
}

}  // namespace

WordCounts::WordCounts() : slots_(kFirstSlots) {}

void WordCounts::Add(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const begin = at;
    while (at != end && *at != ' ' && *at != '\n') ++at;
    if (at != begin) AddWord({begin, static_cast<std::size_t>(at - begin)}, 1);
    if (at != end) ++at;
  }
}

void WordCounts::AddListed(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    const std::size_t space = line.find(' ');
    uint64_t times = 0;
    const char* const last = line.data() + line.size();
    const bool parted = end != lines.npos && space != 0 && space != line.npos;
    const auto read = parted ? std::from_chars(line.data() + space + 1, last, times)
                             : std::from_chars_result{nullptr, std::errc()};
    if (read.ptr != last || read.ec != std::errc() || times == 0 ||
        times > std::numeric_limits<uint64_t>::max() - running_)
      throw std::invalid_argument("a line that is no word and its count");
    AddWord(line.substr(0, space), times);
    lines.remove_prefix(end + 1);
  }
}

std::string WordCounts::Listed() const {
  std::vector<const Slot*> all;
  all.reserve(used_);
  for (const Slot& slot : slots_)
    if (slot.count != 0) all.push_back(&slot);
  std::sort(all.begin(), all.end(),
            [this](const Slot* a, const Slot* b) { return WordOf(*a) < WordOf(*b); });
  std::string lines;
  lines.reserve(letters_.size() + 4 * used_);
  for (const Slot* slot : all) {
    lines += WordOf(*slot);
    lines += ' ';
    lines += std::to_string(slot->count);
    lines += '\n';
  }
  return lines;
}

void WordCounts::AddWord(std::string_view word, uint64_t times) {
  if (word.size() > std::numeric_limits<uint32_t>::max())
    throw std::invalid_argument("a word of more than 4 GB");
  if (4 * (used_ + 1) > 3 * slots_.size()) Grow();
  const uint32_t hash = HashOf(word);
  std::size_t at = hash & (slots_.size() - 1);
  while (slots_[at].count != 0 && (slots_[at].hash != hash || WordOf(slots_[at]) != word))
    at = (at + 1) & (slots_.size() - 1);
  Slot& slot = slots_[at];
  if (slot.count == 0) {
    slot = {0, letters_.size(), static_cast<uint32_t>(word.size()), hash};
    letters_.append(word);
    ++used_;
  }
  slot.count += times;
  running_ += times;
}

void WordCounts::Grow() {
  std::vector<Slot> old(2 * slots_.size());
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.count == 0) continue;
    std::size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].count != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

std::u32string WordCounts::Characters() const {
  CodeSet seen;
  for (const Slot& slot : slots_)
    if (slot.count != 0)
      for (char32_t code : DecodeUtf8(WordOf(slot))) seen.Insert(code);
  return seen.Codes();
}

ChosenWords WordCounts::Choose(const Labels* labels, std::size_t top,
                               const std::unordered_set<std::string_view>& spelled) const {
  const Speller speller(labels);
  ChosenWords chosen;
  std::map<char32_t, uint64_t> foreign;
  std::vector<const Slot*> kept;
  for (const Slot& slot : slots_) {
    if (slot.count == 0) continue;
    if (speller.CanSpell(WordOf(slot)) || spelled.count(WordOf(slot)) != 0) {
      kept.push_back(&slot);
      continue;
    }
    ++chosen.unwritable.words;
    chosen.unwritable.running += slot.count;
    CountForeign(WordOf(slot), slot.count, speller, &foreign);
  }
  const auto before = [this](const Slot* a, const Slot* b) {
    return a->count != b->count ? a->count > b->count : WordOf(*a) < WordOf(*b);
  };
  const std::size_t most = std::min(top, kept.size());
  std::partial_sort(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(most), kept.end(),
                    before);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (i < most) {
      chosen.words.push_back(WordOf(*kept[i]));
      chosen.running += kept[i]->count;
    } else {
      ++chosen.rare.words;
      chosen.rare.running += kept[i]->count;
    }
  }
  chosen.foreign.assign(foreign.begin(), foreign.end());
  std::stable_sort(chosen.foreign.begin(), chosen.foreign.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return chosen;
}

}  // namespace myna

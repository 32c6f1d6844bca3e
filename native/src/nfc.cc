#include "nfc.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "unicode.h"

namespace myna {
namespace {

// The constants of the Unicode Standard 3.12, "Conjoining Jamo Behavior".
constexpr char32_t kSBase = 0xAC00, kLBase = 0x1100, kVBase = 0x1161, kTBase = 0x11A7;
constexpr char32_t kLCount = 19, kVCount = 21, kTCount = 28;
constexpr char32_t kSCount = kLCount * kVCount * kTCount;

// The first code point with a combining class or an effect on NFC.
constexpr char32_t kFirstCombining = 0x300;

bool InRange(char32_t code, char32_t base, char32_t count) {
  return code >= base && code < base + count;
}

uint8_t CombiningClass(char32_t code) {
  return code < kFirstCombining ? 0 : PropertiesOf(code).combining_class;
}

void DecomposeHangul(char32_t syllable, std::u32string* out) {
  const char32_t index = syllable - kSBase;
  out->push_back(kLBase + index / (kVCount * kTCount));
  out->push_back(kVBase + index / kTCount % kVCount);
  if (index % kTCount != 0) out->push_back(kTBase + index % kTCount);
}

void Decompose(char32_t code, std::u32string* out) {
  if (InRange(code, kSBase, kSCount)) return DecomposeHangul(code, out);
  const DecompositionTable table = Decompositions();
  const Decomposition* found =
      std::lower_bound(table.begin, table.end, code,
                       [](const Decomposition& row, char32_t wanted) { return row.code < wanted; });
  if (found == table.end || found->code != code) return out->push_back(code);
  Decompose(found->first, out);
  if (found->second != 0) Decompose(found->second, out);
}

// Canonical Ordering Algorithm: sorts each run of marks by combining class, stably.
void OrderMarks(std::u32string* text) {
  for (auto run = text->begin(); run != text->end();) {
    if (CombiningClass(*run) == 0) {
      ++run;
      continue;
    }
    auto end = run;
    while (end != text->end() && CombiningClass(*end) != 0) ++end;
    std::stable_sort(run, end,
                     [](char32_t a, char32_t b) { return CombiningClass(a) < CombiningClass(b); });
    run = end;
  }
}

uint64_t PairKey(char32_t first, char32_t second) { return uint64_t{first} << 32 | second; }

std::unordered_map<uint64_t, char32_t> MakeCompositions() {
  std::unordered_map<uint64_t, char32_t> map;
  const DecompositionTable table = Decompositions();
  for (const Decomposition* row = table.begin; row != table.end; ++row) {
    if (row->is_composite) map.emplace(PairKey(row->first, row->second), row->code);
  }
  return map;
}

// The composite of two characters, or 0.
char32_t Compose(char32_t first, char32_t second) {
  if (InRange(first, kLBase, kLCount) && InRange(second, kVBase, kVCount)) {
    return kSBase + ((first - kLBase) * kVCount + (second - kVBase)) * kTCount;
  }
  if (InRange(first, kSBase, kSCount) && (first - kSBase) % kTCount == 0 &&
      InRange(second, kTBase + 1, kTCount - 1)) {
    return first + (second - kTBase);
  }
  static const std::unordered_map<uint64_t, char32_t> kCompositions = MakeCompositions();
  const auto found = kCompositions.find(PairKey(first, second));
  return found == kCompositions.end() ? 0 : found->second;
}

// Canonical Composition Algorithm (3.11, D117), in place: what is written never overtakes what is
// read.
void ComposeAll(std::u32string* text) {
  std::size_t written = 0;
  std::size_t starter = std::u32string::npos;
  int last_class = 0;  // of the last character kept after the starter
  for (const char32_t code : *text) {
    const int combining_class = CombiningClass(code);
    const bool has_starter = starter != std::u32string::npos;
    const bool is_adjacent = has_starter && written == starter + 1;
    if (has_starter && (is_adjacent || last_class < combining_class)) {
      if (const char32_t composite = Compose((*text)[starter], code)) {
        (*text)[starter] = composite;
        continue;
      }
    }
    if (combining_class == 0) starter = written;
    last_class = combining_class;
    (*text)[written++] = code;
  }
  text->resize(written);
}

}  // namespace

bool IsCertainlyNfc(std::u32string_view text) {
  uint8_t last_class = 0;
  for (char32_t code : text) {
    if (code < kFirstCombining) {
      last_class = 0;
      continue;
    }
    const CharProperties& properties = PropertiesOf(code);
    if (properties.flags & kNfcCheck) return false;
    if (properties.combining_class != 0 && properties.combining_class < last_class) return false;
    last_class = properties.combining_class;
  }
  return true;
}

void NormaliseNfc(std::u32string* text) {
  if (IsCertainlyNfc(*text)) return;
  std::u32string decomposed;
  decomposed.reserve(text->size() * 2);
  for (char32_t code : *text) Decompose(code, &decomposed);
  OrderMarks(&decomposed);
  ComposeAll(&decomposed);
  text->swap(decomposed);
}

}  // namespace myna

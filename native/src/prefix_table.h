// Which prefix of a beam has a key.

#ifndef MYNA_NATIVE_PREFIX_TABLE_H_
#define MYNA_NATIVE_PREFIX_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "prefix.h"

namespace myna {

// Open addressing with linear probing; it holds places in the beam, and takes the keys from there.
// It is as small as the beam allows: it is looked into for every step of a search.
class PrefixTable {
 public:
  // Empty, with room for `count` and as many again.
  void Clear(std::size_t count) {
    bits_ = kFewestBits;
    while ((std::size_t{1} << bits_) < 3 * count) ++bits_;
    slots_.assign(std::size_t{1} << bits_, Slot{0, 0});
    count_ = 0;
  }

  // The place of the prefix with this key; if there was none, `place`, which is that of the prefix
  // about to be added.
  uint32_t Insert(uint64_t key, uint32_t place, const std::vector<Prefix>& beam) {
    const uint32_t hash = HashOf(key);
    std::size_t at = hash >> (32 - bits_);
    for (; slots_[at].end != 0; at = Next(at))
      if (slots_[at].hash == hash && beam[slots_[at].end - 1].key == key) return slots_[at].end - 1;
    slots_[at] = {hash, place + 1};
    if (2 * ++count_ > slots_.size()) Grow();
    return place;
  }

  // The same for a key that is not there.
  void Add(uint64_t key, uint32_t place) {
    const uint32_t hash = HashOf(key);
    std::size_t at = hash >> (32 - bits_);
    while (slots_[at].end != 0) at = Next(at);
    slots_[at] = {hash, place + 1};
    if (2 * ++count_ > slots_.size()) Grow();
  }

 private:
  static constexpr int kFewestBits = 6;

  struct Slot {
    uint32_t hash;
    uint32_t end;  // 1 + place, or 0 for a free one
  };

  // Multiplicative hashing (Knuth, TAOCP 6.4).
  static uint32_t HashOf(uint64_t key) {
    return static_cast<uint32_t>((key ^ key >> 29) * 0x9E3779B97F4A7C15u >> 32);
  }
  std::size_t Next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  void Grow() {
    ++bits_;
    std::vector<Slot> old(std::size_t{1} << bits_);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.end == 0) continue;
      std::size_t at = slot.hash >> (32 - bits_);
      while (slots_[at].end != 0) at = Next(at);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;
  int bits_ = 0;
  std::size_t count_ = 0;
};

}  // namespace myna

#endif  // MYNA_NATIVE_PREFIX_TABLE_H_

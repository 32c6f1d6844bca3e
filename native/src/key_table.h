// A map from 64-bit keys to 32-bit numbers that is emptied in no time.

#ifndef MYNA_NATIVE_KEY_TABLE_H_
#define MYNA_NATIVE_KEY_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace myna {

// Open addressing with linear probing. A slot counts only if it bears the current epoch.
class KeyTable {
 public:
  KeyTable() : slots_(std::size_t{1} << kFirstBits), bits_(kFirstBits) {}

  // The number of `key`, which becomes `number` if it had none; and whether it had none.
  std::pair<uint32_t, bool> Insert(uint64_t key, uint32_t number) {
    if (2 * (count_ + 1) > slots_.size()) Grow();
    Slot& slot = slots_[Place(key)];
    if (slot.epoch == epoch_) return {slot.number, false};
    slot = {key, number, epoch_};
    ++count_;
    return {number, true};
  }

  // The number of `key`, or nothing.
  std::optional<uint32_t> Find(uint64_t key) const {
    const Slot& slot = slots_[Place(key)];
    if (slot.epoch != epoch_) return std::nullopt;
    return slot.number;
  }

  void Clear() {
    count_ = 0;
    if (++epoch_ != 0) return;
    epoch_ = 1;  // once in 4 billion times
    slots_.assign(slots_.size(), Slot());
  }

 private:
  static constexpr int kFirstBits = 10;

  struct Slot {
    uint64_t key = 0;
    uint32_t number = 0;
    uint32_t epoch = 0;
  };

  // Where `key` is, or the free slot where it belongs. Multiplicative hashing (Knuth, TAOCP 6.4).
  std::size_t Place(uint64_t key) const {
    std::size_t at = (key ^ key >> 32) * 0x9E3779B97F4A7C15u >> (64 - bits_);
    while (slots_[at].epoch == epoch_ && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return at;
  }

  void Grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    ++bits_;
    for (const Slot& slot : old)
      if (slot.epoch == epoch_) slots_[Place(slot.key)] = slot;
  }

  std::vector<Slot> slots_;
  int bits_;
  std::size_t count_ = 0;
  uint32_t epoch_ = 1;
};

}  // namespace myna

#endif  // MYNA_NATIVE_KEY_TABLE_H_

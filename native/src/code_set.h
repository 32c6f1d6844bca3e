// A set of Unicode code points, as bits.

#ifndef MYNA_NATIVE_CODE_SET_H_
#define MYNA_NATIVE_CODE_SET_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace myna {

// Codes are at most U+10FFFF.
class CodeSet {
 public:
  CodeSet() : words_(0x110000 / kBits) {}

  void Insert(char32_t code) { words_[code / kBits] |= Bit(code); }
  bool Contains(char32_t code) const { return (words_[code / kBits] & Bit(code)) != 0; }

  // All of them, in order.
  std::u32string Codes() const {
    std::u32string codes;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i] == 0) continue;
      for (std::size_t bit = 0; bit < kBits; ++bit)
        if ((words_[i] >> bit & 1) != 0) codes.push_back(static_cast<char32_t>(i * kBits + bit));
    }
    return codes;
  }

 private:
  static constexpr std::size_t kBits = 64;
  static uint64_t Bit(char32_t code) { return uint64_t{1} << (code % kBits); }

  std::vector<uint64_t> words_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_CODE_SET_H_

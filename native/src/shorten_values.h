// What the numbers in a shorten stream stand for: samples of 8 or 16 bits, or mu-law bytes in the
// order of their size.

#ifndef MYNA_SHORTEN_VALUES_H_
#define MYNA_SHORTEN_VALUES_H_

#include <cstdint>
#include <optional>

namespace myna {

// The numbers in the streams' headers. Left out are those of which we know no description: mu-law
// with losses (7), A-law without and with (9, 10).
enum class ShortenType {
  kOldMuLaw = 0,  // lossless, without a number of its own for negative zero
  kSigned8 = 1,
  kUnsigned8 = 2,
  kSigned16High = 3,
  kUnsigned16High = 4,
  kSigned16Low = 5,
  kUnsigned16Low = 6,
  kMuLaw = 8,  // lossless
};

// None for a number that is none of these.
std::optional<ShortenType> ShortenTypeOf(int64_t number);

class ShortenValues {
 public:
  explicit ShortenValues(ShortenType type) : type_(type) {}

  // The mean that a stream begins with: the middle of unsigned samples.
  int32_t middle() const;
  // No number is this large. Writers that lose bits go a little beyond the type's own range.
  uint64_t limit() const;

  // From now on each number is 2^shift times as large; for mu-law it is the place of a byte among
  // those that stand for such a multiple. False for a shift that no writer has.
  bool SetShift(int64_t shift);
  int shift() const { return shift_; }

  // The samples of `count` numbers, in [-1, 1], into every `stride`th place. False when one is no
  // mu-law.
  bool Convert(const int32_t* numbers, int64_t count, int stride, float* target) const;

 private:
  bool mu_law() const { return type_ == ShortenType::kOldMuLaw || type_ == ShortenType::kMuLaw; }
  bool wide() const {
    return type_ >= ShortenType::kSigned16High && type_ <= ShortenType::kUnsigned16Low;
  }
  void ConvertLinear(const int32_t* numbers, int64_t count, int stride, float* target) const;

  ShortenType type_;
  int shift_ = 0;
};

}  // namespace myna

#endif  // MYNA_SHORTEN_VALUES_H_

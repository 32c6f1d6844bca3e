// Bits of a file, highest first, and the Rice codes made of them.

#ifndef MYNA_BIT_READER_H_
#define MYNA_BIT_READER_H_

#include <cstdint>
#include <vector>

#include "byte_source.h"

namespace myna {

class BitReader {
 public:
  // The source is kept alive by the caller.
  BitReader(ByteSource& source, int64_t offset) : source_(source), offset_(offset) {}

  // True once more was asked for than there is; from then on every number is 0.
  bool ran_out() const { return ran_out_; }

  // A Rice code: n zeros and a one, then `bits` bits b (0 to 32) stand for n * 2^bits + b. Throws
  // AudioProblem for a number that no writer of 32-bit samples has.
  int64_t Unsigned(int bits) {
    if (held_ <= 32) Fill();
    const int zeros = cache_ == 0 ? 64 : __builtin_clzll(cache_);
    if (zeros + 1 + bits > held_) return UnsignedAcross(bits);
    const uint64_t rest = cache_ << zeros << 1;
    cache_ = rest << bits;
    held_ -= zeros + 1 + bits;
    // In two steps, because a shift by 64 is not defined.
    return static_cast<int64_t>(zeros) << bits | static_cast<int64_t>(rest >> 1 >> (63 - bits));
  }

  // The same for 0, -1, 1, -2, ...: the lowest of `bits` + 1 bits tells the sign.
  int64_t Signed(int bits) {
    const int64_t code = Unsigned(bits + 1);
    return (code & 1) != 0 ? ~(code >> 1) : code >> 1;
  }

 private:
  void Fill();
  bool NextChunk();
  int64_t UnsignedAcross(int bits);
  int64_t RunOut();

  ByteSource& source_;
  int64_t offset_;  // of the byte behind the chunk
  std::vector<unsigned char> chunk_;
  size_t place_ = 0;    // in the chunk
  uint64_t cache_ = 0;  // the next bits, from the highest; 0 behind them
  int held_ = 0;        // how many
  bool ran_out_ = false;
};

}  // namespace myna

#endif  // MYNA_BIT_READER_H_

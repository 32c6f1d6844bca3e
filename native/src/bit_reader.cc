#include "bit_reader.h"

#include "audio_problem.h"

namespace myna {
namespace {

constexpr size_t kChunk = 16384;         // bytes
constexpr int64_t kMostZeros = 1 << 20;  // a sample of 16 bits, coded without any behind the one

}  // namespace

void BitReader::Fill() {
  while (held_ <= 56) {
    if (place_ == chunk_.size() && !NextChunk()) return;
    cache_ |= static_cast<uint64_t>(chunk_[place_++]) << (56 - held_);
    held_ += 8;
  }
}

bool BitReader::NextChunk() {
  chunk_.resize(kChunk);
  const int64_t got = source_.ReadAt(offset_, chunk_.data(), kChunk);
  chunk_.resize(static_cast<size_t>(got));
  offset_ += got;
  place_ = 0;
  return got > 0;
}

// A code that reaches beyond the cache, or beyond the file.
int64_t BitReader::UnsignedAcross(int bits) {
  int64_t zeros = 0;
  while (cache_ == 0) {
    zeros += held_;
    held_ = 0;
    if (zeros > kMostZeros)
      throw AudioProblem("decode_error", "the shorten stream has a code word of 2^20 bits");
    Fill();
    if (held_ == 0) return RunOut();
  }
  const int left = __builtin_clzll(cache_);
  zeros += left;
  cache_ = cache_ << left << 1;
  held_ -= left + 1;
  Fill();
  if (held_ < bits) return RunOut();
  const auto low = static_cast<int64_t>(cache_ >> 1 >> (63 - bits));
  cache_ <<= bits;
  held_ -= bits;
  return zeros << bits | low;
}

int64_t BitReader::RunOut() {
  ran_out_ = true;
  cache_ = 0;
  held_ = 0;
  return 0;
}

}  // namespace myna

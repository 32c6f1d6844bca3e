#include "shorten_decoder.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "audio_problem.h"

namespace myna {
namespace {

// Functions, as they are numbered in the stream. 0 to 3 are differences of that order.
constexpr int64_t kQuit = 4;
constexpr int64_t kBlockSize = 5;
constexpr int64_t kBitShift = 6;
constexpr int64_t kLinearPrediction = 7;
constexpr int64_t kZero = 8;
constexpr int64_t kVerbatim = 9;

// Bits that a Rice code of each kind of number has behind its one.
constexpr int kFunctionBits = 2;
constexpr int kWidthBits = 2;  // of a number that says its own width
constexpr int kErrorBits = 3;
constexpr int kShiftBits = 2;
constexpr int kOrderBits = 2;
constexpr int kCoefficientBits = 5;
constexpr int kSkippedByteBits = 7;
constexpr int kVerbatimLengthBits = 5;
constexpr int kVerbatimByteBits = 8;

// Beyond what encoders write (256 samples a block, 4 means), so that no header asks for much, and
// no sum leaves 64 bits.
constexpr int64_t kMostChannels = 32;
constexpr int64_t kLargestBlock = 65535;
constexpr int64_t kMostCoefficients = 1024;
constexpr int64_t kMostMeans = 32768;
constexpr uint64_t kLargestCoefficient = 1 << 16;
constexpr int64_t kDifferenceHistory = 3;

AudioProblem Broken(const std::string& what) {
  return AudioProblem("decode_error", "the shorten stream has " + what);
}

// The size of a number, or one less for a negative one: enough to see that none is too large.
uint64_t Size(int64_t value) { return static_cast<uint64_t>(value ^ value >> 63); }

}  // namespace

ShortenDecoder::ShortenDecoder(ByteSource& source, int64_t start) : bits_(source, start + 5) {
  unsigned char head[5] = {};
  source.ReadAt(start, head, sizeof head);
  if (std::memcmp(head, "ajkg", 4) != 0) throw Broken("no \"ajkg\" at its beginning");
  version_ = head[4];
  if (version_ < 1 || version_ > 3)
    throw Broken("a version that is not known: " + std::to_string(version_));
  ReadHeader();
}

void ShortenDecoder::ReadHeader() {
  const int64_t number = Number();
  const std::optional<ShortenType> type = ShortenTypeOf(number);
  if (!type) throw Broken("samples of a type that is not known: " + std::to_string(number));
  values_ = ShortenValues(*type);
  const int64_t channels = Field("channels", 1, kMostChannels);
  block_size_ = largest_block_ = Field("samples a block", 1, kLargestBlock);
  most_coefficients_ = Field("coefficients", 0, kMostCoefficients);
  mean_blocks_ = Field("means", 0, kMostMeans);
  for (int64_t left = Number(); left > 0 && !bits_.ran_out(); --left)
    bits_.Unsigned(kSkippedByteBits);
  if (bits_.ran_out()) throw Broken("an end within its header");
  history_ = std::max(kDifferenceHistory, most_coefficients_);
  channels_.resize(static_cast<size_t>(channels));
  for (Channel& channel : channels_) {
    channel.samples.assign(static_cast<size_t>(history_ + largest_block_), 0);
    channel.means.assign(static_cast<size_t>(std::max<int64_t>(mean_blocks_, 1)), values_.middle());
  }
}

// A number of any size: first its width.
int64_t ShortenDecoder::Number() {
  const int64_t width = bits_.Unsigned(kWidthBits);
  if (width > 31) throw Broken("a number of " + std::to_string(width) + " bits");
  return bits_.Unsigned(static_cast<int>(width));
}

int64_t ShortenDecoder::Field(const char* name, int64_t least, int64_t most) {
  const int64_t value = Number();
  if (bits_.ran_out()) throw Broken("an end within its header");
  if (value < least || value > most) throw Broken(std::to_string(value) + " " + name);
  return value;
}

const std::vector<float>& ShortenDecoder::Next() {
  interleaved_.clear();
  while (!complete_ && !bits_.ran_out() && NextFunction()) {
  }
  // A block of which channels are missing is no block.
  if (turn_ != 0 || bits_.ran_out()) interleaved_.clear();
  return interleaved_;
}

// False when the blocks of all channels are there.
bool ShortenDecoder::NextFunction() {
  const int64_t function = bits_.Unsigned(kFunctionBits);
  if (bits_.ran_out()) return false;
  switch (function) {
    case kQuit:
      complete_ = true;
      return false;
    case kBlockSize:
      SetBlockSize();
      return true;
    case kBitShift: {
      const int64_t shift = bits_.Unsigned(kShiftBits);
      if (!values_.SetShift(shift)) throw Broken("a shift by " + std::to_string(shift) + " bits");
      return true;
    }
    case kVerbatim:
      SkipVerbatim();
      return true;
    default:
      if (function > kVerbatim) throw Broken("a function " + std::to_string(function));
  }
  DecodeBlock(function, &channels_[turn_]);
  if (bits_.ran_out()) return false;
  turn_ = (turn_ + 1) % channels_.size();
  return turn_ != 0;
}

void ShortenDecoder::SetBlockSize() {
  const int64_t size = Number();
  if (bits_.ran_out()) return;
  if (size < 1 || size > largest_block_)
    throw Broken("a block of " + std::to_string(size) + " samples");
  if (turn_ != 0 && size != block_size_) throw Broken("channels of different lengths");
  block_size_ = size;
}

// What stood before or behind the samples in a file that was shortened with its header.
void ShortenDecoder::SkipVerbatim() {
  for (int64_t left = bits_.Unsigned(kVerbatimLengthBits); left > 0 && !bits_.ran_out(); --left)
    bits_.Unsigned(kVerbatimByteBits);
}

void ShortenDecoder::DecodeBlock(int64_t function, Channel* channel) {
  int32_t* block = channel->samples.data() + history_;
  if (function == kZero) {
    std::fill_n(block, block_size_, 0);
  } else {
    const int64_t bits = bits_.Unsigned(kErrorBits);
    if (bits > 31) throw Broken("errors of " + std::to_string(bits) + " bits");
    const int64_t offset = Offset(*channel);
    if (function == kLinearPrediction) {
      PredictLinear(static_cast<int>(bits), offset, block);
    } else {
      Predict(function, static_cast<int>(bits), offset, block);
    }
  }
  if (!bits_.ran_out()) FinishBlock(channel);
}

void ShortenDecoder::Predict(int64_t function, int bits, int64_t offset, int32_t* block) {
  uint64_t sizes = 0;
  const auto run = [&](auto predicted) {
    for (int32_t *x = block, *end = block + block_size_; x < end; ++x) {
      const int64_t value = bits_.Signed(bits) + predicted(x);
      sizes |= Size(value);
      *x = static_cast<int32_t>(value);
    }
  };
  // 64 bits, because what is out of range is found only after the block.
  const auto before = [](const int32_t* x, int steps) { return int64_t{x[-steps]}; };
  switch (function) {
    case 0:
      run([offset](const int32_t*) { return offset; });
      break;
    case 1:
      run([&](const int32_t* x) { return before(x, 1); });
      break;
    case 2:
      run([&](const int32_t* x) { return 2 * before(x, 1) - before(x, 2); });
      break;
    case 3:
      run([&](const int32_t* x) { return 3 * (before(x, 1) - before(x, 2)) + before(x, 3); });
      break;
  }
  CheckRange(sizes);
}

// The samples less the mean, times coefficients in units of 1/32.
void ShortenDecoder::PredictLinear(int bits, int64_t offset, int32_t* block) {
  const int64_t order = bits_.Unsigned(kOrderBits);
  if (order > most_coefficients_) throw Broken(std::to_string(order) + " coefficients");
  std::vector<int64_t> coefficients(static_cast<size_t>(order));
  for (int64_t& coefficient : coefficients) {
    coefficient = bits_.Signed(kCoefficientBits);
    if (Size(coefficient) >= kLargestCoefficient)
      throw Broken("a coefficient of " + std::to_string(coefficient));
  }
  const int64_t rounding = version_ > 1 ? 1 << kCoefficientBits : 0;
  uint64_t sizes = 0;
  for (int32_t *x = block, *end = block + block_size_; x < end; ++x) {
    int64_t sum = rounding;
    for (int64_t j = 0; j < order; ++j)
      sum += coefficients[static_cast<size_t>(j)] * (x[-1 - j] - offset);
    const int64_t value = bits_.Signed(bits) + (sum >> kCoefficientBits) + offset;
    sizes |= Size(value);
    *x = static_cast<int32_t>(value);
    if (sizes >= values_.limit()) break;
  }
  CheckRange(sizes);
}

void ShortenDecoder::CheckRange(uint64_t sizes) const {
  if (sizes >= values_.limit()) throw Broken("samples that are too large");
}

int64_t ShortenDecoder::Offset(const Channel& channel) const {
  if (mean_blocks_ == 0) return channel.means[0];
  int64_t sum = version_ > 1 ? mean_blocks_ / 2 : 0;
  for (const int64_t mean : channel.means) sum += mean;
  const int64_t offset = sum / mean_blocks_;
  return version_ > 1 ? offset >> values_.shift() : offset;
}

void ShortenDecoder::UpdateMeans(Channel* channel) const {
  if (mean_blocks_ == 0) return;
  const int32_t* block = channel->samples.data() + history_;
  int64_t sum = version_ > 1 ? block_size_ / 2 : 0;
  for (int64_t i = 0; i < block_size_; ++i) sum += block[i];
  const int64_t scale = version_ > 1 ? int64_t{1} << values_.shift() : 1;
  std::vector<int64_t>& means = channel->means;
  std::move(means.begin() + 1, means.end(), means.begin());
  means.back() = sum / block_size_ * scale;
}

void ShortenDecoder::FinishBlock(Channel* channel) {
  UpdateMeans(channel);
  const size_t stride = channels_.size();
  interleaved_.resize(static_cast<size_t>(block_size_) * stride);
  int32_t* samples = channel->samples.data();
  if (!values_.Convert(samples + history_, block_size_, static_cast<int>(stride),
                       interleaved_.data() + turn_))
    throw Broken("numbers that are no mu-law");
  std::copy(samples + block_size_, samples + block_size_ + history_, samples);
}

}  // namespace myna

#include "shorten_values.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "companding.h"
#include "mu_law_order.h"

namespace myna {
namespace {

constexpr int kMostShift = 32;  // of silence: 32 zero bits

using MuLawSamples = std::array<float, 256>;  // number + 128 -> sample

MuLawSamples MakeSamples(int shift, bool old) {
  MuLawSamples samples;
  const std::array<uint8_t, 256> bytes = MuLawOrder(shift, old);
  std::transform(bytes.begin(), bytes.end(), samples.begin(),
                 [](uint8_t byte) { return MuLawToLinear()[byte] / 32768.0f; });
  return samples;
}

std::array<MuLawSamples, kMostMuLawShift + 1> MakeAll(bool old) {
  std::array<MuLawSamples, kMostMuLawShift + 1> all;
  for (int shift = 0; shift <= kMostMuLawShift; ++shift)
    all[static_cast<size_t>(shift)] = MakeSamples(shift, old);
  return all;
}

// Made once, because loud speech goes from shift to shift with every block.
const MuLawSamples& SamplesOf(int shift, bool old) {
  static const auto today = MakeAll(false);
  static const auto before = MakeAll(true);
  return (old ? before : today)[static_cast<size_t>(shift)];
}

}  // namespace

std::optional<ShortenType> ShortenTypeOf(int64_t number) {
  if (number < 0 || number > 8 || number == 7) return {};
  return static_cast<ShortenType>(number);
}

int32_t ShortenValues::middle() const {
  switch (type_) {
    case ShortenType::kUnsigned8:
      return 0x80;
    case ShortenType::kUnsigned16High:
    case ShortenType::kUnsigned16Low:
      return 0x8000;
    default:
      return 0;
  }
}

uint64_t ShortenValues::limit() const {
  if (!wide()) return 1 << 9 >> (mu_law() ? 0 : std::min(shift_, 9));
  return 1 << 17 >> std::min(shift_, 17);
}

bool ShortenValues::SetShift(int64_t shift) {
  if (shift < 0 || shift > (mu_law() ? kMostMuLawShift : kMostShift)) return false;
  shift_ = static_cast<int>(shift);
  return true;
}

bool ShortenValues::Convert(const int32_t* numbers, int64_t count, int stride,
                            float* target) const {
  if (!mu_law()) {
    ConvertLinear(numbers, count, stride, target);
    return true;
  }
  const MuLawSamples& samples = SamplesOf(shift_, type_ == ShortenType::kOldMuLaw);
  for (int64_t i = 0; i < count; ++i, target += stride) {
    if (numbers[i] < -128 || numbers[i] > 127) return false;
    *target = samples[static_cast<size_t>(numbers[i] + 128)];
  }
  return true;
}

void ShortenValues::ConvertLinear(const int32_t* numbers, int64_t count, int stride,
                                  float* target) const {
  const int64_t full = wide() ? 1 << 15 : 1 << 7;
  const float scale = 1.0f / static_cast<float>(full);
  for (int64_t i = 0; i < count; ++i, target += stride) {
    const int64_t sample = numbers[i] * (int64_t{1} << shift_) - middle();
    *target = static_cast<float>(std::clamp(sample, -full, full - 1)) * scale;
  }
}

}  // namespace myna

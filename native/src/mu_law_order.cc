#include "mu_law_order.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace myna {
namespace {

constexpr int kBias = 132;  // G.711's, on the scale of 16 bits
constexpr int kSizes = 128;

// True if 16-bit samples that become the byte of this size (0 to 127) hold a multiple of 2^bits.
bool HoldsMultiple(int size, int bits, bool negative) {
  const int segment = size >> 4;
  const int low = std::max(((16 + (size & 15)) << (segment + 3)) - kBias, 0);
  const int clipped = negative ? 32768 : 32767;  // all that is louder is the largest size
  const int high = size == kSizes - 1 ? clipped : ((17 + (size & 15)) << (segment + 3)) - kBias - 1;
  return high >> bits << bits >= low;
}

// The sizes in the order of their numbers; `used` gets how many come first.
std::vector<int> Sizes(int shift, bool negative, int* used) {
  std::vector<int> sizes;
  // Negative zero is counted elsewhere.
  for (int size = negative ? 1 : 0; size < kSizes; ++size) sizes.push_back(size);
  const auto middle = std::stable_partition(sizes.begin(), sizes.end(), [&](int size) {
    return shift == 0 || HoldsMultiple(size, shift + 3, negative);
  });
  *used = static_cast<int>(middle - sizes.begin());
  return sizes;
}

}  // namespace

std::array<uint8_t, 256> MuLawOrder(int shift, bool old) {
  std::array<uint8_t, 256> bytes{};
  int used = 0;
  const std::vector<int> positive = Sizes(shift, false, &used);
  for (int i = 0; i < kSizes; ++i)
    bytes[static_cast<size_t>(128 + i)] = static_cast<uint8_t>(0xFF - positive[i]);
  std::vector<int> negative = Sizes(shift, true, &used);
  negative.insert(old ? negative.begin() + used : negative.begin(), 0);
  for (int i = 0; i < kSizes; ++i)
    bytes[static_cast<size_t>(127 - i)] = static_cast<uint8_t>(0x7F - negative[i]);
  return bytes;
}

}  // namespace myna

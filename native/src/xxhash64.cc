#include "xxhash64.h"

#include <cstring>

namespace myna {
namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87u;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4Fu;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9u;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63u;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5u;

uint64_t Rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

template <typename Number>
Number Read(const char* at) {
  Number number;
  std::memcpy(&number, at, sizeof number);
  return number;
}

uint64_t Round(uint64_t sum, uint64_t lane) { return Rotate(sum + lane * kPrime2, 31) * kPrime1; }

uint64_t Merge(uint64_t sum, uint64_t other) { return (sum ^ Round(0, other)) * kPrime1 + kPrime4; }

// Takes all stripes of 32 bytes off `bytes`: four sums side by side, which do not wait for one
// another.
uint64_t SumOfStripes(std::string_view* bytes, uint64_t seed) {
  uint64_t a = seed + kPrime1 + kPrime2, b = seed + kPrime2, c = seed, d = seed - kPrime1;
  const char* at = bytes->data();
  for (const char* end = at + bytes->size() / 32 * 32; at < end; at += 32) {
    a = Round(a, Read<uint64_t>(at));
    b = Round(b, Read<uint64_t>(at + 8));
    c = Round(c, Read<uint64_t>(at + 16));
    d = Round(d, Read<uint64_t>(at + 24));
  }
  bytes->remove_prefix(bytes->size() / 32 * 32);
  const uint64_t sum = Rotate(a, 1) + Rotate(b, 7) + Rotate(c, 12) + Rotate(d, 18);
  return Merge(Merge(Merge(Merge(sum, a), b), c), d);
}

uint64_t AddRest(uint64_t sum, std::string_view rest) {
  for (; rest.size() >= 8; rest.remove_prefix(8))
    sum = Rotate(sum ^ Round(0, Read<uint64_t>(rest.data())), 27) * kPrime1 + kPrime4;
  if (rest.size() >= 4) {
    sum = Rotate(sum ^ Read<uint32_t>(rest.data()) * kPrime1, 23) * kPrime2 + kPrime3;
    rest.remove_prefix(4);
  }
  for (const char c : rest)
    sum = Rotate(sum ^ static_cast<unsigned char>(c) * kPrime5, 11) * kPrime1;
  return sum;
}

uint64_t Avalanche(uint64_t sum) {
  sum = (sum ^ sum >> 33) * kPrime2;
  sum = (sum ^ sum >> 29) * kPrime3;
  return sum ^ sum >> 32;
}

}  // namespace

uint64_t XxHash64(std::string_view bytes, uint64_t seed) {
  const uint64_t size = bytes.size();
  const uint64_t sum = size >= 32 ? SumOfStripes(&bytes, seed) : seed + kPrime5;
  return Avalanche(AddRest(sum + size, bytes));
}

}  // namespace myna

#include "companding.h"

#include <cstddef>

namespace myna {
namespace {

// Both laws: a sign, three bits of segment, four bits of place in it. The value is the middle of
// what the byte stands for.
CompandingTable Expand(int (*magnitude)(int segment, int place), int toggled,
                       bool set_is_positive) {
  CompandingTable table;
  for (int byte = 0; byte < 256; ++byte) {
    const int bits = byte ^ toggled;
    const int value = magnitude(bits >> 4 & 7, bits & 15);
    const bool positive = ((bits & 0x80) != 0) == set_is_positive;
    table[static_cast<size_t>(byte)] = static_cast<int16_t>(positive ? value : -value);
  }
  return table;
}

int MuLaw(int segment, int place) { return ((place * 8 + 132) << segment) - 132; }

int ALaw(int segment, int place) {
  return segment == 0 ? place * 16 + 8 : (place * 16 + 264) << (segment - 1);
}

}  // namespace

const CompandingTable& MuLawToLinear() {
  static const CompandingTable table = Expand(MuLaw, 0xFF, false);
  return table;
}

const CompandingTable& ALawToLinear() {
  static const CompandingTable table = Expand(ALaw, 0x55, true);
  return table;
}

}  // namespace myna

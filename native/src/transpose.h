// Rows of floats that become columns.

#ifndef MYNA_TRANSPOSE_H_
#define MYNA_TRANSPOSE_H_

#include <cstdint>
#include <cstring>

namespace myna {

// to[j * to_step + i] = from[i * from_step + j] for i, j < 4, by vectors that every x86-64 has.
inline void Transpose4x4(const float* from, int64_t from_step, float* to, int64_t to_step) {
  typedef float Four __attribute__((vector_size(16)));
#if defined(__clang__)
#define MYNA_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
  typedef int32_t Places __attribute__((vector_size(16)));
#define MYNA_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, Places{__VA_ARGS__})
#endif
  Four rows[4];
  for (int i = 0; i < 4; ++i) std::memcpy(&rows[i], from + i * from_step, sizeof(Four));
  const Four low_first = MYNA_SHUFFLE(rows[0], rows[1], 0, 4, 1, 5);
  const Four high_first = MYNA_SHUFFLE(rows[0], rows[1], 2, 6, 3, 7);
  const Four low_last = MYNA_SHUFFLE(rows[2], rows[3], 0, 4, 1, 5);
  const Four high_last = MYNA_SHUFFLE(rows[2], rows[3], 2, 6, 3, 7);
  const Four columns[4] = {
      MYNA_SHUFFLE(low_first, low_last, 0, 1, 4, 5), MYNA_SHUFFLE(low_first, low_last, 2, 3, 6, 7),
      MYNA_SHUFFLE(high_first, high_last, 0, 1, 4, 5),
      MYNA_SHUFFLE(high_first, high_last, 2, 3, 6, 7)};
#undef MYNA_SHUFFLE
  for (int j = 0; j < 4; ++j) std::memcpy(to + j * to_step, &columns[j], sizeof(Four));
}

}  // namespace myna

#endif  // MYNA_TRANSPOSE_H_

// What must hold whatever the input: a target ends with SIGABRT where it does not.

#ifndef MYNA_NATIVE_FUZZ_REQUIRE_H_
#define MYNA_NATIVE_FUZZ_REQUIRE_H_

#include <cstdio>
#include <cstdlib>

// The line is that of the caller (gcc's and clang's __builtin_LINE).
inline void Require(bool holds, int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "line %d: what is required does not hold\n", line);
  std::abort();
}

#endif  // MYNA_NATIVE_FUZZ_REQUIRE_H_

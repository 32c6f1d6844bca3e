// What must hold whatever the input: a target ends with SIGABRT where it does not.

#ifndef MYNA_NATIVE_FUZZ_REQUIRE_H_
#define MYNA_NATIVE_FUZZ_REQUIRE_H_

#include <cstdlib>

inline void Require(bool holds) {
  if (!holds) std::abort();
}

#endif  // MYNA_NATIVE_FUZZ_REQUIRE_H_

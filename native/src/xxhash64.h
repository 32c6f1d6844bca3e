// A checksum as fast as memory.

#ifndef MYNA_NATIVE_XXHASH64_H_
#define MYNA_NATIVE_XXHASH64_H_

#include <cstdint>
#include <string_view>

namespace myna {

// XXH64 as xxHash's specification has it (doc/xxhash_spec.md of Cyan4973/xxHash, version 0.1.1).
// It finds accidents, not forgeries.
uint64_t XxHash64(std::string_view bytes, uint64_t seed);

}  // namespace myna

#endif  // MYNA_NATIVE_XXHASH64_H_

// Input: the beginning of an audio file.

#include "audio_head.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "byte_source.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const auto source = myna::MemorySource({reinterpret_cast<const char*>(data), size});
  myna::LooksLikeMarkup(*source);
  Require(myna::AnnouncedFrames(*source) >= -1);
  return 0;
}

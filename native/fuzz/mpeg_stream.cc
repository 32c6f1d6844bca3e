// Input: 16 bytes for two offsets to read at, then an MPEG file.

#include "mpeg_stream.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "byte_source.h"
#include "require.h"

namespace {

void ReadAround(myna::ByteSource& source, int64_t offset) {
  std::array<char, 300> target;
  for (const int64_t at : {offset, source.size() - 200, source.size() - 1, source.size()}) {
    const int64_t got = source.ReadAt(at, target.data(), target.size());
    Require(got >= 0 && got <= static_cast<int64_t>(target.size()));
    Require(got == 0 || at + got <= source.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  std::array<int64_t, 2> offsets;
  if (size < sizeof offsets) return 0;
  std::memcpy(offsets.data(), data, sizeof offsets);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + sizeof offsets,
                               size - sizeof offsets);
  auto source = myna::MemorySource(bytes);
  Require(myna::MpegStart(*source) >= 0);
  Require(myna::MpegAnnouncedFrames(*source) >= -1);
  source = myna::WithMpegRoom(std::move(source));
  for (const int64_t offset : offsets) ReadAround(*source, offset);
  return 0;
}

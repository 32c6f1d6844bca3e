#include "audio_head.h"

#include <array>
#include <cstring>

#include "mpeg_stream.h"

namespace myna {
namespace {

using Bytes = std::array<unsigned char, 1024>;

uint32_t Little32(const unsigned char* p) {
  return p[0] | p[1] << 8 | p[2] << 16 | static_cast<uint32_t>(p[3]) << 24;
}

bool Begins(const unsigned char* bytes, const char* text) {
  return std::memcmp(bytes, text, std::strlen(text)) == 0;
}

// Programs that write into a pipe cannot know the length; they leave 0, all ones or a huge value.
bool IsPlaceholder(uint32_t bytes) { return bytes == 0 || bytes >= 0x7FFFF000u; }

// The samples a RIFF WAVE file promises by its data chunk. Only encodings of a fixed size a
// sample; the layout is in Microsoft's "Multimedia Programming Interface and Data Specifications".
int64_t WaveFrames(ByteSource& source) {
  Bytes chunk{};
  int64_t block = 0;
  int64_t offset = 12;
  while (source.ReadAt(offset, chunk.data(), 24) >= 8) {
    const uint32_t length = Little32(chunk.data() + 4);
    if (Begins(chunk.data(), "fmt ")) {
      const int kind = chunk[8] | chunk[9] << 8;  // linear, float, A-law, mu-law, extensible
      const bool fixed = kind == 1 || kind == 3 || kind == 6 || kind == 7 || kind == 0xFFFE;
      block = fixed ? (chunk[20] | chunk[21] << 8) : 0;
    }
    if (Begins(chunk.data(), "data"))
      return block == 0 || IsPlaceholder(length) ? -1 : length / block;
    offset += 8 + static_cast<int64_t>(length) + (length & 1);
  }
  return -1;
}

}  // namespace

bool LooksLikeMarkup(ByteSource& source) {
  Bytes head{};
  const int64_t count = source.ReadAt(0, head.data(), head.size());
  for (int64_t i = 0; i < count; ++i) {
    const unsigned char byte = head[i];
    const bool mark = i < 3 && (byte == 0xEF || byte == 0xBB || byte == 0xBF);  // UTF-8
    const bool wide = i < 2 && (byte == 0xFE || byte == 0xFF);                  // UTF-16
    const bool space = byte == ' ' || (byte >= 0x09 && byte <= 0x0D) || (byte == 0 && i > 1);
    if (!mark && !wide && !space) return byte == '<';
  }
  return false;
}

int64_t AnnouncedFrames(ByteSource& source) {
  Bytes head{};
  if (source.ReadAt(0, head.data(), head.size()) < 44) return -1;
  if (Begins(head.data(), "RIFF") && Begins(head.data() + 8, "WAVE")) return WaveFrames(source);
  return MpegAnnouncedFrames(source);
}

}  // namespace myna

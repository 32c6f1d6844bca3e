#include "audio_head.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

namespace myna {
namespace {

using Bytes = std::array<unsigned char, 1024>;

uint32_t Little32(const unsigned char* p) {
  return p[0] | p[1] << 8 | p[2] << 16 | static_cast<uint32_t>(p[3]) << 24;
}

uint32_t Big32(const unsigned char* p) {
  return static_cast<uint32_t>(p[0]) << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

bool Begins(const unsigned char* bytes, const char* text) {
  return std::memcmp(bytes, text, std::strlen(text)) == 0;
}

// An ID3v2 tag's length with its 10-byte header (https://id3.org/id3v2.4.0-structure, 3.1: four
// bytes of seven bits), 0 when there is none.
int64_t Id3Length(const unsigned char* head) {
  if (!Begins(head, "ID3")) return 0;
  const int64_t body =
      (head[6] & 0x7F) << 21 | (head[7] & 0x7F) << 14 | (head[8] & 0x7F) << 7 | (head[9] & 0x7F);
  const bool has_footer = (head[5] & 0x10) != 0;
  return 10 + body + (has_footer ? 10 : 0);
}

// The samples an MPEG layer III file promises in the Xing/Info tag of its first frame, less the
// encoder's delay and padding when the LAME extension gives them
// (http://gabriel.mp3-tech.org/mp3infotag.html).
int64_t MpegFrames(ByteSource& source, int64_t offset) {
  Bytes frame{};
  if (source.ReadAt(offset, frame.data(), 256) < 192) return -1;
  if (frame[0] != 0xFF || (frame[1] & 0xE0) != 0xE0) return -1;
  const bool layer_three = (frame[1] & 0x06) == 0x02;
  const bool version_one = (frame[1] & 0x18) == 0x18;
  const bool one_channel = (frame[3] & 0xC0) == 0xC0;
  const bool has_checksum = (frame[1] & 0x01) == 0;
  if (!layer_three) return -1;
  const int side_information = version_one ? (one_channel ? 17 : 32) : (one_channel ? 9 : 17);
  // Writers differ on whether the tag leaves room for the checksum.
  const unsigned char* tag = frame.data() + 4 + side_information;
  if (has_checksum && !Begins(tag, "Xing") && !Begins(tag, "Info")) tag += 2;
  if (!Begins(tag, "Xing") && !Begins(tag, "Info")) return -1;
  const uint32_t flags = Big32(tag + 4);
  if ((flags & 1) == 0) return -1;
  const int64_t samples = static_cast<int64_t>(Big32(tag + 8)) * (version_one ? 1152 : 576);
  const int to_lame =
      8 + 4 + ((flags & 2) ? 4 : 0) + ((flags & 4) ? 100 : 0) + ((flags & 8) ? 4 : 0);
  const unsigned char* delays = tag + to_lame + 21;
  if (delays[-21] == 0) return samples;
  const int delay = delays[0] << 4 | delays[1] >> 4;
  const int padding = (delays[1] & 0x0F) << 8 | delays[2];
  return std::max<int64_t>(samples - delay - padding, 0);
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

// NIST SPHERE: 1024 bytes of text with a line "sample_count -i N".
int64_t SphereFrames(const Bytes& head) {
  const std::string text(head.begin(), head.end());
  const size_t at = text.find("sample_count -i ");
  return at == std::string::npos ? -1 : std::atoll(text.c_str() + at + 16);
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
  if (Begins(head.data(), "NIST_1A")) return SphereFrames(head);
  return MpegFrames(source, Id3Length(head.data()));
}

}  // namespace myna

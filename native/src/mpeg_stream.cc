#include "mpeg_stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace myna {
namespace {

using Head = std::array<unsigned char, 256>;

uint32_t Big32(const unsigned char* p) {
  return static_cast<uint32_t>(p[0]) << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

bool Begins(const unsigned char* bytes, const char* text) {
  return std::memcmp(bytes, text, std::strlen(text)) == 0;
}

// The fields of a layer III frame header (ISO/IEC 11172-3, 2.4.1.3; 13818-3 for the lower rates).
struct FrameHeader {
  bool version_one;  // 32 to 48 kHz; else MPEG 2 or 2.5
  bool one_channel;
  bool has_checksum;

  int samples() const { return version_one ? 1152 : 576; }
  int side_information() const {
    return version_one ? (one_channel ? 17 : 32) : (one_channel ? 9 : 17);
  }
};

std::optional<FrameHeader> ParseHeader(const unsigned char* b) {
  const int version = b[1] >> 3 & 3;  // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
  const int bit_rate = b[2] >> 4;
  const int rate = b[2] >> 2 & 3;
  const bool layer_three = (b[1] >> 1 & 3) == 1;
  const bool synchronised = b[0] == 0xFF && (b[1] & 0xE0) == 0xE0;
  if (!synchronised || !layer_three || version == 1 || bit_rate == 15 || rate == 3) return {};
  return FrameHeader{version == 3, b[3] >> 6 == 3, (b[1] & 1) == 0};
}

// The first frame and the place of its tag in `head`, 0 when it has none.
struct FirstFrame {
  FrameHeader header;
  int tag;
};

std::optional<FirstFrame> ReadFirstFrame(ByteSource& source, int64_t start, Head* head) {
  head->fill(0);
  if (source.ReadAt(start, head->data(), 192) < 4) return {};
  const std::optional<FrameHeader> header = ParseHeader(head->data());
  if (!header) return {};
  // Writers differ on whether the tag leaves room for the checksum.
  for (const int gap : {0, header->has_checksum ? 2 : 0}) {
    const int tag = 4 + header->side_information() + gap;
    if (Begins(head->data() + tag, "Xing") || Begins(head->data() + tag, "Info"))
      return FirstFrame{*header, tag};
  }
  return FirstFrame{*header, 0};
}

// Seems to be 64 times as long: no layer III frame is longer than 1441 bytes or shorter than 24.
// Between the real end and the last 128 bytes nothing can be read; those are zero, because decoders
// look there for an ID3v1 tag and take the file for unseekable when they cannot be read.
class Stretched : public ByteSource {
 public:
  explicit Stretched(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  int64_t size() const override { return 64 * source_->size() + kTail; }
  int error() const override { return source_->error(); }
  int64_t ReadAt(int64_t offset, void* target, int64_t count) override {
    if (offset < 0) return 0;
    const int64_t left = size() - offset;
    if (left > kTail || left <= 0) return source_->ReadAt(offset, target, count);
    const int64_t given = std::min(count, left);
    std::memset(target, 0, static_cast<size_t>(given));
    return given;
  }

 private:
  static constexpr int64_t kTail = 128;
  std::unique_ptr<ByteSource> source_;
};

}  // namespace

int64_t MpegStart(ByteSource& source) {
  // https://id3.org/id3v2.4.0-structure, 3.1: a header of 10 bytes, the length in four bytes of
  // seven bits, and a footer when bit 4 of the flags is set.
  unsigned char b[10];
  if (source.ReadAt(0, b, 10) < 10 || !Begins(b, "ID3")) return 0;
  const int64_t body =
      (b[6] & 0x7F) << 21 | (b[7] & 0x7F) << 14 | (b[8] & 0x7F) << 7 | (b[9] & 0x7F);
  return 10 + body + ((b[5] & 0x10) != 0 ? 10 : 0);
}

int64_t MpegAnnouncedFrames(ByteSource& source) {
  Head head;
  const std::optional<FirstFrame> first = ReadFirstFrame(source, MpegStart(source), &head);
  if (!first || first->tag == 0) return -1;
  const unsigned char* tag = head.data() + first->tag;
  const uint32_t flags = Big32(tag + 4);  // 1: frames, 2: bytes, 4: table of contents, 8: quality
  if ((flags & 1) == 0) return -1;
  const int64_t samples = static_cast<int64_t>(Big32(tag + 8)) * first->header.samples();
  const unsigned char* lame =
      tag + 12 + ((flags & 2) ? 4 : 0) + ((flags & 4) ? 100 : 0) + ((flags & 8) ? 4 : 0);
  if (lame[0] == 0) return samples;
  const int delay = lame[21] << 4 | lame[22] >> 4;
  const int padding = (lame[22] & 0x0F) << 8 | lame[23];
  return std::max<int64_t>(samples - delay - padding, 0);
}

std::unique_ptr<ByteSource> WithMpegRoom(std::unique_ptr<ByteSource> source) {
  Head head;
  const int64_t start = MpegStart(*source);
  const std::optional<FirstFrame> first = ReadFirstFrame(*source, start, &head);
  if (!first || first->tag != 0) return source;
  return std::make_unique<Stretched>(std::move(source));
}

}  // namespace myna

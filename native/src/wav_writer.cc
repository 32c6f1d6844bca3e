#include "wav_writer.h"

#include <cstring>
#include <utility>

#include "int16_samples.h"

namespace myna {
namespace {

constexpr int64_t kHeader = 44;

void PutLittle(unsigned char* to, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to[i] = static_cast<unsigned char>(value >> (8 * i));
}

// The canonical header: RIFF, one 16-byte fmt chunk, one data chunk.
void PutHeader(unsigned char* to, int sample_rate, int64_t samples) {
  const auto bytes = static_cast<uint32_t>(2 * samples);
  const auto rate = static_cast<uint32_t>(sample_rate);
  std::memcpy(to, "RIFF....WAVEfmt ", 16);
  PutLittle(to + 4, 36 + bytes, 4);
  PutLittle(to + 16, 16, 4);  // length of the fmt chunk
  PutLittle(to + 20, 1, 2);   // linear PCM
  PutLittle(to + 22, 1, 2);   // channels
  PutLittle(to + 24, rate, 4);
  PutLittle(to + 28, 2 * rate, 4);  // bytes a second
  PutLittle(to + 32, 2, 2);         // bytes a frame
  PutLittle(to + 34, 16, 2);        // bits a sample
  std::memcpy(to + 36, "data", 4);
  PutLittle(to + 40, bytes, 4);
}

}  // namespace

WavWriter::WavWriter(std::string temporary, std::string target, int sample_rate)
    : file_(std::move(temporary), std::move(target)), sample_rate_(sample_rate) {
  const unsigned char room[kHeader] = {};
  file_.Append(room, kHeader);
}

void WavWriter::Add(const float* samples, int64_t count) {
  if (count == 0) return;
  rounded_.resize(static_cast<size_t>(count));
  ToInt16(samples, count, rounded_.data());
  // The bytes as they stand: WAV is little-endian, and so is every machine that this is built for.
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  file_.Append(rounded_.data(), 2 * count);
}

WrittenClip WavWriter::Commit() {
  const int64_t samples = (file_.size() - kHeader) / 2;
  unsigned char header[kHeader];
  PutHeader(header, sample_rate_, samples);
  file_.Put(header, kHeader, 0);
  file_.Commit();
  return {samples, file_.size()};
}

}  // namespace myna

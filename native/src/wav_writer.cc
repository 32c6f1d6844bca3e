#include "wav_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "file_error.h"

namespace myna {
namespace {

constexpr size_t kHeader = 44;
constexpr size_t kFlush = 1 << 20;  // bytes: half a minute at 16 kHz

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

// GCC keeps clamping scalar for the sake of traps on NaN, which nobody asked for.
#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("O3", "no-trapping-math")))
#endif
void ToInt16(const float* samples, int64_t count, int16_t* out) {
  // Adding and taking away 1.5 * 2^23 leaves a float of this size rounded to a whole number, halves
  // to even; unlike lrintf, compilers turn it into vector instructions.
  constexpr float kRound = 12582912.0f;
  for (int64_t i = 0; i < count; ++i) {
    float value = samples[i] * 32768.0f;
    value = value < -32768.0f ? -32768.0f : value;
    value = value > 32767.0f ? 32767.0f : value;
    out[i] = static_cast<int16_t>(static_cast<int32_t>((value + kRound) - kRound));
  }
}

WavWriter::WavWriter(std::string temporary, std::string target, int sample_rate)
    : temporary_(std::move(temporary)),
      target_(std::move(target)),
      sample_rate_(sample_rate),
      buffer_(kHeader) {}

WavWriter::~WavWriter() {
  if (descriptor_ >= 0) close(descriptor_);
  if (exists_) unlink(temporary_.c_str());
}

void WavWriter::Add(const float* samples, int64_t count) {
  const size_t at = buffer_.size();
  rounded_.resize(static_cast<size_t>(count));
  ToInt16(samples, count, rounded_.data());
  buffer_.resize(at + 2 * rounded_.size());
  // The bytes as they stand: WAV is little-endian, and so is every machine that this is built for.
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  std::memcpy(buffer_.data() + at, rounded_.data(), 2 * rounded_.size());
  if (buffer_.size() >= kFlush) Flush();
}

void WavWriter::Open() {
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw FileError(errno, temporary_);
  exists_ = true;
}

void WavWriter::Write(const void* bytes, size_t count, int64_t offset) {
  const char* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t put = pwrite(descriptor_, from, count, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw FileError(errno, target_);
    from += put;
    offset += put;
    count -= static_cast<size_t>(put);
  }
}

void WavWriter::Flush() {
  const bool first = descriptor_ < 0;
  if (first) Open();
  const int64_t room = first ? 0 : static_cast<int64_t>(kHeader);
  Write(buffer_.data(), buffer_.size(), room + 2 * written_);
  written_ += static_cast<int64_t>(buffer_.size() - (first ? kHeader : 0)) / 2;
  buffer_.clear();
}

int64_t WavWriter::Commit() {
  if (descriptor_ < 0) {
    PutHeader(buffer_.data(), sample_rate_, static_cast<int64_t>(buffer_.size() - kHeader) / 2);
    Flush();
  } else {
    Flush();
    unsigned char header[kHeader];
    PutHeader(header, sample_rate_, written_);
    Write(header, kHeader, 0);
  }
#ifdef SYNC_FILE_RANGE_WRITE
  // Begin to write it to the disk while others are converted; nobody waits, and failing is no harm.
  (void)sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
  // Some file systems report a full disk only here.
  const int closed = close(std::exchange(descriptor_, -1));
  if (closed != 0) throw FileError(errno, target_);
  Rename();
  exists_ = false;
  return written_;
}

void WavWriter::Rename() {
  if (rename(temporary_.c_str(), target_.c_str()) == 0) return;
  if (errno != ENOENT) throw FileError(errno, target_);
  const std::filesystem::path folder = std::filesystem::path(target_).parent_path();
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) throw FileError(failure.value(), folder.string());
  if (rename(temporary_.c_str(), target_.c_str()) != 0) throw FileError(errno, target_);
}

}  // namespace myna

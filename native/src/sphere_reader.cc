#include "sphere_reader.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "audio_problem.h"
#include "companding.h"
#include "shorten_decoder.h"
#include "sphere_header.h"

namespace myna {
namespace {

// Old corpora (SPIDRE, early Switchboard) count the samples of all channels together: true when
// what is there says so.
bool CountsAllChannels(const SphereHeader& header, int64_t frames) {
  return header.channels > 1 && frames > 0 && header.sample_count == frames * header.channels;
}

// Bytes to samples in [-1, 1].
class SampleFormat {
 public:
  explicit SampleFormat(const SphereHeader& header)
      : bytes_(header.sample_bytes), big_endian_(header.big_endian) {
    if (header.coding == SphereCoding::kPcm) return;
    table_ = header.coding == SphereCoding::kMuLaw ? &MuLawToLinear() : &ALawToLinear();
  }

  void Convert(const unsigned char* from, int64_t count, float* target) const {
    if (table_ != nullptr) {
      for (int64_t i = 0; i < count; ++i) target[i] = (*table_)[from[i]] / 32768.0f;
      return;
    }
    for (int64_t i = 0; i < count; ++i, from += bytes_) target[i] = Linear(from);
  }

 private:
  // Of 32 bits, with the sample's own at the top.
  float Linear(const unsigned char* from) const {
    uint32_t bits = 0;
    for (int i = 0; i < bytes_; ++i) {
      const int place = big_endian_ ? i : bytes_ - 1 - i;
      bits |= static_cast<uint32_t>(from[place]) << (24 - 8 * i);
    }
    return static_cast<float>(static_cast<int32_t>(bits)) / 2147483648.0f;
  }

  int bytes_;
  bool big_endian_;
  const CompandingTable* table_ = nullptr;
};

class PlainSphere : public SampleReader {
 public:
  PlainSphere(std::unique_ptr<ByteSource> source, const SphereHeader& header)
      : source_(std::move(source)),
        header_(header),
        format_(header),
        frame_bytes_(header.sample_bytes * header.channels),
        frames_((source_->size() - header.data_start) / frame_bytes_) {
    if (CountsAllChannels(header_, frames_)) header_.sample_count = frames_;
    if (header_.sample_count >= 0) frames_ = std::min(frames_, header_.sample_count);
  }

  int rate() const override { return header_.rate; }
  int channels() const override { return header_.channels; }
  int64_t announced() const override { return header_.sample_count; }
  int error() const override { return source_->error(); }

  int64_t Read(float* target, int64_t frames) override {
    const int64_t wanted = std::min(frames, frames_ - next_);
    bytes_.resize(static_cast<size_t>(wanted * frame_bytes_));
    const int64_t got = source_->ReadAt(header_.data_start + next_ * frame_bytes_, bytes_.data(),
                                        wanted * frame_bytes_) /
                        frame_bytes_;
    format_.Convert(bytes_.data(), got * header_.channels, target);
    next_ += got;
    return got;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  SphereHeader header_;
  SampleFormat format_;
  int64_t frame_bytes_;  // of all channels
  int64_t frames_;       // that are there
  int64_t next_ = 0;
  std::vector<unsigned char> bytes_;
};

class ShortenedSphere : public SampleReader {
 public:
  ShortenedSphere(std::unique_ptr<ByteSource> source, const SphereHeader& header)
      : source_(std::move(source)), header_(header), decoder_(*source_, header.data_start) {
    if (decoder_.channels() != header.channels)
      throw AudioProblem("decode_error",
                         "NIST SPHERE: a channel_count of " + std::to_string(header.channels) +
                             " before a shorten stream of " + std::to_string(decoder_.channels()));
  }

  int rate() const override { return header_.rate; }
  int channels() const override { return header_.channels; }
  int64_t announced() const override { return header_.sample_count; }
  int error() const override { return source_->error(); }

  int64_t Read(float* target, int64_t frames) override {
    int64_t given = 0;
    while (given < frames && Fill()) {
      const int64_t from = place_;
      const int64_t taken = Take(frames - given);
      std::copy_n(block_->data() + from * header_.channels, taken * header_.channels,
                  target + given * header_.channels);
      given += taken;
    }
    return given;
  }

 private:
  // True when the block in hand has samples left.
  bool Fill() {
    if (done_ == header_.sample_count) return false;
    if (place_ < BlockFrames()) return true;
    block_ = &decoder_.Next();
    place_ = 0;
    if (!block_->empty()) return true;
    CheckEnd();
    return false;
  }

  int64_t Take(int64_t most) {
    int64_t taken = std::min(most, BlockFrames() - place_);
    if (header_.sample_count >= 0) taken = std::min(taken, header_.sample_count - done_);
    place_ += taken;
    done_ += taken;
    return taken;
  }

  int64_t BlockFrames() const {
    return block_ == nullptr ? 0 : static_cast<int64_t>(block_->size()) / header_.channels;
  }

  void CheckEnd() {
    if (CountsAllChannels(header_, done_)) header_.sample_count = done_;
    // Where nobody says how long it should be, nobody else can tell that it is cut off.
    if (header_.sample_count < 0 && !decoder_.complete() && source_->error() == 0)
      throw AudioProblem("decode_error",
                         "the shorten stream is cut off, and no sample_count says"
                         " by how much");
  }

  std::unique_ptr<ByteSource> source_;
  SphereHeader header_;
  ShortenDecoder decoder_;
  const std::vector<float>* block_ = nullptr;
  int64_t place_ = 0;  // in the block
  int64_t done_ = 0;   // samples of each channel before it
};

}  // namespace

std::unique_ptr<SampleReader> OpenSphere(std::unique_ptr<ByteSource> source) {
  const SphereHeader header = ReadSphereHeader(*source);
  if (header.shortened) return std::make_unique<ShortenedSphere>(std::move(source), header);
  return std::make_unique<PlainSphere>(std::move(source), header);
}

}  // namespace myna

#include "audio_decoder.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "audio_head.h"
#include "sndfile_reader.h"
#include "sphere_header.h"
#include "sphere_reader.h"

namespace myna {
namespace {

constexpr int64_t kBlockSamples = 16384;  // of all channels together

bool HasNonNumber(const float* samples, int64_t count) {
  uint32_t found = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, samples + i, sizeof bits);
    found |= static_cast<uint32_t>((bits & 0x7F800000u) == 0x7F800000u);
  }
  return found != 0;
}

std::unique_ptr<SampleReader> OpenReader(const SndfileLibrary& library,
                                         std::unique_ptr<ByteSource> source) {
  if (source->size() == 0) throw AudioProblem("empty_file", "the file has 0 bytes");
  if (LooksLikeMarkup(*source)) throw AudioProblem("not_audio", "a web page or XML, not audio");
  if (IsSphere(*source)) return OpenSphere(std::move(source));
  return std::make_unique<SndfileReader>(library, std::move(source));
}

}  // namespace

AudioDecoder::AudioDecoder(const SndfileLibrary& library, std::unique_ptr<ByteSource> source)
    : reader_(OpenReader(library, std::move(source))) {}

int64_t AudioDecoder::Next() {
  const int64_t frames = std::max<int64_t>(kBlockSamples / channels(), 1);
  interleaved_.resize(static_cast<size_t>(frames * channels()));
  frames_ = reader_->Read(interleaved_.data(), frames);
  if (HasNonNumber(interleaved_.data(), frames_ * channels()))
    throw AudioProblem("decode_error", "samples that are not numbers (infinite or NaN)");
  return frames_;
}

void AudioDecoder::Mix(int channel, std::vector<float>* block) const {
  const int channels = this->channels();
  block->resize(static_cast<size_t>(frames_));
  float* to = block->data();
  const float* samples = interleaved_.data();
  if (channels == 1) {
    std::copy(samples, samples + frames_, to);
  } else if (channel >= 0) {
    for (int64_t i = 0; i < frames_; ++i) to[i] = samples[i * channels + channel];
  } else {
    const float share = 1.0f / static_cast<float>(channels);
    for (int64_t i = 0; i < frames_; ++i, samples += channels) {
      float sum = 0;
      for (int c = 0; c < channels; ++c) sum += samples[c];
      to[i] = sum * share;
    }
  }
}

}  // namespace myna

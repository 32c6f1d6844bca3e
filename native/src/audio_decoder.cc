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

AudioDecoder::AudioDecoder(const SndfileLibrary& library, std::unique_ptr<ByteSource> source,
                           int channel)
    : reader_(OpenReader(library, std::move(source))), channel_(channel) {
  if (channel_ < channels()) return;
  throw AudioProblem("decode_error", "channel " + std::to_string(channel_) + " of a file with " +
                                         std::to_string(channels()) + " (counted from 0)");
}

const std::vector<float>& AudioDecoder::Next(int64_t most) {
  const int64_t frames = std::min(most, std::max<int64_t>(kBlockSamples / channels(), 1));
  interleaved_.resize(static_cast<size_t>(frames * channels()));
  Mix(frames > 0 ? reader_->Read(interleaved_.data(), frames) : 0);
  return block_;
}

void AudioDecoder::Mix(int64_t frames) {
  const int channels = this->channels();
  if (HasNonNumber(interleaved_.data(), frames * channels))
    throw AudioProblem("decode_error", "samples that are not numbers (infinite or NaN)");
  block_.resize(static_cast<size_t>(frames));
  const float* samples = interleaved_.data();
  if (channels == 1) {
    std::copy(samples, samples + frames, block_.begin());
  } else if (channel_ >= 0) {
    for (int64_t i = 0; i < frames; ++i) block_[i] = samples[i * channels + channel_];
  } else {
    const float share = 1.0f / static_cast<float>(channels);
    for (int64_t i = 0; i < frames; ++i, samples += channels) {
      float sum = 0;
      for (int c = 0; c < channels; ++c) sum += samples[c];
      block_[i] = sum * share;
    }
  }
}

}  // namespace myna

// Input: a byte for the frames read at once, then a SPHERE file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "audio_problem.h"
#include "byte_source.h"
#include "require.h"
#include "sample_reader.h"
#include "sphere_header.h"
#include "sphere_reader.h"

namespace {

constexpr int64_t kMostSamples = 1 << 20;  // of all channels: a block of zeros takes five bits

struct Reading {
  std::vector<float> samples;
  bool failed = false;
};

// All that a file gives, or up to kMostSamples.
Reading ReadAll(std::string_view bytes, int64_t frames) {
  Reading reading;
  try {
    auto source = myna::MemorySource(bytes);
    if (!myna::IsSphere(*source)) throw myna::AudioProblem("not_audio", "");
    const auto reader = myna::OpenSphere(std::move(source));
    const int channels = reader->channels();
    Require(channels > 0 && reader->rate() > 0 && reader->announced() >= -1);
    std::vector<float> block(static_cast<size_t>(frames * channels));
    for (int64_t got = frames; got == frames;) {
      got = reader->Read(block.data(), frames);
      Require(got >= 0 && got <= frames);
      reading.samples.insert(reading.samples.end(), block.begin(), block.begin() + got * channels);
      if (static_cast<int64_t>(reading.samples.size()) > kMostSamples) break;
    }
    Require(reader->announced() < 0 ||
            static_cast<int64_t>(reading.samples.size()) / channels <= reader->announced());
  } catch (const myna::AudioProblem& problem) {
    Require(std::strchr(problem.what(), '\n') == nullptr);
    reading.failed = true;
  }
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading whole = ReadAll(bytes, 1024);
  for (const float sample : whole.samples) Require(sample >= -1 && sample <= 1);
  const Reading pieces = ReadAll(bytes, 1 + data[0]);
  if (whole.samples.size() > kMostSamples || pieces.samples.size() > kMostSamples) return 0;
  Require(whole.failed == pieces.failed);
  Require(whole.failed || whole.samples == pieces.samples);
  return 0;
}

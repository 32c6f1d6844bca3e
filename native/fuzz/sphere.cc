// Input: two bytes for a place to begin at, one for the frames read at once, then a SPHERE file.

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

// All that a file gives from a place on, or up to kMostSamples.
Reading ReadFrom(std::string_view bytes, int64_t place, int64_t frames) {
  Reading reading;
  try {
    auto source = myna::MemorySource(bytes);
    if (!myna::IsSphere(*source)) throw myna::AudioProblem("not_audio", "");
    const auto reader = myna::OpenSphere(std::move(source));
    const int channels = reader->channels();
    Require(channels > 0 && reader->rate() > 0 && reader->announced() >= -1);
    reader->Seek(place);
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
  if (size < 3) return 0;
  const int64_t place = data[0] | data[1] << 8;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  const Reading whole = ReadFrom(bytes, 0, 1024);
  for (const float sample : whole.samples) Require(sample >= -1 && sample <= 1);
  if (whole.failed) return 0;
  // What is read from a place on is the end of what is read from the beginning on.
  const Reading part = ReadFrom(bytes, place, 1 + data[2]);
  if (whole.samples.size() > kMostSamples || part.samples.size() > kMostSamples) return 0;
  Require(!part.failed && part.samples.size() <= whole.samples.size());
  const auto from = whole.samples.end() - static_cast<std::ptrdiff_t>(part.samples.size());
  Require(std::equal(part.samples.begin(), part.samples.end(), from));
  return 0;
}

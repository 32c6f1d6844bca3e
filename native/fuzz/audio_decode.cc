// Input: four bytes of options, then an encoded file: all that becomes of one clip in memory.
//
// libsndfile is the one that the environment variable MYNA_SNDFILE names.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include "clip_converter.h"
#include "require.h"
#include "sndfile_library.h"

namespace {

constexpr double kMostSeconds = 4;  // decoded of one input
constexpr int kRates[] = {16000, 8000, 44100, 1000};

const myna::SndfileLibrary& Library() {
  const char* path = std::getenv("MYNA_SNDFILE");
  return myna::LoadSndfile({path != nullptr ? path : "libsndfile.so.1"});
}

myna::ClipJob JobOf(const uint8_t* options, std::string_view bytes) {
  const int channel = options[0] % 4 - 1;
  const double start = options[1] % 2 == 0 ? 0 : options[1] / 64.0;
  const auto end = options[2] % 2 == 0 ? std::nullopt : std::optional(options[2] / 64.0);
  return {"", bytes, "", channel, start, end};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const myna::ClipJob job = JobOf(data, {reinterpret_cast<const char*>(data) + 4, size - 4});
  const int rate = kRates[data[3] % 4];
  const bool keep_partial = data[3] / 4 % 2 == 1;
  const myna::ConvertOptions options{"", 1, rate, 0.0, kMostSeconds, keep_partial};
  myna::ClipOutcome outcome;
  const std::vector<int16_t> samples = myna::DecodeClip(Library(), job, options, &outcome);
  Require(samples.empty() || outcome.problem.empty());
  Require(static_cast<std::size_t>(outcome.frames) == samples.size());
  Require(static_cast<double>(samples.size()) <= (kMostSeconds + 0.01) * rate);
  return 0;
}

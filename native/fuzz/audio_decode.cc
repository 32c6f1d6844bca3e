// Input: four bytes of options, then an encoded file: all that becomes of one clip in memory, and of
// the same clip when others are cut out of the recording in the same pass.
//
// libsndfile is the one that the environment variable MYNA_SNDFILE names.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "int16_samples.h"
#include "recording_cutter.h"
#include "require.h"
#include "sndfile_library.h"

namespace {

constexpr double kMostSeconds = 4;  // decoded of one input
constexpr int kRates[] = {16000, 8000, 44100, 1000};

const myna::SndfileLibrary& Library() {
  const char* path = std::getenv("MYNA_SNDFILE");
  return myna::LoadSndfile({path != nullptr ? path : "libsndfile.so.1"});
}

myna::Cut CutOf(const uint8_t* options) {
  const int channel = options[0] % 4 - 1;
  const double start = options[1] % 2 == 0 ? 0 : options[1] / 64.0;
  const auto end = options[2] % 2 == 0 ? std::nullopt : std::optional(options[2] / 64.0);
  return {"", channel, start, end};
}

// Keeps the samples of the one clip that is looked at, and drops the others'.
class Writer : public myna::ClipWriter {
 public:
  explicit Writer(std::vector<int16_t>* kept) : kept_(kept) {}
  void Add(const float* samples, int64_t count) override {
    rounded_.resize(static_cast<std::size_t>(count));
    myna::ToInt16(samples, count, rounded_.data());
    count_ += count;
    if (kept_ != nullptr) kept_->insert(kept_->end(), rounded_.begin(), rounded_.end());
  }
  myna::WrittenClip Commit() override { return {count_, 0}; }

 private:
  std::vector<int16_t>* kept_;
  std::vector<int16_t> rounded_;
  int64_t count_ = 0;
};

struct Result {
  myna::ClipOutcome outcome;  // of the first cut
  std::vector<int16_t> samples;
};

Result CutFirst(const myna::Recording& recording, const myna::CutOptions& options) {
  Result result;
  const myna::OpenWriter open = [&](const myna::Cut& cut) {
    const bool is_first = &cut == recording.cuts.data();
    return std::make_unique<Writer>(is_first ? &result.samples : nullptr);
  };
  const std::atomic<bool> never{false};
  result.outcome = myna::CutRecording(Library(), recording, options, open, never).front();
  if (!result.outcome.problem.empty()) result.samples.clear();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 4, size - 4};
  const int rate = kRates[data[3] % 4];
  const bool keep_partial = data[3] / 4 % 2 == 1;
  const double pad = data[3] / 8 % 4 / 10.0;
  const myna::CutOptions options{rate, 0.0, kMostSeconds, keep_partial, -60.0, pad, pad};
  const Result alone = CutFirst({"", bytes, {CutOf(data)}}, options);
  Require(alone.samples.empty() || alone.outcome.problem.empty());
  Require(static_cast<std::size_t>(alone.outcome.frames) == alone.samples.size());
  Require(static_cast<double>(alone.samples.size()) <= (kMostSeconds + 0.01) * rate);

  myna::Recording recording{"", bytes, {CutOf(data)}};
  for (int channel = -1; channel < 2; ++channel)
    for (int start = 0; start < 3; ++start)
      recording.cuts.push_back({"", channel, 0.3 * start, 0.3 * start + 0.5});
  const Result together = CutFirst(recording, options);
  Require(together.outcome.problem == alone.outcome.problem);
  Require(together.outcome.detail == alone.outcome.detail);
  Require(together.samples == alone.samples);
  return 0;
}

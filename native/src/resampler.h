// A stream of samples at one rate -> the same stream at another. Output sample m lies at the time
// of input sample m * source / target exactly: there is no delay. n inputs give
// round(n * target / source) outputs, halves rounded up, as soxr does.

#ifndef MYNA_RESAMPLER_H_
#define MYNA_RESAMPLER_H_

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "interpolated_stage.h"
#include "resample_plan.h"
#include "resampler_kernels.h"
#include "spectral_stage.h"

namespace myna {

// One half-band filter of a plan, with the samples it still needs.
class HalfStage {
 public:
  // The first sample pushed is number -lead.
  HalfStage(const HalfFilter& filter, const ResamplerKernels& kernels, int lead);
  // The number of outputs before output 0: those that inputs before and at 0 reach.
  int lead() const { return lead_; }
  void Push(const float* samples, int64_t count, std::vector<float>* out);
  void Finish(std::vector<float>* out);  // the outputs that reach into what follows the end

 private:
  void Produce(int64_t outputs, std::vector<float>* out);

  const HalfFilter& filter_;
  const ResamplerKernels& kernels_;
  int lead_;
  std::vector<float> held_;  // the next output is centred on held_[2 * pairs]
  std::vector<float> even_, odd_;
};

// The sharp filter of a plan.
class SharpStage {
 public:
  SharpStage(const SharpFilter& filter, const ResamplerKernels& kernels, int lead);
  void Push(const float* samples, int64_t count, std::vector<float>* out);
  void Finish(int64_t total, std::vector<float>* out);  // up to `total` outputs since the start

 private:
  void Produce(int lanes, std::vector<float>* out);
  void Transpose(int columns);

  const SharpFilter& filter_;
  const ResamplerKernels& kernels_;
  int lanes_;   // cycles produced at once
  int margin_;  // columns of a block beyond its lanes
  int64_t produced_ = 0;
  std::vector<float> held_;
  std::vector<float> block_;  // held_, transposed for TileInput
};

class Resampler {
 public:
  Resampler(std::shared_ptr<const ResamplePlan> plan, const ResamplerKernels& kernels);
  // Appends what can be told so far to `out`.
  void Push(const float* samples, int64_t count, std::vector<float>* out);
  void Finish(std::vector<float>* out);

 private:
  void Through(size_t stage, const float* samples, int64_t count, std::vector<float>* out);

  std::shared_ptr<const ResamplePlan> plan_;
  std::vector<HalfStage> halves_;
  std::vector<std::vector<float>> between_;  // what half stage i gives to the next
  std::variant<SpectralStage, SharpStage, InterpolatedStage> last_;
  int64_t consumed_ = 0;
};

// round(frames * target / source), halves up.
int64_t ResampledLength(int64_t frames, int64_t source_rate, int64_t target_rate);

}  // namespace myna

#endif  // MYNA_RESAMPLER_H_

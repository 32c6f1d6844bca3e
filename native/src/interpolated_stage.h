// The last stage of resampling for two rates without a small common ratio (44,056 Hz to 16 kHz is
// 4000/5507 after a half stage): a table of all its filters would be larger than the audio. The
// same windowed sinc is tabulated at 2048 places a sample and interpolated linearly between two;
// the error lies below -130 dB. About eight times slower than SharpStage.

#ifndef MYNA_INTERPOLATED_STAGE_H_
#define MYNA_INTERPOLATED_STAGE_H_

#include <cstdint>
#include <vector>

#include "resample_plan.h"
#include "resampler_kernels.h"

namespace myna {

class InterpolatedStage {
 public:
  // The first sample pushed is number -lead.
  InterpolatedStage(const InterpolatedFilter& filter, const ResamplerKernels& kernels, int lead);
  void Push(const float* samples, int64_t count, std::vector<float>* out);
  void Finish(int64_t total, std::vector<float>* out);  // up to `total` outputs since the start

 private:
  void Produce(int64_t total, std::vector<float>* out);

  const InterpolatedFilter& filter_;
  const ResamplerKernels& kernels_;
  int64_t produced_ = 0;
  int64_t dropped_ = 0;  // inputs, counted from -filter.lead, that held_ no longer has
  std::vector<float> held_;
};

}  // namespace myna

#endif  // MYNA_INTERPOLATED_STAGE_H_

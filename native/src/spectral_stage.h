// The last stage of resampling where the two rates have a ratio of small terms: spectral_filter.h.

#ifndef MYNA_SPECTRAL_STAGE_H_
#define MYNA_SPECTRAL_STAGE_H_

#include <cstdint>
#include <vector>

#include "resampler_kernels.h"
#include "spectral_filter.h"

namespace myna {

class SpectralStage {
 public:
  // The first sample pushed is number -lead.
  SpectralStage(const SpectralFilter& filter, const ResamplerKernels& kernels, int lead);
  void Push(const float* samples, int64_t count, std::vector<float>* out);
  void Finish(int64_t total, std::vector<float>* out);  // up to `total` outputs since the start

 private:
  void Produce(std::vector<float>* out);

  const SpectralFilter& filter_;
  const ResamplerKernels& kernels_;
  int64_t needed_;  // inputs of kSpectralBlocks blocks
  int64_t produced_ = 0;
  std::vector<float> held_;
};

}  // namespace myna

#endif  // MYNA_SPECTRAL_STAGE_H_

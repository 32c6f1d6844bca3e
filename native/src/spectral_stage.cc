#include "spectral_stage.h"

#include <algorithm>

#include "transpose.h"

namespace myna {

SpectralStage::SpectralStage(const SpectralFilter& filter, const ResamplerKernels& kernels,
                             int lead)
    : filter_(filter),
      kernels_(kernels),
      needed_(int64_t{filter.down} * ((kSpectralBlocks - 1) * filter.hop + kSpectralPoints)) {
  // held_[0] is input -filter.lead. What was pushed before that reaches no output.
  held_.assign(static_cast<size_t>(std::max(filter.lead - lead, 0)), 0.0f);
}

void SpectralStage::Push(const float* samples, int64_t count, std::vector<float>* out) {
  held_.insert(held_.end(), samples, samples + count);
  while (static_cast<int64_t>(held_.size()) >= needed_) Produce(out);
}

void SpectralStage::Finish(int64_t total, std::vector<float>* out) {
  while (produced_ < total) {
    if (static_cast<int64_t>(held_.size()) < needed_)
      held_.resize(static_cast<size_t>(needed_), 0.0f);
    Produce(out);
  }
  out->resize(out->size() - static_cast<size_t>(produced_ - total));
}

void SpectralStage::Produce(std::vector<float>* out) {
  const int64_t points = int64_t{filter_.down} * kSpectralPoints;
  // Kept from clip to clip: memory of this size would come fresh from the system each time.
  static thread_local std::vector<float> inputs, outputs;
  inputs.resize(static_cast<size_t>(kSpectralBlocks * points));
  outputs.resize(static_cast<size_t>(kSpectralBlocks * filter_.up * kSpectralPoints));
  const int64_t step = int64_t{filter_.down} * filter_.hop;
  for (int64_t n = 0; n < points; n += 4)
    for (int block = 0; block < kSpectralBlocks; block += 4)
      Transpose4x4(held_.data() + block * step + n, step,
                   inputs.data() + n * kSpectralBlocks + block, kSpectralBlocks);
  kernels_.filter_blocks(filter_, inputs.data(), outputs.data());
  const int64_t given = int64_t{filter_.up} * filter_.hop;
  const size_t at = out->size();
  out->resize(at + static_cast<size_t>(kSpectralBlocks * given));
  const float* from = outputs.data() + filter_.lead / filter_.down * filter_.up * kSpectralBlocks;
  float* to = out->data() + at;
  for (int64_t n = 0; n < given; n += 4)
    for (int block = 0; block < kSpectralBlocks; block += 4)
      Transpose4x4(from + n * kSpectralBlocks + block, kSpectralBlocks, to + block * given + n,
                   given);
  produced_ += kSpectralBlocks * given;
  held_.erase(held_.begin(), held_.begin() + kSpectralBlocks * step);
}

}  // namespace myna

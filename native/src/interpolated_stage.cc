#include "interpolated_stage.h"

#include <algorithm>

namespace myna {
InterpolatedStage::InterpolatedStage(const InterpolatedFilter& filter,
                                     const ResamplerKernels& kernels, int lead)
    : filter_(filter), kernels_(kernels) {
  held_.assign(static_cast<size_t>(std::max(filter.lead - lead, 0)), 0.0f);
}

void InterpolatedStage::Push(const float* samples, int64_t count, std::vector<float>* out) {
  held_.insert(held_.end(), samples, samples + count);
  // Output m reads the inputs floor(m down / up) .. + taps: the first m for which one is missing.
  const int64_t have = dropped_ + static_cast<int64_t>(held_.size()) - filter_.taps;
  if (have > 0) Produce(have * filter_.up / filter_.down, out);
}

void InterpolatedStage::Finish(int64_t total, std::vector<float>* out) {
  if (total > produced_) {
    const int64_t last = (total - 1) * filter_.down / filter_.up + filter_.taps - dropped_;
    if (static_cast<int64_t>(held_.size()) < last) held_.resize(static_cast<size_t>(last), 0.0f);
    Produce(total, out);
  }
  out->resize(out->size() - static_cast<size_t>(produced_ - total));
}

void InterpolatedStage::Produce(int64_t total, std::vector<float>* out) {
  const double step = static_cast<double>(kInterpolatedPlaces) / static_cast<double>(filter_.up);
  for (; produced_ < total; ++produced_) {
    const int64_t first = produced_ * filter_.down / filter_.up;
    const double place = step * static_cast<double>(produced_ * filter_.down % filter_.up);
    const auto index = static_cast<int64_t>(place);
    const float* row = filter_.coefficients.data() + index * filter_.taps;
    out->push_back(kernels_.dot(held_.data() + (first - dropped_), row, row + filter_.taps,
                                static_cast<float>(place - static_cast<double>(index)),
                                filter_.taps));
  }
  const int64_t unused = produced_ * filter_.down / filter_.up - dropped_;
  const int64_t drop = std::min(unused, static_cast<int64_t>(held_.size()));
  held_.erase(held_.begin(), held_.begin() + drop);
  dropped_ += drop;
}

}  // namespace myna

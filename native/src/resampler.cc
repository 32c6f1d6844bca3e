#include "resampler.h"

#include <algorithm>
#include <utility>

namespace myna {
namespace {

constexpr int64_t kHalfBlock = 2048;   // outputs of a half stage at once: stays in the L1 cache
constexpr int64_t kSharpBlock = 1024;  // outputs of a sharp stage at once, at least

std::vector<HalfStage> HalfStages(const ResamplePlan& plan, const ResamplerKernels& kernels) {
  std::vector<HalfStage> stages;
  for (const HalfFilter& filter : plan.halves)
    stages.emplace_back(filter, kernels, stages.empty() ? 0 : stages.back().lead());
  return stages;
}

std::variant<SpectralStage, SharpStage, InterpolatedStage> LastStage(
    const ResamplePlan& plan, const ResamplerKernels& kernels, int lead) {
  if (const auto* spectral = std::get_if<SpectralFilter>(&plan.last))
    return SpectralStage(*spectral, kernels, lead);
  if (const auto* sharp = std::get_if<SharpFilter>(&plan.last))
    return SharpStage(*sharp, kernels, lead);
  return InterpolatedStage(std::get<InterpolatedFilter>(plan.last), kernels, lead);
}

}  // namespace

int64_t ResampledLength(int64_t frames, int64_t source_rate, int64_t target_rate) {
  return (2 * frames * target_rate + source_rate) / (2 * source_rate);
}

HalfStage::HalfStage(const HalfFilter& filter, const ResamplerKernels& kernels, int lead)
    : filter_(filter), kernels_(kernels), lead_((lead + filter.reach()) / 2) {
  // held_[0] is input 2 * (-lead_ - pairs); the first pushed one is number -lead.
  const int pairs = static_cast<int>(filter.coefficients.size());
  held_.assign(static_cast<size_t>(2 * (lead_ + pairs) - lead), 0.0f);
}

void HalfStage::Push(const float* samples, int64_t count, std::vector<float>* out) {
  held_.insert(held_.end(), samples, samples + count);
  const int64_t pairs = static_cast<int64_t>(filter_.coefficients.size());
  const int64_t ready = static_cast<int64_t>(held_.size()) / 2 - 2 * pairs;
  if (ready >= kLanes) Produce(ready / kLanes * kLanes, out);
}

void HalfStage::Finish(std::vector<float>* out) {
  const int64_t pairs = static_cast<int64_t>(filter_.coefficients.size());
  // Output t reaches back to input 2 t + 1 of held_: beyond that all are zero.
  const int64_t left = (static_cast<int64_t>(held_.size()) + 1) / 2;
  const int64_t padded = (left + kLanes - 1) / kLanes * kLanes;
  held_.resize(static_cast<size_t>(2 * (padded + 2 * pairs)), 0.0f);
  const size_t before = out->size();
  Produce(padded, out);
  out->resize(before + static_cast<size_t>(left));
}

void HalfStage::Produce(int64_t outputs, std::vector<float>* out) {
  const int64_t pairs = static_cast<int64_t>(filter_.coefficients.size());
  for (int64_t done = 0; done < outputs; done += kHalfBlock) {
    const int64_t count = std::min(kHalfBlock, outputs - done);
    const int64_t needed = count + 2 * pairs;
    even_.resize(static_cast<size_t>(needed));
    odd_.resize(static_cast<size_t>(needed));
    const float* from = held_.data() + 2 * done;
    for (int64_t i = 0; i < needed; ++i) {
      even_[i] = from[2 * i];
      odd_[i] = from[2 * i + 1];
    }
    const size_t at = out->size();
    out->resize(at + static_cast<size_t>(count));
    kernels_.half(even_.data() + pairs, odd_.data() + pairs, filter_.coefficients.data(),
                  static_cast<int>(pairs), count, out->data() + at);
  }
  held_.erase(held_.begin(), held_.begin() + 2 * outputs);
}

SharpStage::SharpStage(const SharpFilter& filter, const ResamplerKernels& kernels, int lead)
    : filter_(filter), kernels_(kernels) {
  const int64_t cycles = (kSharpBlock + filter.up - 1) / filter.up;
  lanes_ = static_cast<int>((cycles + kLanes - 1) / kLanes * kLanes);
  margin_ = static_cast<int>((filter.first.back() + filter.taps - 1) / filter.down) + 1;
  // held_[0] is input -filter.lead. What was pushed before that reaches no output.
  held_.assign(static_cast<size_t>(std::max(filter.lead - lead, 0)), 0.0f);
}

void SharpStage::Push(const float* samples, int64_t count, std::vector<float>* out) {
  held_.insert(held_.end(), samples, samples + count);
  const size_t needed = static_cast<size_t>((lanes_ + margin_) * filter_.down);
  while (held_.size() >= needed) Produce(lanes_, out);
}

void SharpStage::Finish(int64_t total, std::vector<float>* out) {
  while (produced_ < total) {
    const int64_t cycles = (total - produced_ + filter_.up - 1) / filter_.up;
    const int64_t rounded = (cycles + kLanes - 1) / kLanes * kLanes;
    const int lanes = static_cast<int>(std::min<int64_t>(lanes_, rounded));
    const size_t needed = static_cast<size_t>((lanes + margin_) * filter_.down);
    if (held_.size() < needed) held_.resize(needed, 0.0f);
    Produce(lanes, out);
  }
  out->resize(out->size() - static_cast<size_t>(produced_ - total));
}

void SharpStage::Transpose(int columns) {
  const int64_t rows = filter_.down;
  block_.resize(static_cast<size_t>(rows * columns));
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      block_[row * columns + column] = held_[column * rows + row];
}

void SharpStage::Produce(int lanes, std::vector<float>* out) {
  const int columns = lanes + margin_;
  Transpose(columns);
  const size_t at = out->size();
  out->resize(at + static_cast<size_t>(lanes * filter_.up));
  float tile[kPhases * kLanes];
  for (size_t group = 0; group < filter_.first.size(); ++group) {
    const float* coefficients = filter_.coefficients.data() + group * filter_.taps * kPhases;
    const int64_t first = filter_.first[group];
    TileInput input{block_.data(), static_cast<int>(filter_.down), columns,
                    static_cast<int>(first % filter_.down), static_cast<int>(first / filter_.down)};
    for (int lane = 0; lane < lanes; lane += kLanes, input.column += kLanes) {
      kernels_.tile(input, coefficients, filter_.taps, tile);
      float* to = out->data() + at + lane * filter_.up + group * kPhases;
      for (int l = 0; l < kLanes; ++l, to += filter_.up)
        for (int q = 0; q < kPhases; ++q) to[q] = tile[q * kLanes + l];
    }
  }
  produced_ += lanes * filter_.up;
  held_.erase(held_.begin(), held_.begin() + lanes * filter_.down);
}

Resampler::Resampler(std::shared_ptr<const ResamplePlan> plan, const ResamplerKernels& kernels)
    : plan_(std::move(plan)),
      halves_(HalfStages(*plan_, kernels)),
      between_(halves_.size()),
      last_(LastStage(*plan_, kernels, halves_.empty() ? 0 : halves_.back().lead())) {}

void Resampler::Through(size_t stage, const float* samples, int64_t count,
                        std::vector<float>* out) {
  for (; stage < halves_.size(); ++stage) {
    between_[stage].clear();
    halves_[stage].Push(samples, count, &between_[stage]);
    samples = between_[stage].data();
    count = static_cast<int64_t>(between_[stage].size());
  }
  std::visit([&](auto& last) { last.Push(samples, count, out); }, last_);
}

void Resampler::Push(const float* samples, int64_t count, std::vector<float>* out) {
  consumed_ += count;
  Through(0, samples, count, out);
}

void Resampler::Finish(std::vector<float>* out) {
  for (size_t stage = 0; stage < halves_.size(); ++stage) {
    std::vector<float> rest;
    halves_[stage].Finish(&rest);
    Through(stage + 1, rest.data(), static_cast<int64_t>(rest.size()), out);
  }
  const int64_t total = ResampledLength(consumed_, plan_->source_rate, plan_->target_rate);
  std::visit([&](auto& last) { last.Finish(total, out); }, last_);
}

}  // namespace myna

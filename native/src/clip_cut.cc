#include "clip_cut.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "audio_decoder.h"
#include "resampler.h"

namespace myna {
namespace {

// Samples: weeks at any rate, and small enough to be multiplied by one.
constexpr int64_t kEndless = int64_t{1} << 40;
// Some encoders count the frame that holds the tag itself: one MP3 frame.
constexpr int64_t kLengthTolerance = 1152;
// By how much a segment may end behind its recording: times in tables are rounded, and taken from
// another decoder's output. Lhotse takes as much (lhotse/audio/utils.py, tolerance of a duration).
constexpr double kEndTolerance = 0.5;  // seconds

int64_t Rounded(double seconds, int rate) {
  return static_cast<int64_t>(std::min(seconds * rate + 0.5, double(kEndless)));
}

std::string Seconds(double seconds) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f s", seconds);
  return text;
}

}  // namespace

ClipCut::ClipCut(const Cut& cut, const CutOptions& options, const RecordingHead& head,
                 ClipOutcome* outcome)
    : cut_(cut),
      options_(options),
      head_(head),
      outcome_(*outcome),
      first_(Rounded(std::max(cut.start - options.pad_start, 0.0), options.sample_rate)),
      last_(cut.end ? Rounded(*cut.end + options.pad_end, options.sample_rate) : kEndless),
      next_(first_) {
  if (cut.channel >= head.channels)
    throw AudioProblem("decode_error", "channel " + std::to_string(cut.channel) +
                                           " of a file with " + std::to_string(head.channels) +
                                           " (counted from 0)");
  if (last_ <= first_ || (cut.end && *cut.end <= cut.start))
    throw AudioProblem("no_frames", "no samples between start and end");
  RefuseAnnouncedLength();
  if (options.silence) meter_.emplace(options.sample_rate, *options.silence);
}

int64_t ClipCut::SourceFrame(double seconds) const { return Rounded(seconds, head_.rate); }

int64_t ClipCut::SourceFrameOf(int64_t output) const {
  return ResampledLength(output, options_.sample_rate, head_.rate);
}

double ClipCut::LongestSeconds() const {
  // A second less than a file holds, for what the resampler adds at the end.
  const double of_file = static_cast<double>(kMostClipSamples) / options_.sample_rate - 1;
  return options_.max_seconds ? std::min(*options_.max_seconds, of_file) : of_file;
}

// Before hours are decoded for nothing.
void ClipCut::RefuseAnnouncedLength() const {
  const int64_t end = cut_.end ? SourceFrame(*cut_.end) : kEndless;
  const int64_t promised = std::min(head_.announced, end) - SourceFrame(cut_.start);
  const double seconds = static_cast<double>(promised) / head_.rate;
  if (seconds > LongestSeconds())
    throw AudioProblem("too_long", "longer than wanted: " + Seconds(seconds));
}

void ClipCut::Add(const float* samples, int64_t at, int64_t count) {
  const int64_t end = std::min(at + count, last_);
  if (end <= next_) return;
  const float* from = samples + (next_ - at);
  const int64_t taken = end - next_;
  next_ = end;
  // Rounding has given it one sample more at most; Commit looks to the sample.
  if (static_cast<double>(next_ - first_) > LongestSeconds() * options_.sample_rate + 1)
    throw AudioProblem("too_long", "longer than " + Seconds(LongestSeconds()));
  if (meter_) meter_->Add(from, taken);
  writer_->Add(from, taken);
}

void ClipCut::Finish() { Commit(SourceFrameOf(last_) - SourceFrameOf(first_)); }

void ClipCut::FinishAtEnd(int64_t decoded, int64_t announced) {
  outcome_.source_frames = std::max<int64_t>(decoded - SourceFrameOf(first_), 0);
  CheckEnd(decoded, announced);
  Commit(outcome_.source_frames);
}

void ClipCut::CheckEnd(int64_t decoded, int64_t announced) {
  const int64_t start = SourceFrame(cut_.start);
  const double length = static_cast<double>(decoded) / head_.rate;
  if (announced >= 0) {
    const int64_t end = cut_.end ? SourceFrame(*cut_.end) : kEndless;
    const int64_t promised = std::min(announced, end);
    if (promised - std::max(decoded, start) > kLengthTolerance)
      EndedEarly(Seconds(std::max(length - cut_.start, 0.0)) + " of " +
                 Seconds(static_cast<double>(promised - start) / head_.rate));
  }
  if (start > 0 && start >= decoded)
    throw AudioProblem("no_frames",
                       "begins at " + Seconds(cut_.start) + ", and the audio has " + Seconds(length));
  if (cut_.end && *cut_.end - length > kEndTolerance)
    EndedEarly("ends at " + Seconds(*cut_.end) + ", and the audio at " + Seconds(length));
}

void ClipCut::EndedEarly(const std::string& detail) {
  outcome_.partial = true;
  if (!options_.keep_partial) throw AudioProblem("truncated", detail);
}

void ClipCut::Commit(int64_t source_frames) {
  outcome_.source_frames = source_frames;
  if (source_frames == 0 || next_ == first_)
    throw AudioProblem("no_frames", "no samples between start and end");
  const double seconds = static_cast<double>(source_frames) / head_.rate;
  if (seconds > LongestSeconds())
    throw AudioProblem("too_long", "longer than " + Seconds(LongestSeconds()));
  if (seconds < options_.min_seconds) throw AudioProblem("too_short", Seconds(seconds));
  CheckLoudness();
  const WrittenClip written = writer_->Commit();
  outcome_.frames = written.samples;
  outcome_.bytes = written.bytes;
}

void ClipCut::CheckLoudness() const {
  if (!meter_ || meter_->IsEnough()) return;
  char text[60];
  std::snprintf(text, sizeof text, "%.1f dBFS in the loudest 100 ms", meter_->dbfs());
  throw AudioProblem("silence", text);
}

}  // namespace myna

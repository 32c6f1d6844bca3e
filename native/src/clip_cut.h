// One clip of a recording: where it lies, the checks it has to pass, and the file it goes into.
//
// A clip is a slice of the recording's signal at the clips' rate: the output samples from
// round(start * rate) to round(end * rate). Resampling does not begin anew with a clip.

#ifndef MYNA_CLIP_CUT_H_
#define MYNA_CLIP_CUT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "clip_writer.h"
#include "loudness_meter.h"
#include "recording.h"

namespace myna {

// What the head of a recording tells.
struct RecordingHead {
  int rate;
  int channels;
  int64_t announced;  // samples of each channel that it promises, -1 when it promises none
};

class ClipCut {
 public:
  // All but `head` are kept by the caller. Throws AudioProblem for a clip that cannot be.
  ClipCut(const Cut& cut, const CutOptions& options, const RecordingHead& head,
          ClipOutcome* outcome);

  int64_t first() const { return first_; }  // of the output samples
  bool is_complete() const { return next_ >= last_; }
  const Cut& cut() const { return cut_; }
  ClipOutcome& outcome() { return outcome_; }

  // Before the first Add.
  void Open(std::unique_ptr<ClipWriter> writer) { writer_ = std::move(writer); }
  // `count` output samples of the recording, from number `at` on; the clip takes its own. Throws
  // AudioProblem for a clip that is too long, FileError.
  void Add(const float* samples, int64_t at, int64_t count);
  // Once the clip is complete. Throws AudioProblem for a clip that is rejected, FileError.
  void Finish();
  // Of a clip that is not complete when the recording ends after `decoded` samples; by then it may
  // promise another length than its head did.
  void FinishAtEnd(int64_t decoded, int64_t announced);

 private:
  int64_t SourceFrame(double seconds) const;
  int64_t SourceFrameOf(int64_t output) const;
  double LongestSeconds() const;
  void RefuseAnnouncedLength() const;
  void CheckEnd(int64_t decoded, int64_t announced);
  void EndedEarly(const std::string& detail);
  void Commit(int64_t source_frames);
  void CheckLoudness() const;

  const Cut& cut_;
  const CutOptions& options_;
  const RecordingHead head_;
  ClipOutcome& outcome_;
  int64_t first_;  // of the output samples
  int64_t last_;   // behind the last one; endless for a clip to the end of the recording
  int64_t next_;   // the first that has not come
  std::unique_ptr<ClipWriter> writer_;
  std::optional<LoudnessMeter> meter_;
};

}  // namespace myna

#endif  // MYNA_CLIP_CUT_H_

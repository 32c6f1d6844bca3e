// One encoded recording -> the clips that are wanted of it, decoded in one pass.
//
// Every pass begins at the recording's beginning and goes to the end of the last clip, through one
// resampler for each channel that is wanted. So what a clip holds, and what becomes of it, does not
// depend on which others are cut with it.

#ifndef MYNA_RECORDING_CUTTER_H_
#define MYNA_RECORDING_CUTTER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "clip_writer.h"
#include "recording.h"
#include "sndfile_library.h"

namespace myna {

// Opens what a clip is written to, when its first sample has come.
using OpenWriter = std::function<std::unique_ptr<ClipWriter>(const Cut& cut)>;

// The outcomes in the order of the cuts. Throws FileError for a file that cannot be written, or when
// the system is at its limits. Returns early, with outcomes of no meaning, once `stop` is true.
std::vector<ClipOutcome> CutRecording(const SndfileLibrary& library, const Recording& recording,
                                      const CutOptions& options, const OpenWriter& open,
                                      const std::atomic<bool>& stop);

}  // namespace myna

#endif  // MYNA_RECORDING_CUTTER_H_

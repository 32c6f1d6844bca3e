// Converts a batch of recordings to 16-bit mono WAVs or FLACs of one rate, on several threads, or one
// to such samples in memory.

#ifndef MYNA_CLIP_CONVERTER_H_
#define MYNA_CLIP_CONVERTER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "clip_writer.h"
#include "recording.h"
#include "sndfile_library.h"

namespace myna {

struct ConvertOptions {
  std::string temporary;  // folder on the targets' file system
  int threads;
  AudioFormat format;
  CutOptions cut;
};

// The outcomes in the order of the recordings and their cuts; each recording is one thread's. A file
// that cannot be used is an outcome; a file that cannot be written ends the batch with FileError
// once all threads have stopped, and so does an exception out of `poll`, which the calling thread
// runs about ten times a second.
std::vector<std::vector<ClipOutcome>> ConvertRecordings(const SndfileLibrary& library,
                                                        const std::vector<Recording>& recordings,
                                                        const ConvertOptions& options,
                                                        const std::function<void()>& poll);

// The samples that the file of the recording's one cut would hold; none when there is a problem. The
// cut's target is not used.
std::vector<int16_t> DecodeClip(const SndfileLibrary& library, const Recording& recording,
                                const CutOptions& options, ClipOutcome* outcome);

}  // namespace myna

#endif  // MYNA_CLIP_CONVERTER_H_

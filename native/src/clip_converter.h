// Converts a batch of audio files to 16-bit mono WAVs or FLACs of one rate, on several threads, or
// one file to such samples in memory.

#ifndef MYNA_CLIP_CONVERTER_H_
#define MYNA_CLIP_CONVERTER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clip_writer.h"
#include "sndfile_library.h"

namespace myna {

struct ClipJob {
  std::string path;                       // of the audio file; unused when there are bytes
  std::optional<std::string_view> bytes;  // the file itself, kept alive by the caller
  std::string target;                     // the file to write
  int channel;                            // 0-based; -1: the mean of all
  double start;                           // seconds
  std::optional<double> end;              // seconds; none: to the end of the file
};

struct ClipOutcome {
  int64_t frames = 0;  // samples written; 0 when there is a problem
  int source_rate = 0;
  int source_channels = 0;
  int64_t source_frames = 0;  // decoded, of each channel, between start and end
  std::string problem;        // empty: converted
  std::string detail;         // one line
  bool partial = false;       // the decoder stopped before the length the file announces
  int64_t bytes = 0;          // of the file written
};

struct ConvertOptions {
  std::string temporary;  // folder on the targets' file system
  int threads;
  int sample_rate;                    // Hz
  double min_seconds;                 // shorter clips are rejected
  std::optional<double> max_seconds;  // longer clips are rejected
  bool keep_partial = true;           // convert a clip that ends before the length it announces
  AudioFormat format = AudioFormat::kWav;
  std::optional<double> silence = {};  // dBFS: a clip that never is so loud is rejected
};

// The outcomes in the order of the jobs. A file that cannot be used is an outcome; a file that
// cannot be written, or is there but cannot be read, ends the batch with FileError once all threads
// have stopped, and so does an exception out of `poll`, which the calling thread runs about ten
// times a second.
std::vector<ClipOutcome> ConvertClips(const SndfileLibrary& library,
                                      const std::vector<ClipJob>& jobs,
                                      const ConvertOptions& options,
                                      const std::function<void()>& poll);

// The samples that the file of one job would hold; none when there is a problem. The job's target
// and the options' temporary folder and threads are not used. Throws FileError for a source that is
// there but cannot be read.
std::vector<int16_t> DecodeClip(const SndfileLibrary& library, const ClipJob& job,
                                const ConvertOptions& options, ClipOutcome* outcome);

}  // namespace myna

#endif  // MYNA_CLIP_CONVERTER_H_

// A recording and the clips that are wanted of it: the words that the files of a conversion share.

#ifndef MYNA_RECORDING_H_
#define MYNA_RECORDING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace myna {

// A part of a recording, or (without start, end and channel) all of it.
struct Cut {
  std::string target;         // the file to write
  int channel;                // 0-based; -1: the mean of all
  double start;               // seconds
  std::optional<double> end;  // seconds; none: to the end of the file
};

struct Recording {
  std::string path;                       // of the audio file; unused when there are bytes
  std::optional<std::string_view> bytes;  // the file itself, kept alive by the caller
  std::vector<Cut> cuts;
};

struct CutOptions {
  int sample_rate;                    // Hz, of the clips
  double min_seconds;                 // shorter clips are rejected
  std::optional<double> max_seconds;  // longer clips are rejected
  bool keep_partial = true;  // convert a clip that ends before the length that is announced
  std::optional<double> silence = {};  // dBFS: a clip that never is so loud is rejected
  // Seconds that are cut before a start and behind an end, as far as the recording has them.
  double pad_start = 0;
  double pad_end = 0;
};

struct ClipOutcome {
  int64_t frames = 0;  // samples written; 0 when there is a problem
  int source_rate = 0;
  int source_channels = 0;
  int64_t source_frames = 0;  // decoded, of each channel, between start and end
  std::string problem;        // empty: converted
  std::string detail;         // one line
  bool partial = false;       // the decoder stopped before the length the file, or `end`, announces
  int64_t bytes = 0;          // of the file written
};

}  // namespace myna

#endif  // MYNA_RECORDING_H_

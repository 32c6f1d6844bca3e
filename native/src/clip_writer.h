// Float samples -> an audio file of 16-bit mono samples, which appears whole or not at all.

#ifndef MYNA_CLIP_WRITER_H_
#define MYNA_CLIP_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "sndfile_library.h"

namespace myna {

enum class AudioFormat { kWav, kFlac };

// What a WAV can hold: the sizes in its header have 32 bits. A FLAC could hold more.
constexpr int64_t kMostClipSamples = (0xFFFFFFFFll - 36) / 2;

struct WrittenClip {
  int64_t samples;
  int64_t bytes;
};

// The same samples give the same bytes: of a WAV always, of a FLAC with the same libsndfile.
class ClipWriter {
 public:
  virtual ~ClipWriter() = default;
  // At most kMostClipSamples in all.
  virtual void Add(const float* samples, int64_t count) = 0;
  // Completes the file and renames it to its target. Add and Commit throw FileError naming the
  // target; without Commit no file stays.
  virtual WrittenClip Commit() = 0;
};

std::unique_ptr<ClipWriter> OpenClipWriter(AudioFormat format, const SndfileLibrary& library,
                                           std::string temporary, std::string target,
                                           int sample_rate);

}  // namespace myna

#endif  // MYNA_CLIP_WRITER_H_

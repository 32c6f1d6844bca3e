// The samples of one encoded file, whatever its format.

#ifndef MYNA_SAMPLE_READER_H_
#define MYNA_SAMPLE_READER_H_

#include <cstdint>

namespace myna {

class SampleReader {
 public:
  virtual ~SampleReader() = default;
  virtual int rate() const = 0;
  virtual int channels() const = 0;
  // Samples of each channel that the file promises, -1 when it promises none. Reading to the end
  // may correct it.
  virtual int64_t announced() const = 0;
  // The next samples of all channels, interleaved, in [-1, 1]: how many of each channel, fewer than
  // asked for only at the end. Throws AudioProblem.
  virtual int64_t Read(float* target, int64_t frames) = 0;
  // The errno of a failed read of the file itself, or 0.
  virtual int error() const = 0;
};

}  // namespace myna

#endif  // MYNA_SAMPLE_READER_H_

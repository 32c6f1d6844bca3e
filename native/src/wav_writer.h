// Float samples -> a WAV file of 16-bit mono PCM, written under a temporary name and renamed when
// whole, so that whoever sees the target sees all of it.

#ifndef MYNA_WAV_WRITER_H_
#define MYNA_WAV_WRITER_H_

#include <cstdint>
#include <string>
#include <vector>

namespace myna {

// round(x * 32768), halves to even, clipped to 16 bits.
void ToInt16(const float* samples, int64_t count, int16_t* out);

// What a WAV can hold: the sizes in its header have 32 bits.
constexpr int64_t kMostWavSamples = (0xFFFFFFFFll - 36) / 2;

class WavWriter {
 public:
  // Nothing is written before there is much to write or Commit is called.
  WavWriter(std::string temporary, std::string target, int sample_rate);
  ~WavWriter();  // removes the temporary file when it was not committed
  WavWriter(const WavWriter&) = delete;
  WavWriter& operator=(const WavWriter&) = delete;

  // At most kMostWavSamples in all.
  void Add(const float* samples, int64_t count);
  // Writes what is left and the header, closes, and renames to the target, whose folder is created
  // when absent. Returns the number of samples. Add and Commit throw FileError naming the target.
  int64_t Commit();

 private:
  void Open();
  void Write(const void* bytes, size_t count, int64_t offset);
  void Flush();
  void Rename();

  std::string temporary_;
  std::string target_;
  int sample_rate_;
  int descriptor_ = -1;
  bool exists_ = false;
  int64_t written_ = 0;                // samples in the file
  std::vector<int16_t> rounded_;
  std::vector<unsigned char> buffer_;  // the header's room before the first flush, then samples
};

}  // namespace myna

#endif  // MYNA_WAV_WRITER_H_

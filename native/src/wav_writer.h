// A WAV of 16-bit mono PCM with the canonical header of 44 bytes.

#ifndef MYNA_WAV_WRITER_H_
#define MYNA_WAV_WRITER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "atomic_file.h"
#include "clip_writer.h"

namespace myna {

class WavWriter : public ClipWriter {
 public:
  WavWriter(std::string temporary, std::string target, int sample_rate);
  void Add(const float* samples, int64_t count) override;
  WrittenClip Commit() override;

 private:
  AtomicFile file_;
  int sample_rate_;
  std::vector<int16_t> rounded_;
};

}  // namespace myna

#endif  // MYNA_WAV_WRITER_H_

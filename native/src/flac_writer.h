// A FLAC of 16-bit mono samples, encoded by libsndfile.

#ifndef MYNA_FLAC_WRITER_H_
#define MYNA_FLAC_WRITER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "atomic_file.h"
#include "clip_writer.h"
#include "file_error.h"
#include "sndfile_library.h"

namespace myna {

class FlacWriter : public ClipWriter {
 public:
  FlacWriter(const SndfileLibrary& library, std::string temporary, std::string target,
             int sample_rate);
  ~FlacWriter() override;
  void Add(const float* samples, int64_t count) override;
  WrittenClip Commit() override;

 private:
  struct Output {  // what libsndfile's callbacks work on
    AtomicFile file;
    int64_t position = 0;
    std::optional<FileError> failure;  // C must not see exceptions
  };
  static SndfileVirtualIo Callbacks();
  void Check(bool done);

  const SndfileLibrary& library_;
  Output output_;
  SndfileHandle* handle_ = nullptr;
  int64_t written_ = 0;
  std::vector<int16_t> rounded_;
};

}  // namespace myna

#endif  // MYNA_FLAC_WRITER_H_

// The samples of a file that libsndfile decodes.

#ifndef MYNA_SNDFILE_READER_H_
#define MYNA_SNDFILE_READER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "byte_source.h"
#include "sample_reader.h"
#include "sndfile_library.h"

namespace myna {

class SndfileReader : public SampleReader {
 public:
  // Throws AudioProblem.
  SndfileReader(const SndfileLibrary& library, std::unique_ptr<ByteSource> source);
  ~SndfileReader() override;
  SndfileReader(const SndfileReader&) = delete;
  SndfileReader& operator=(const SndfileReader&) = delete;

  int rate() const override { return info_.samplerate; }
  int channels() const override { return info_.channels; }
  int64_t announced() const override { return announced_; }
  int64_t Read(float* target, int64_t frames) override;
  int error() const override { return file_.source->error(); }

 private:
  struct File {  // what libsndfile's callbacks work on
    std::unique_ptr<ByteSource> source;
    int64_t position = 0;
    bool ran_out = false;  // a read got less than it asked for
  };
  static SndfileVirtualIo Callbacks();
  void Open();
  bool IsMpeg() const;

  const SndfileLibrary& library_;
  File file_;
  SndfileInfo info_{};
  SndfileHandle* handle_ = nullptr;
  int64_t announced_ = -1;
};

}  // namespace myna

#endif  // MYNA_SNDFILE_READER_H_

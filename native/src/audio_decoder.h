// One encoded file -> blocks of float samples in [-1, 1], of any of its channels.

#ifndef MYNA_AUDIO_DECODER_H_
#define MYNA_AUDIO_DECODER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "audio_problem.h"
#include "byte_source.h"
#include "sample_reader.h"
#include "sndfile_library.h"

namespace myna {

class AudioDecoder {
 public:
  // Opens what `source` holds. Throws AudioProblem.
  AudioDecoder(const SndfileLibrary& library, std::unique_ptr<ByteSource> source);

  int rate() const { return reader_->rate(); }
  int channels() const { return reader_->channels(); }
  // Samples the file promises, -1 when it promises none; after the end it may be corrected.
  int64_t announced() const { return reader_->announced(); }

  // Decodes the next block: how many samples of each channel it has, 0 at the end. The same file
  // gives the same blocks. Throws AudioProblem when the decoder fails or delivers something that is
  // no number.
  int64_t Next();
  // One channel of that block: 0-based and below channels(), or -1 for the mean of all.
  void Mix(int channel, std::vector<float>* block) const;
  // The errno of a failed read of the file itself, or 0.
  int read_error() const { return reader_->error(); }

 private:
  std::unique_ptr<SampleReader> reader_;
  std::vector<float> interleaved_;
  int64_t frames_ = 0;  // of interleaved_
};

}  // namespace myna

#endif  // MYNA_AUDIO_DECODER_H_

// One encoded file -> blocks of one channel of float samples in [-1, 1].

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
  // Opens what `source` holds; `channel` is 0-based, or -1 for the mean of all. Throws
  // AudioProblem.
  AudioDecoder(const SndfileLibrary& library, std::unique_ptr<ByteSource> source, int channel);

  int rate() const { return reader_->rate(); }
  int channels() const { return reader_->channels(); }
  // Samples the file promises, -1 when it promises none; after the end it may be corrected.
  int64_t announced() const { return reader_->announced(); }

  // Moves forwards to a sample of each channel, never back; past the end the next block is empty.
  void Seek(int64_t frame) { reader_->Seek(frame); }
  // The next samples, at most `most` of them; empty at the end. Throws AudioProblem when the
  // decoder fails or delivers something that is no number. Valid until the next call.
  const std::vector<float>& Next(int64_t most);
  // The errno of a failed read of the file itself, or 0.
  int read_error() const { return reader_->error(); }

 private:
  void Mix(int64_t frames);

  std::unique_ptr<SampleReader> reader_;
  int channel_;
  std::vector<float> interleaved_;
  std::vector<float> block_;
};

}  // namespace myna

#endif  // MYNA_AUDIO_DECODER_H_

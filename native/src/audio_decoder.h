// One encoded file -> blocks of one channel of float samples in [-1, 1].

#ifndef MYNA_AUDIO_DECODER_H_
#define MYNA_AUDIO_DECODER_H_

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "byte_source.h"
#include "sndfile_library.h"

namespace myna {

// Why a file gives no samples. `reason` is one of the strings of native/audio.py's PROBLEMS.
class AudioProblem : public std::runtime_error {
 public:
  AudioProblem(const char* reason, const std::string& detail)
      : std::runtime_error(detail), reason_(reason) {}
  const char* reason() const { return reason_; }

 private:
  const char* reason_;
};

class AudioDecoder {
 public:
  // Opens what `source` holds; `channel` is 0-based, or -1 for the mean of all. Throws
  // AudioProblem.
  AudioDecoder(const SndfileLibrary& library, std::unique_ptr<ByteSource> source, int channel);
  ~AudioDecoder();
  AudioDecoder(const AudioDecoder&) = delete;
  AudioDecoder& operator=(const AudioDecoder&) = delete;

  int rate() const { return info_.samplerate; }
  int channels() const { return info_.channels; }
  // Samples the file promises, -1 when it promises none.
  int64_t announced() const { return announced_; }

  // Moves to a sample of each channel; past the end the next block is empty.
  void Seek(int64_t frame);
  // The next samples, at most `most` of them; empty at the end. Throws AudioProblem when the
  // decoder fails or delivers something that is no number. Valid until the next call.
  const std::vector<float>& Next(int64_t most);
  // The errno of a failed read of the file itself, or 0.
  int read_error() const { return reader_.source->error(); }

 private:
  struct Reader {  // what libsndfile's callbacks work on
    std::unique_ptr<ByteSource> source;
    int64_t position = 0;
    bool ran_out = false;  // a read got less than it asked for
  };
  static SndfileVirtualIo Callbacks();
  void Open();
  bool IsMpeg() const;
  void Mix(int64_t frames);

  const SndfileLibrary& library_;
  Reader reader_;
  int channel_;
  SndfileInfo info_{};
  SndfileHandle* handle_ = nullptr;
  int64_t announced_ = -1;
  std::vector<float> interleaved_;
  std::vector<float> block_;
};

}  // namespace myna

#endif  // MYNA_AUDIO_DECODER_H_

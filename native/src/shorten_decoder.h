// Shorten: blocks of samples, each predicted from those before it, the errors as Rice codes.
//
// T. Robinson 1994, "SHORTEN: Simple lossless and near-lossless waveform compression", Cambridge
// University CUED/F-INFENG/TR.156; the numbers that the report does not give (function codes, the
// widths of fields, the running mean) are what files show. Versions 1 to 3 of the stream.
//
// PCM is held against ffmpeg in the tests. Lossless mu-law, in which Fisher and Switchboard come,
// has not been tried on LDC's own files: the tests have it from an encoder of their own.

#ifndef MYNA_SHORTEN_DECODER_H_
#define MYNA_SHORTEN_DECODER_H_

#include <cstdint>
#include <vector>

#include "bit_reader.h"
#include "byte_source.h"
#include "shorten_values.h"

namespace myna {

class ShortenDecoder {
 public:
  // The stream begins at `start`, with "ajkg"; the source is kept alive by the caller. Throws
  // AudioProblem.
  ShortenDecoder(ByteSource& source, int64_t start);

  int channels() const { return static_cast<int>(channels_.size()); }
  // The next samples of all channels, interleaved, in [-1, 1]; empty at the end. Valid until the
  // next call. Throws AudioProblem for what no encoder writes.
  const std::vector<float>& Next();
  // True when the stream has said that it ends; false at its end when bytes are missing.
  bool complete() const { return complete_; }

 private:
  struct Channel {
    std::vector<int32_t> samples;  // history_ of the past, then the block
    std::vector<int64_t> means;    // of the last blocks, the oldest first
  };

  void ReadHeader();
  int64_t Number();
  int64_t Field(const char* name, int64_t least, int64_t most);
  bool NextFunction();
  void SetBlockSize();
  void SkipVerbatim();
  void DecodeBlock(int64_t function, Channel* channel);
  void Predict(int64_t function, int bits, int64_t offset, int32_t* block);
  void PredictLinear(int bits, int64_t offset, int32_t* block);
  int64_t Offset(const Channel& channel) const;
  void UpdateMeans(Channel* channel) const;
  void FinishBlock(Channel* channel);
  void CheckRange(uint64_t sizes) const;

  BitReader bits_;
  int version_ = 0;
  ShortenValues values_{ShortenType::kSigned16Low};
  std::vector<Channel> channels_;
  int64_t block_size_ = 0;     // of the block in hand
  int64_t largest_block_ = 0;  // what the header says
  int64_t history_ = 0;
  int64_t most_coefficients_ = 0;
  int64_t mean_blocks_ = 0;
  size_t turn_ = 0;  // the channel whose block is next
  std::vector<float> interleaved_;
  bool complete_ = false;
};

}  // namespace myna

#endif  // MYNA_SHORTEN_DECODER_H_

// An utterance that is decoded while it is spoken.

#ifndef MYNA_NATIVE_DECODER_STREAM_H_
#define MYNA_NATIVE_DECODER_STREAM_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "decoder.h"
#include "log_prob_matrix.h"
#include "output_columns.h"
#include "search_pool.h"

namespace myna {

// Threads may use one, but each call waits for the others to end.
class DecoderStream {
 public:
  // `hot` as for Decoder::Decode.
  DecoderStream(std::shared_ptr<const Decoder> decoder,
                std::shared_ptr<const OutputColumns> columns,
                const std::shared_ptr<const HotPhrases>& hot = nullptr);

  // More frames. Throws std::invalid_argument, naming the frame by its place in the utterance, for
  // numbers that are no probabilities: then none of the frames was taken. After any other exception
  // the stream is of no more use.
  void Feed(const LogProbMatrix::Memory& memory);

  // The best `count` hypotheses, if the utterance ended here. It goes on as if nobody had asked.
  std::vector<Hypothesis> Partial(std::size_t count);

  // The hypotheses for all frames, as many as the decoder's options say.
  std::vector<Hypothesis> Finish();

  // How many have been fed.
  std::size_t frames() const { return frames_; }

 private:
  enum class State { kOpen, kFinished, kBroken };

  void RequireOpen() const;

  const std::shared_ptr<const Decoder> decoder_;
  const std::shared_ptr<const OutputColumns> columns_;
  std::mutex mutex_;  // guards what follows
  const SearchPool::Loan search_;
  std::atomic<std::size_t> frames_{0};
  State state_ = State::kOpen;
};

}  // namespace myna

#endif  // MYNA_NATIVE_DECODER_STREAM_H_

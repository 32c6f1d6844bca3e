#include "decoder_stream.h"

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>

#include "beam_search.h"

namespace myna {

DecoderStream::DecoderStream(std::shared_ptr<const Decoder> decoder,
                             std::shared_ptr<const OutputColumns> columns,
                             const std::shared_ptr<const HotPhrases>& hot)
    : decoder_(std::move(decoder)), columns_(std::move(columns)), search_(decoder_->BorrowSearch()) {
  search_->Start(hot);
}

void DecoderStream::Feed(const LogProbMatrix::Memory& memory) {
  const std::lock_guard<std::mutex> lock(mutex_);
  RequireOpen();
  if (memory.frames > std::numeric_limits<uint32_t>::max() - frames_)
    throw std::invalid_argument("the stream has too many frames: begin another one");
  const LogProbMatrix log_probs(memory, *columns_, frames_);
  log_probs.Check(decoder_->labels());
  state_ = State::kBroken;
  search_->Feed(log_probs);
  state_ = State::kOpen;
  frames_ += memory.frames;
}

std::vector<Hypothesis> DecoderStream::Partial(std::size_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  RequireOpen();
  return search_->Partial(count);
}

std::vector<Hypothesis> DecoderStream::Finish() {
  const std::lock_guard<std::mutex> lock(mutex_);
  RequireOpen();
  state_ = State::kFinished;
  return search_->Finish();
}

void DecoderStream::RequireOpen() const {
  if (state_ == State::kFinished)
    throw std::invalid_argument("the stream is finished: begin another one");
  if (state_ == State::kBroken)
    throw std::invalid_argument("the stream ended by an error: begin another one");
}

}  // namespace myna

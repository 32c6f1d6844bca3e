// Input: 8 bytes that say what the columns are and how the numbers lie, then the numbers.
//
// Whatever they are, decoding at once and in pieces ends alike, and what can be aligned lies in its
// frames.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "aligner.h"
#include "decoder.h"
#include "decoder_stream.h"
#include "log_prob_matrix.h"
#include "output_columns.h"
#include "require.h"

namespace {

constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kMostFrames = 64;

// A bit of `written` for each of up to 8 columns: whether it has a label.
std::shared_ptr<const myna::OutputColumns> Columns(uint8_t count, uint8_t blank, uint8_t written,
                                                   bool are_logits) {
  std::vector<std::optional<std::string>> texts(1 + count % 8);
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (written >> i & 1) texts[i] = std::string(1, static_cast<char>(i == 0 ? ' ' : 'a' + i));
  try {
    return std::make_shared<const myna::OutputColumns>(
        texts, blank % (texts.size() + 2),
        are_logits ? myna::Scale::kLogits : myna::Scale::kLogProbs);
  } catch (const std::invalid_argument&) {
    return nullptr;  // no label, or no such column
  }
}

// The bytes as they lie there, or by columns, or the last frame first.
myna::LogProbMatrix::Memory Layout(const uint8_t* bytes, std::size_t size, uint8_t kind,
                                   uint32_t columns) {
  const bool is_double = kind % 2 == 1;
  const std::ptrdiff_t number = is_double ? 8 : 4, row = number * columns;
  const std::size_t frames = std::min(size / static_cast<std::size_t>(row), kMostFrames);
  const auto count = static_cast<std::ptrdiff_t>(frames);
  if (kind / 2 % 3 == 1) return {bytes, is_double, frames, number, number * count};
  if (kind / 2 % 3 == 2 && frames > 0)
    return {bytes + row * (count - 1), is_double, frames, -row, number};
  return {bytes, is_double, frames, row, number};
}

std::optional<std::vector<myna::Hypothesis>> AtOnce(const myna::Decoder& decoder,
                                                    const myna::LogProbMatrix& log_probs) {
  try {
    return decoder.Decode(log_probs);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

std::optional<std::vector<myna::Hypothesis>> InPieces(myna::DecoderStream* stream,
                                                      myna::LogProbMatrix::Memory memory,
                                                      std::size_t size) {
  std::size_t left = memory.frames;
  try {
    while (left > 0) {
      memory.frames = std::min(left, size);
      stream->Feed(memory);
      stream->Partial(1);
      left -= memory.frames;
      memory.data = static_cast<const char*>(memory.data) +
                    static_cast<std::ptrdiff_t>(memory.frames) * memory.frame_stride;
    }
  } catch (const std::invalid_argument&) {
    const std::size_t before = stream->frames();
    stream->Finish();  // what was refused is not in it
    Require(stream->frames() == before);
    return std::nullopt;
  }
  return stream->Finish();
}

void RequireEqual(const std::optional<std::vector<myna::Hypothesis>>& one,
                  const std::optional<std::vector<myna::Hypothesis>>& other, uint32_t frames) {
  Require(one.has_value() == other.has_value());
  if (!one) return;
  Require(one->size() == other->size());
  for (std::size_t i = 0; i < one->size(); ++i) {
    const myna::Hypothesis& hypothesis = (*one)[i];
    Require(hypothesis.text == (*other)[i].text && hypothesis.total == (*other)[i].total);
    Require(!std::isnan(hypothesis.total));
    for (const myna::WordSpan& word : hypothesis.words)
      Require(word.begin_frame < word.end_frame && word.end_frame <= frames);
    for (const myna::LabelStep& step : hypothesis.labels) Require(step.frame < frames);
  }
}

void AlignSome(const myna::LogProbMatrix& log_probs, const myna::Labels& labels, uint8_t length,
               uint8_t letters) {
  std::vector<uint32_t> text(length % 16);
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = (letters >> i % 7) % labels.size();
  myna::Alignment found;
  try {
    found = myna::Align(log_probs, labels, text, [] {});
  } catch (const std::invalid_argument&) {
    return;
  }
  Require(found.labels.size() == text.size() && !std::isnan(found.log_prob));
  std::size_t before = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t blanks = i > 0 && text[i] == text[i - 1] ? 1 : 0;
    Require(found.labels[i].begin_frame >= before + blanks);
    Require(found.labels[i].begin_frame < found.labels[i].end_frame);
    before = found.labels[i].end_frame;
  }
  Require(before <= log_probs.frames());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < kHeaderBytes) return 0;
  const auto columns = Columns(data[0], data[1], data[2], data[3] % 2 == 1);
  if (!columns) return 0;
  const auto memory =
      Layout(data + kHeaderBytes, size - kHeaderBytes, data[4], columns->count());
  const myna::LogProbMatrix log_probs(memory, *columns);
  myna::DecoderOptions options;
  options.beam_size = 1 + data[5] % 32;
  options.beam_threshold = 0.5 + data[5] / 8;
  const auto decoder =
      std::make_shared<const myna::Decoder>(columns->labels(), nullptr, nullptr, options);
  myna::DecoderStream stream(decoder, columns);
  RequireEqual(AtOnce(*decoder, log_probs), InPieces(&stream, memory, 1 + data[6] % 8),
               static_cast<uint32_t>(memory.frames));
  AlignSome(log_probs, *columns->labels(), data[6] / 8, data[7]);
  return 0;
}

// native/include/myna_decoder.h, on top of the classes in this folder. Part of libmyna_decoder alone.

#include "../include/myna_decoder.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "decoder.h"
#include "decoder_stream.h"
#include "file_error.h"
#include "hot_phrases.h"
#include "language_model.h"
#include "lexicon.h"
#include "output_columns.h"
#include "printable.h"

struct myna_decoder {
  std::shared_ptr<const myna::OutputColumns> columns;
  std::shared_ptr<const myna::Decoder> decoder;
};

struct myna_stream {
  myna_stream(const myna_decoder& made_by, const std::shared_ptr<const myna::HotPhrases>& hot)
      : columns(made_by.columns), stream(made_by.decoder, made_by.columns, hot) {}

  const std::shared_ptr<const myna::OutputColumns> columns;
  myna::DecoderStream stream;
};

struct myna_hot_phrases {
  std::shared_ptr<const myna::HotPhrases> phrases;
};

struct myna_hypotheses {
  std::vector<myna::Hypothesis> found;
  std::vector<myna_word> words;    // of all of them
  std::vector<myna_label> labels;  // of all of them
  std::vector<myna_hypothesis> shown;
};

namespace {

void Tell(char** error, const std::string& message) {
  if (error != nullptr) *error = strdup(message.c_str());
}

// What `work` returns, or `failed` after telling why it threw. No exception gets into C.
template <typename Result, typename Work>
Result Guarded(char** error, Result failed, Work work) {
  if (error != nullptr) *error = nullptr;
  try {
    return work();
  } catch (const myna::FileError& problem) {
    Tell(error, myna::Printable(problem.path()) + ": " + std::strerror(problem.code()));
  } catch (const std::bad_alloc&) {
    Tell(error, "out of memory");
  } catch (const std::exception& problem) {
    Tell(error, problem.what());
  } catch (...) {
    Tell(error, "an unknown error");
  }
  return failed;
}

std::shared_ptr<const myna::HotPhrases> PhrasesOf(const myna_hot_phrases* hot) {
  return hot == nullptr ? nullptr : hot->phrases;
}

void Require(bool is_given, const char* name) {
  if (!is_given) throw std::invalid_argument(std::string(name) + " is NULL");
}

std::shared_ptr<const myna::OutputColumns> ToColumns(const myna_columns* columns) {
  Require(columns != nullptr && columns->labels != nullptr, "columns");
  if (columns->blank >= columns->count)
    throw std::invalid_argument("the blank is no column: " + std::to_string(columns->blank));
  if (columns->scale != MYNA_LOG_PROBS && columns->scale != MYNA_LOGITS)
    throw std::invalid_argument("scale is neither MYNA_LOG_PROBS nor MYNA_LOGITS");
  std::vector<std::optional<std::string>> texts;
  for (std::size_t column = 0; column < columns->count; ++column) {
    if (column == columns->blank) continue;
    const char* const label = columns->labels[column];
    texts.push_back(label == nullptr ? std::nullopt : std::optional<std::string>(label));
  }
  return std::make_shared<const myna::OutputColumns>(
      texts, static_cast<uint32_t>(columns->blank),
      columns->scale == MYNA_LOGITS ? myna::Scale::kLogits : myna::Scale::kLogProbs);
}

myna::DecoderOptions ToOptions(const myna_options* options) {
  myna::DecoderOptions made;
  if (options == nullptr) return made;
  made.beam_size = options->beam_size;
  made.beam_threshold = options->beam_threshold;
  made.alpha = options->alpha;
  made.beta = options->beta;
  made.hypotheses = options->hypotheses;
  made.merge_histories = options->merge_histories != 0;
  made.word_end_threshold = options->word_end_threshold;
  made.blank_skip = options->blank_skip;
  made.unknown_penalty = options->unknown_penalty;
  made.confidence_scale = options->confidence_scale;
  return made;
}

myna::LogProbMatrix::Memory ToMemory(const myna_frames* frames,
                                     const myna::OutputColumns& columns) {
  Require(frames != nullptr, "frames");
  Require(frames->data != nullptr || frames->frames == 0, "frames.data");
  const std::size_t size = frames->is_double ? sizeof(double) : sizeof(float);
  const bool is_plain = frames->frame_stride == 0 && frames->column_stride == 0;
  return {frames->data, frames->is_double != 0, frames->frames,
          is_plain ? static_cast<std::ptrdiff_t>(size * columns.count()) : frames->frame_stride,
          is_plain ? static_cast<std::ptrdiff_t>(size) : frames->column_stride};
}

// Pointers into `found` are made when all of it is in its place.
std::unique_ptr<myna_hypotheses> Shown(std::vector<myna::Hypothesis> found,
                                       const myna::OutputColumns& columns) {
  auto made = std::make_unique<myna_hypotheses>();
  made->found = std::move(found);
  for (const myna::Hypothesis& one : made->found) {
    for (const myna::WordSpan& word : one.words)
      made->words.push_back(
          {word.text.c_str(), word.begin_frame, word.end_frame, word.confidence});
    for (const myna::LabelStep& step : one.labels)
      made->labels.push_back({columns.places()[step.label], step.frame});
  }
  const myna_word* words = made->words.data();
  const myna_label* labels = made->labels.data();
  for (const myna::Hypothesis& one : made->found) {
    made->shown.push_back({one.text.c_str(), one.acoustic, one.language_model,
                           one.hot_phrases, one.total, one.is_complete, one.words.size(), words, one.labels.size(), labels});
    words += one.words.size();
    labels += one.labels.size();
  }
  return made;
}

}  // namespace

int myna_decoder_version(void) { return MYNA_DECODER_VERSION; }

void myna_free_error(char* error) { std::free(error); }

void myna_default_options(myna_options* options) {
  const myna::DecoderOptions usual;
  options->beam_size = usual.beam_size;
  options->hypotheses = usual.hypotheses;
  options->beam_threshold = usual.beam_threshold;
  options->alpha = usual.alpha;
  options->beta = usual.beta;
  options->merge_histories = usual.merge_histories;
  options->word_end_threshold = usual.word_end_threshold;
  options->blank_skip = usual.blank_skip;
  options->unknown_penalty = usual.unknown_penalty;
  options->confidence_scale = usual.confidence_scale;
}

myna_decoder* myna_decoder_open(const myna_columns* columns, const char* lexicon,
                                const char* language_model, const myna_options* options,
                                char** error) {
  return Guarded<myna_decoder*>(error, nullptr, [&] {
    auto made = std::make_unique<myna_decoder>();
    made->columns = ToColumns(columns);
    std::shared_ptr<const myna::Lexicon> words;
    std::shared_ptr<const myna::LanguageModel> model;
    if (lexicon != nullptr) words = std::make_shared<const myna::Lexicon>(lexicon);
    if (language_model != nullptr)
      model = std::make_shared<const myna::LanguageModel>(language_model);
    made->decoder = std::make_shared<const myna::Decoder>(made->columns->labels(), words, model,
                                                          ToOptions(options));
    return made.release();
  });
}

void myna_decoder_free(myna_decoder* decoder) { delete decoder; }

myna_hot_phrases* myna_hot_phrases_open(const myna_decoder* decoder,
                                        const myna_hot_phrase* phrases, size_t count,
                                        char** error) {
  return Guarded<myna_hot_phrases*>(error, nullptr, [&] {
    Require(decoder != nullptr, "decoder");
    Require(phrases != nullptr || count == 0, "phrases");
    std::vector<myna::HotPhrase> given;
    for (size_t i = 0; i < count; ++i) {
      Require(phrases[i].text != nullptr, "phrases.text");
      given.push_back({phrases[i].text, phrases[i].boost});
    }
    auto made = std::make_unique<myna_hot_phrases>();
    made->phrases = std::make_shared<const myna::HotPhrases>(
        *decoder->decoder, given, std::vector<myna::HotSpelling>());
    return made.release();
  });
}

void myna_hot_phrases_free(myna_hot_phrases* phrases) { delete phrases; }

myna_hypotheses* myna_decode(const myna_decoder* decoder, const myna_frames* frames,
                             const myna_hot_phrases* hot, char** error) {
  return Guarded<myna_hypotheses*>(error, nullptr, [&] {
    Require(decoder != nullptr, "decoder");
    const myna::OutputColumns& columns = *decoder->columns;
    const myna::LogProbMatrix log_probs(ToMemory(frames, columns), columns);
    return Shown(decoder->decoder->Decode(log_probs, PhrasesOf(hot)), columns).release();
  });
}

int myna_decode_batch(const myna_decoder* decoder, const myna_frames* batch, size_t count,
                      int threads, const myna_hot_phrases* hot, myna_hypotheses** results,
                      char** error) {
  for (size_t i = 0; results != nullptr && i < count; ++i) results[i] = nullptr;
  return Guarded<int>(error, -1, [&] {
    Require(decoder != nullptr, "decoder");
    Require((batch != nullptr && results != nullptr) || count == 0, "batch or results");
    const myna::OutputColumns& columns = *decoder->columns;
    std::vector<myna::LogProbMatrix> matrices;
    for (size_t i = 0; i < count; ++i)
      matrices.emplace_back(ToMemory(&batch[i], columns), columns);
    auto found = decoder->decoder->DecodeBatch(matrices, threads, [] {}, PhrasesOf(hot));
    std::vector<std::unique_ptr<myna_hypotheses>> shown;
    for (auto& hypotheses : found) shown.push_back(Shown(std::move(hypotheses), columns));
    for (size_t i = 0; i < count; ++i) results[i] = shown[i].release();
    return 0;
  });
}

myna_stream* myna_stream_open(const myna_decoder* decoder, const myna_hot_phrases* hot,
                              char** error) {
  return Guarded<myna_stream*>(error, nullptr, [&] {
    Require(decoder != nullptr, "decoder");
    return std::make_unique<myna_stream>(*decoder, PhrasesOf(hot)).release();
  });
}

int myna_stream_feed(myna_stream* stream, const myna_frames* frames, char** error) {
  return Guarded<int>(error, -1, [&] {
    Require(stream != nullptr, "stream");
    stream->stream.Feed(ToMemory(frames, *stream->columns));
    return 0;
  });
}

myna_hypotheses* myna_stream_partial(myna_stream* stream, size_t count, char** error) {
  return Guarded<myna_hypotheses*>(error, nullptr, [&] {
    Require(stream != nullptr, "stream");
    return Shown(stream->stream.Partial(count), *stream->columns).release();
  });
}

myna_hypotheses* myna_stream_finish(myna_stream* stream, char** error) {
  return Guarded<myna_hypotheses*>(error, nullptr, [&] {
    Require(stream != nullptr, "stream");
    return Shown(stream->stream.Finish(), *stream->columns).release();
  });
}

void myna_stream_free(myna_stream* stream) { delete stream; }

size_t myna_hypotheses_count(const myna_hypotheses* hypotheses) {
  return hypotheses == nullptr ? 0 : hypotheses->shown.size();
}

const myna_hypothesis* myna_hypotheses_get(const myna_hypotheses* hypotheses, size_t number) {
  return number < myna_hypotheses_count(hypotheses) ? &hypotheses->shown[number] : nullptr;
}

void myna_hypotheses_free(myna_hypotheses* hypotheses) { delete hypotheses; }

// Myna's decoder for C, and for all languages that call C: the log-probabilities (or logits) of any
// CTC model to text, at once or as they come; and when the words of a known text were said.
// docs/decoder.md tells how to compile and link.
//
// Of what was opened, a decoder never changes: any number of threads may use one. A stream may be
// used by threads, too, but its calls wait for each other. Texts are UTF-8 as far as the labels are.
//
// Functions that can fail return NULL, or another number than 0, and put a message of one line into
// *error, which is to be given to myna_free_error; with a NULL for `error` there is no message.
// What is given to a _free function may be NULL.

#ifndef MYNA_DECODER_H_
#define MYNA_DECODER_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MYNA_API __attribute__((visibility("default")))
#else
#define MYNA_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Changes when what was compiled against an older header would no longer work. The library's own is
// myna_decoder_version().
#define MYNA_DECODER_VERSION 3
MYNA_API int myna_decoder_version(void);

typedef struct myna_decoder myna_decoder;
typedef struct myna_stream myna_stream;
typedef struct myna_hypotheses myna_hypotheses;
typedef struct myna_hot_phrases myna_hot_phrases;

MYNA_API void myna_free_error(char* error);

// Options ---------------------------------------------------------------------------------------

// As DecoderOptions in native/decoder.py has them. Begin with myna_default_options.
typedef struct {
  int32_t beam_size;
  int32_t hypotheses;
  double beam_threshold;  // may be infinite
  double alpha;
  double beta;
  int32_t merge_histories;  // 0 or 1
  int32_t top_labels;
  double word_end_threshold;  // may be infinite
  double blank_skip;
  double unknown_penalty;  // infinite: only the lexicon's words can be written
  double confidence_scale;
} myna_options;

MYNA_API void myna_default_options(myna_options* options);

// Decoders --------------------------------------------------------------------------------------

enum {
  MYNA_LOG_PROBS = 0,  // natural logarithms of probabilities
  MYNA_LOGITS = 1,     // numbers whose softmax over all columns are the probabilities
};

// The columns of a model's output. `labels` has a text for each column, and NULL for columns that
// are never written (<s>, <unk>); that of the blank is not looked at.
typedef struct {
  const char* const* labels;
  size_t count;
  size_t blank;
  int scale;  // MYNA_LOG_PROBS or MYNA_LOGITS
} myna_columns;

// `lexicon` and `language_model` are paths; NULL for none. A lexicon (native/lexicon.py builds it)
// must have been built for the same labels, those that are NULL and the blank left out, and, where
// there is one, from the same language model. NULL for `options` are the default ones. All that is
// given is copied, but the two files must stay as they are.
MYNA_API myna_decoder* myna_decoder_open(const myna_columns* columns, const char* lexicon,
                                         const char* language_model, const myna_options* options,
                                         char** error);

// Streams and hypotheses that it made may stay longer.
MYNA_API void myna_decoder_free(myna_decoder* decoder);

// Hot phrases -----------------------------------------------------------------------------------

// Words, or several with spaces between, and what they add to a total, in natural logarithms:
// native/hot_phrases.py says what they do.
typedef struct {
  const char* text;
  double boost;  // -100 to 100
} myna_hot_phrase;

// A word and the labels that spell it, by their columns.
typedef struct {
  const char* text;
  const uint32_t* columns;
  size_t count;
} myna_spelling;

// For this decoder, or one of the same lexicon, language model and alpha. Words that the lexicon
// has not are spelled by the labels, or as `spellings` has them: each once or several times. Any
// number of threads may use them.
MYNA_API myna_hot_phrases* myna_hot_phrases_open(const myna_decoder* decoder,
                                                 const myna_hot_phrase* phrases, size_t count,
                                                 const myna_spelling* spellings,
                                                 size_t spelling_count, char** error);

// Streams with them may stay longer.
MYNA_API void myna_hot_phrases_free(myna_hot_phrases* phrases);

// Decoding --------------------------------------------------------------------------------------

// Frames by columns, in your memory, at any address; nothing is copied or kept. Strides are in
// bytes, and may be negative; both 0: row after row, without gaps.
typedef struct {
  const void* data;
  int is_double;  // 0: float, 1: double
  size_t frames;
  ptrdiff_t frame_stride;
  ptrdiff_t column_stride;
} myna_frames;

// One utterance. That each frame has as many numbers as the decoder has columns is yours to see to.
// `hot`, here and below, may be NULL.
MYNA_API myna_hypotheses* myna_decode(const myna_decoder* decoder, const myna_frames* frames,
                                      const myna_hot_phrases* hot, char** error);

// `count` utterances on up to `threads` threads, into results[0] to results[count - 1]. If it fails
// none is there, and all results are NULL.
MYNA_API int myna_decode_batch(const myna_decoder* decoder, const myna_frames* batch, size_t count,
                               int threads, const myna_hot_phrases* hot,
                               myna_hypotheses** results, char** error);

// An utterance whose frames come one after the other. In whatever pieces they are fed, the result is
// that of myna_decode for all of them.
MYNA_API myna_stream* myna_stream_open(const myna_decoder* decoder,
                                       const myna_hot_phrases* hot, char** error);

// Frames that are refused (NaN, values over 0) change nothing. After any other failure, and after
// myna_stream_finish, the stream can only be freed.
MYNA_API int myna_stream_feed(myna_stream* stream, const myna_frames* frames, char** error);

// The best `count` hypotheses, if the utterance ended here. It goes on as if nobody had asked, but
// for the confidence of words, rarely: that may depend on when it was.
MYNA_API myna_hypotheses* myna_stream_partial(myna_stream* stream, size_t count, char** error);

MYNA_API myna_hypotheses* myna_stream_finish(myna_stream* stream, char** error);

MYNA_API void myna_stream_free(myna_stream* stream);

// Hypotheses ------------------------------------------------------------------------------------

// A word, in the frames [begin_frame, end_frame).
typedef struct {
  const char* text;
  uint32_t begin_frame;
  uint32_t end_frame;
  float confidence;  // 0 to 1
} myna_word;

// A label, by its column, and the frame in which it began.
typedef struct {
  uint32_t column;
  uint32_t frame;
} myna_label;

// As Hypothesis in native/hypothesis.py has them.
typedef struct {
  const char* text;
  double acoustic;
  double language_model;
  double hot_phrases;
  double total;
  int is_complete;
  size_t word_count;
  const myna_word* words;
  size_t label_count;
  const myna_label* labels;
} myna_hypothesis;

// How many there are; none if no text has a probability over 0.
MYNA_API size_t myna_hypotheses_count(const myna_hypotheses* hypotheses);

// Number 0 is the best one; NULL for a number that is too high. It stays until all are freed.
MYNA_API const myna_hypothesis* myna_hypotheses_get(const myna_hypotheses* hypotheses,
                                                    size_t number);

MYNA_API void myna_hypotheses_free(myna_hypotheses* hypotheses);

// Alignment -------------------------------------------------------------------------------------

// A word of a known text, in the frames [begin_frame, end_frame): from its first label to its last.
typedef struct {
  const char* text;
  size_t begin_frame;
  size_t end_frame;
  double score;  // mean of the natural logarithm of its label's probability, over all their frames
} myna_aligned_word;

// A label of that text, separators too.
typedef struct {
  uint32_t column;
  size_t begin_frame;
  size_t end_frame;
  double score;
} myna_aligned_label;

typedef struct {
  double log_prob;  // ln P of the best path
  size_t word_count;
  const myna_aligned_word* words;
  size_t label_count;
  const myna_aligned_label* labels;
} myna_alignment;

// The most probable path of the words, `count` of them, each after the other: native/alignment.py
// says more. A word whose `columns` are NULL is spelled with the longest label that fits at each
// place. `separator` is the label between any two words, or NULL where there is none; words then
// begin with SentencePiece's U+2581 if the labels can spell them so. It needs no decoder, and takes
// 32 MB and some 120 bytes a label of the text while it works.
MYNA_API const myna_alignment* myna_align(const myna_columns* columns, const myna_frames* frames,
                                          const myna_spelling* words, size_t count,
                                          const char* separator, char** error);

MYNA_API void myna_alignment_free(const myna_alignment* alignment);

#ifdef __cplusplus
}
#endif

#endif  // MYNA_DECODER_H_

// Decodes a file of log-probabilities as if they were just being spoken:
//
//   decoder_example LABELS BLANK LEXICON MODEL LOG_PROBS
//
// LABELS has a line for each column of the acoustic model; an empty one is never written. BLANK is
// the number of the blank's line, from 0. LEXICON and MODEL are files of Myna's, or "-" for none.
// LOG_PROBS are float32, frame after frame.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "myna_decoder.h"

#define MOST_COLUMNS 70000
#define FRAMES_AT_ONCE 25

static char* labels[MOST_COLUMNS];

static void fail(const char* what, const char* why) {
  fprintf(stderr, "decoder_example: %s: %s\n", what, why);
  exit(1);
}

static size_t read_labels(const char* path) {
  char line[256];
  size_t count = 0;
  FILE* file = fopen(path, "r");
  if (file == NULL) fail(path, "cannot be opened");
  while (count < MOST_COLUMNS && fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    labels[count] = NULL;
    if (line[0] != '\0') {
      labels[count] = malloc(strlen(line) + 1);
      if (labels[count] == NULL) fail(path, "out of memory");
      strcpy(labels[count], line);
    }
    ++count;
  }
  fclose(file);
  return count;
}

static void show(const myna_hypotheses* hypotheses) {
  const myna_hypothesis* best = myna_hypotheses_get(hypotheses, 0);
  if (best == NULL) fail("log-probabilities", "no text is possible");
  printf("%s\n", best->text);
  for (size_t i = 0; i < best->word_count; ++i) {
    const myna_word* word = &best->words[i];
    printf("%u %u %.3f %s\n", (unsigned)word->begin_frame, (unsigned)word->end_frame,
           word->confidence, word->text);
  }
}

int main(int argc, char** argv) {
  if (argc != 6) fail("usage", "decoder_example LABELS BLANK LEXICON MODEL LOG_PROBS");
  char* error = NULL;
  myna_columns columns = {NULL, 0, 0, MYNA_LOG_PROBS};
  columns.count = read_labels(argv[1]);
  columns.labels = (const char* const*)labels;
  columns.blank = strtoul(argv[2], NULL, 10);

  myna_options options;
  myna_default_options(&options);
  options.hypotheses = 1;
  const char* lexicon = strcmp(argv[3], "-") == 0 ? NULL : argv[3];
  const char* model = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
  myna_decoder* decoder = myna_decoder_open(&columns, lexicon, model, &options, &error);
  if (decoder == NULL) fail("cannot open the decoder", error);

  myna_stream* stream = myna_stream_open(decoder, NULL, &error);
  if (stream == NULL) fail("cannot begin", error);
  FILE* file = fopen(argv[5], "rb");
  if (file == NULL) fail(argv[5], "cannot be opened");
  float* values = malloc(FRAMES_AT_ONCE * columns.count * sizeof *values);
  if (values == NULL) fail(argv[5], "out of memory");
  myna_frames frames = {values, 0, 0, 0, 0};
  while ((frames.frames = fread(values, columns.count * sizeof *values, FRAMES_AT_ONCE, file)) > 0) {
    if (myna_stream_feed(stream, &frames, &error) != 0) fail(argv[5], error);
    myna_hypotheses* so_far = myna_stream_partial(stream, 1, &error);
    if (so_far == NULL) fail(argv[5], error);
    if (myna_hypotheses_count(so_far) > 0)
      fprintf(stderr, "%s\n", myna_hypotheses_get(so_far, 0)->text);
    myna_hypotheses_free(so_far);
  }
  myna_hypotheses* found = myna_stream_finish(stream, &error);
  if (found == NULL) fail(argv[5], error);
  show(found);

  myna_hypotheses_free(found);
  myna_stream_free(stream);
  myna_decoder_free(decoder);
  fclose(file);
  free(values);
  for (size_t i = 0; i < columns.count; ++i) free(labels[i]);
  return 0;
}

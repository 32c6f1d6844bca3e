// One allocation after the other is the first that fails, and all after it; then there is memory
// again, and the decoder must say what it always says, from the searches that it has kept.
// no_memory LEXICON MODEL LOG_PROBS HOT LABEL ...; the blank is the last column.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <new>
#include <string>
#include <vector>

#include "myna_decoder.h"

namespace {

constexpr long kEnough = -1;
long left = kEnough;  // allocations that do not fail

void Fail(const std::string& what) {
  left = kEnough;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

std::string Shown(myna_hypotheses* found) {
  std::string text;
  for (size_t i = 0; i < myna_hypotheses_count(found); ++i) {
    const myna_hypothesis& one = *myna_hypotheses_get(found, i);
    char total[64];
    std::snprintf(total, sizeof total, " %a %a\n", one.total, one.hot_phrases);
    text += one.text + std::string(total);
  }
  myna_hypotheses_free(found);
  return text;
}

void CheckError(char* error) {
  if (error != nullptr && std::strcmp(error, "out of memory") != 0) Fail(error);
  myna_free_error(error);
}

struct Case {
  const myna_decoder* decoder;
  const myna_frames* frames;
};

// NULL if there was not memory enough.
myna_hypotheses* Decode(const Case& one, const myna_hot_phrases* hot, long allocations) {
  char* error = nullptr;
  left = allocations;
  myna_hypotheses* const found = myna_decode(one.decoder, one.frames, hot, &error);
  left = kEnough;
  if (found == nullptr) CheckError(error);
  return found;
}

myna_hypotheses* Stream(const Case& one, const myna_hot_phrases* hot, long allocations) {
  char* error = nullptr;
  left = allocations;
  myna_hypotheses* found = nullptr;
  myna_stream* const stream = myna_stream_open(one.decoder, hot, &error);
  if (stream != nullptr && myna_stream_feed(stream, one.frames, &error) == 0)
    found = myna_stream_finish(stream, &error);
  left = kEnough;
  myna_stream_free(stream);  // its search is kept, whatever it was in the middle of
  if (found == nullptr) CheckError(error);
  return found;
}

}  // namespace

void* operator new(std::size_t size) {
  if (left == 0) throw std::bad_alloc();
  if (left > 0) --left;
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Of the same family as the one above: what a library asks of it is given back to the others.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main(int count, char** arguments) {
  std::ifstream file(arguments[3], std::ios::binary);
  const std::vector<char> data{std::istreambuf_iterator<char>(file), {}};
  std::vector<const char*> labels(arguments + 5, arguments + count);
  labels.push_back(nullptr);
  const myna_columns columns{labels.data(), labels.size(), labels.size() - 1, MYNA_LOG_PROBS};
  const myna_frames frames{data.data(), 0, data.size() / sizeof(float) / labels.size(), 0, 0};
  const myna_hot_phrase phrase{arguments[4], 5};
  long failures = 0;
  for (const auto run : {Decode, Stream}) {
    std::string plain, hot_plain;
    bool is_enough = false;
    for (long allocations = 0; !is_enough; ++allocations) {
      char* error = nullptr;
      myna_decoder* const decoder =
          myna_decoder_open(&columns, arguments[1], arguments[2], nullptr, &error);
      if (decoder == nullptr) Fail(error);
      myna_hot_phrases* const hot =
          myna_hot_phrases_open(decoder, &phrase, 1, nullptr, 0, &error);
      if (hot == nullptr) Fail(error);
      const Case one{decoder, &frames};
      if (allocations == 0) {
        plain = Shown(Decode(one, nullptr, kEnough));
        hot_plain = Shown(Decode(one, hot, kEnough));
        if (plain == hot_plain) Fail("the phrase says nothing");
      }
      myna_hypotheses* const found = run(one, hot, allocations);
      is_enough = found != nullptr;
      failures += !is_enough;
      if (is_enough && Shown(found) != hot_plain) Fail("another result with just enough memory");
      // Twice: first with what was asked for when it failed.
      for (int turn = 0; turn < 2; ++turn) {
        if (Shown(Decode(one, hot, kEnough)) != hot_plain) Fail("another result with the phrase");
        if (Shown(Decode(one, nullptr, kEnough)) != plain) Fail("another result without it");
      }
      myna_hot_phrases_free(hot);
      myna_decoder_free(decoder);
    }
  }
  std::printf("%ld\n", failures);
}

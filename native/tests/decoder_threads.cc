// Many threads, one decoder: whatever they do at once, each finds what one finds alone.
//
// Threads decode batches (on threads of their own) and single utterances, and follow several
// streams each, all with one decoder, without hot phrases and with those that all share; they share
// one stream too, and make decoders and hot phrases of the lexicon and language model that all
// share. Status 1 where a result differs. tools/sanitize.py builds it
// with TSan.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "decoder.h"
#include "decoder_stream.h"
#include "hot_phrases.h"
#include "random_world.h"

namespace myna {
namespace {

constexpr std::size_t kThreads = 4;
constexpr std::size_t kRounds = 2;
constexpr std::size_t kSharedFeeds = 20;  // of a thread in a round
constexpr int kUtterances = 16;

// All of a result, so that equal texts mean equal results, bit for bit.
std::string Described(const std::vector<Hypothesis>& hypotheses) {
  std::ostringstream all;
  all << std::hexfloat;
  for (const Hypothesis& h : hypotheses) {
    all << h.text << ' ' << h.acoustic << ' ' << h.language_model << ' ' << h.hot_phrases << ' '
        << h.total << ' ' << h.is_complete;
    for (const WordSpan& w : h.words)
      all << ' ' << w.text << ' ' << w.begin_frame << ' ' << w.end_frame << ' ' << w.confidence;
    for (const LabelStep& step : h.labels) all << ' ' << step.label << ' ' << step.frame;
    all << '\n';
  }
  return all.str();
}

using Hot = std::shared_ptr<const HotPhrases>;

// What is searched with, and what one thread finds alone, without hot phrases and with them.
struct Trial {
  std::shared_ptr<const Decoder> decoder;
  Hot hot;
  std::vector<LogProbMatrix> batch;
  std::vector<std::string> plain;
  std::vector<std::string> heard;

  const std::vector<std::string>& expected(const Hot& used) const {
    return used == nullptr ? plain : heard;
  }
};

// Pairs of words, one of each most likely beside the lexicon. Without spaces they are single words
// of labels.
Hot MakeHot(const Decoder& decoder, const RandomWorld& world) {
  std::vector<HotPhrase> phrases;
  for (std::size_t n = 0; n + 1 < world.words().size(); n += 6) {
    const std::string& word = world.words()[n];
    phrases.push_back({word + " " + world.words()[n + 1] + word, 1.0 + static_cast<double>(n % 5)});
    phrases.push_back({word, 0.25 * static_cast<double>(n % 4) - 0.25});
  }
  return std::make_shared<const HotPhrases>(decoder, phrases, std::vector<HotSpelling>{});
}

std::vector<std::string> Serial(const Decoder& decoder, const std::vector<LogProbMatrix>& batch,
                                const Hot& hot) {
  std::vector<std::string> found;
  for (const LogProbMatrix& one : batch) found.push_back(Described(decoder.Decode(one, hot)));
  return found;
}

class Threads {
 public:
  Threads(const RandomWorld& world, const std::vector<Utterance>& utterances, const Trial& trial)
      : world_(world),
        utterances_(utterances),
        trial_(trial),
        shared_(trial.decoder, world.output(), trial.hot) {}

  // How many results there were, and how many of them were others than those of one thread.
  std::pair<int, int> Run() {
    std::vector<std::thread> threads;
    for (std::size_t number = 0; number < kThreads; ++number) {
      threads.emplace_back([this, number] {
        ++ready_;
        while (ready_ < kThreads) std::this_thread::yield();
        for (std::size_t round = 0; round < kRounds; ++round) Work(number);
      });
    }
    for (std::thread& thread : threads) thread.join();
    CompareShared();
    return {results_, wrong_};
  }

 private:
  void Work(std::size_t number) {
    DecodeSingly(number);
    for (const Hot& hot : {Hot(), trial_.hot}) {
      DecodeAll(*trial_.decoder, hot);
      FollowStreams(hot);
    }
    for (std::size_t n = 0; n < kSharedFeeds; ++n) {
      shared_.Feed(world_.Memory(utterances_.back(), 0, 1));
      shared_.Partial(1);
    }
    // The parts of a decoder are shared as the decoder itself is.
    const Decoder& d = *trial_.decoder;
    const Decoder own(world_.labels(), d.lexicon() ? world_.lexicon() : nullptr,
                      d.language_model() ? world_.model() : nullptr, d.options());
    DecodeAll(own, trial_.hot);
    DecodeAll(*trial_.decoder, MakeHot(own, world_));
  }

  void DecodeSingly(std::size_t first) {
    const std::size_t count = trial_.batch.size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = (i + first * 3) % count;
      const Hot hot = i % 2 == 0 ? trial_.hot : nullptr;
      Compare(at, trial_.decoder->Decode(trial_.batch[at], hot), hot);
    }
  }

  void DecodeAll(const Decoder& decoder, const Hot& hot) {
    const auto found = decoder.DecodeBatch(trial_.batch, 2, [] {}, hot);
    for (std::size_t i = 0; i < found.size(); ++i) Compare(i, found[i], hot);
  }

  // All utterances side by side, some frames of each in turn.
  void FollowStreams(const Hot& hot) {
    std::vector<std::unique_ptr<DecoderStream>> streams;
    for (std::size_t i = 0; i < utterances_.size(); ++i)
      streams.push_back(std::make_unique<DecoderStream>(trial_.decoder, world_.output(), hot));
    std::vector<std::size_t> fed(streams.size(), 0);
    for (bool goes_on = true; goes_on;) {
      goes_on = false;
      for (std::size_t i = 0; i < streams.size(); ++i) {
        const std::size_t count = std::min(3 + i, utterances_[i].frames - fed[i]);
        streams[i]->Feed(world_.Memory(utterances_[i], fed[i], count));
        fed[i] += count;
        if (i % 4 == 0) streams[i]->Partial(1);
        goes_on |= fed[i] < utterances_[i].frames;
      }
    }
    for (std::size_t i = 0; i < streams.size(); ++i) Compare(i, streams[i]->Finish(), hot);
  }

  // The frame that all have fed into one stream, over and over.
  void CompareShared() {
    Utterance same;
    same.frames = shared_.frames();
    const auto begin = utterances_.back().values.begin();
    for (std::size_t n = 0; n < same.frames; ++n)
      same.values.insert(same.values.end(), begin, begin + world_.columns());
    ++results_;
    const auto expected = trial_.decoder->Decode(world_.View(same), trial_.hot);
    if (same.frames != kThreads * kRounds * kSharedFeeds ||
        Described(shared_.Finish()) != Described(expected))
      ++wrong_;
  }

  void Compare(std::size_t utterance, const std::vector<Hypothesis>& found, const Hot& hot) {
    ++results_;
    if (Described(found) != trial_.expected(hot)[utterance]) ++wrong_;
  }

  const RandomWorld& world_;
  const std::vector<Utterance>& utterances_;
  const Trial& trial_;
  DecoderStream shared_;
  std::atomic<std::size_t> ready_{0};
  std::atomic<int> results_{0};
  std::atomic<int> wrong_{0};
};

// The decoder that the threads get has not been used before: what it makes on first use, it makes
// while they all ask for it.
Trial MakeTrial(const std::function<std::shared_ptr<const Decoder>()>& make,
                const RandomWorld& world, const std::vector<LogProbMatrix>& batch) {
  const auto decoder = make(), alone = make();
  const Hot hot = MakeHot(*alone, world);
  return {decoder, MakeHot(*decoder, world), batch, Serial(*alone, batch, nullptr),
          Serial(*alone, batch, hot)};
}

int Main() {
  RandomWorld world;
  std::vector<Utterance> utterances;
  for (int n = 0; n < kUtterances; ++n) utterances.push_back(world.Say((n + 1) % 5));
  std::vector<LogProbMatrix> batch;
  for (const Utterance& utterance : utterances) batch.push_back(world.View(utterance));

  DecoderOptions options;
  options.beam_size = 24;
  options.hypotheses = 5;
  DecoderOptions open = options;
  open.merge_histories = false;
  open.unknown_penalty = 10;
  const auto make = [&](bool with_lexicon, bool with_model, const DecoderOptions& chosen) {
    return MakeTrial(
        [&] {
          return std::make_shared<const Decoder>(world.labels(),
                                                 with_lexicon ? world.lexicon() : nullptr,
                                                 with_model ? world.model() : nullptr, chosen);
        },
        world, batch);
  };
  int results = 0, wrong = 0;
  bool is_heard = true;  // hot phrases make a difference in each trial
  for (const Trial& trial : {make(true, true, options), make(true, true, open),
                             make(true, false, options), make(false, false, options)}) {
    is_heard &= trial.plain != trial.heard;
    const auto [more, wrong_of_them] = Threads(world, utterances, trial).Run();
    results += more;
    wrong += wrong_of_them;
  }
  std::printf("%d results of %zu threads, %d of them wrong\n", results, kThreads, wrong);
  if (!is_heard) std::printf("hot phrases change nothing\n");
  return results == 0 || wrong > 0 || !is_heard ? 1 : 0;
}

}  // namespace
}  // namespace myna

int main() { return myna::Main(); }

#include "recording_cutter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "audio_decoder.h"
#include "byte_source.h"
#include "clip_cut.h"
#include "file_error.h"
#include "resampler.h"

namespace myna {
namespace {

// Clips that lie over each other and are written side by side; the others wait for another pass.
constexpr size_t kMostOpen = 64;

// A file that is there and cannot be read (no permission, a bad block) is its own clips' matter,
// unless the system is at its limits.
[[noreturn]] void ThrowUnreadable(int code, const std::string& path) {
  if (code == EMFILE || code == ENFILE || code == ENOMEM) throw FileError(code, path);
  throw AudioProblem("unreadable", std::strerror(code));
}

OpenedPath Open(const std::string& path) {
  try {
    return OpenPath(path);
  } catch (const FileError& error) {
    ThrowUnreadable(error.code(), path);
  }
}

std::unique_ptr<ByteSource> OpenSource(const Recording& recording) {
  if (recording.bytes) return MemorySource(*recording.bytes);
  OpenedPath opened = Open(recording.path);
  if (opened.kind == PathKind::kMissing) throw AudioProblem("missing_audio", recording.path);
  if (opened.kind == PathKind::kOther)
    throw AudioProblem("not_audio", "a folder or device, not a file");
  return std::move(opened.source);
}

std::optional<Resampler> ResamplerFor(int source_rate, int target_rate) {
  if (source_rate == target_rate) return std::nullopt;
  if (source_rate < kLowestRate || source_rate > kHighestRate)
    throw AudioProblem("decode_error", "a sample rate of " + std::to_string(source_rate) + " Hz");
  return Resampler(PlanFor(source_rate, target_rate), ChooseKernels("auto"));
}

void Reject(const AudioProblem& problem, ClipOutcome* outcome) {
  outcome->problem = problem.reason();
  outcome->detail = problem.what();
}

// Runs what may reject one clip alone; false when it did.
template <typename Step>
bool Passes(ClipOutcome* outcome, const Step& step) {
  try {
    step();
    return true;
  } catch (const AudioProblem& problem) {
    Reject(problem, outcome);
    return false;
  }
}

// One channel of a recording on its way through the resampler, and the clips that wait for it.
struct Track {
  int channel;
  std::optional<Resampler> resampler;
  std::list<ClipCut> coming;  // by their beginnings
  std::list<ClipCut> open;
  int64_t position = 0;  // output samples that have come

  bool is_done() const { return coming.empty() && open.empty(); }
};

// The recording once, from its beginning as far as a clip needs it.
class Pass {
 public:
  Pass(const SndfileLibrary& library, const Recording& recording, const CutOptions& options,
       const OpenWriter& open)
      : recording_(recording),
        options_(options),
        open_(open),
        decoder_(library, OpenSource(recording)) {}

  // For the clips by their numbers, in the order of their beginnings. Those that have to wait for
  // another pass are left in `numbers`.
  void Run(std::vector<size_t>* numbers, std::vector<ClipOutcome>* outcomes,
           const std::atomic<bool>& stop) {
    Prepare(*numbers, outcomes);
    numbers->clear();
    postponed_ = numbers;
    try {
      while (!stop && !IsDone() && Decode()) {
      }
    } catch (const AudioProblem& problem) {
      RejectAll(problem);
    }
  }

 private:
  void Prepare(const std::vector<size_t>& numbers, std::vector<ClipOutcome>* outcomes) {
    const RecordingHead head{decoder_.rate(), decoder_.channels(), decoder_.announced()};
    outcomes_ = outcomes;
    for (const size_t number : numbers) {
      const Cut& cut = recording_.cuts[number];
      ClipOutcome& outcome = (*outcomes)[number];
      outcome.source_rate = head.rate;
      outcome.source_channels = head.channels;
      Passes(&outcome, [&] {
        TrackOf(cut.channel).coming.emplace_back(cut, options_, head, &outcome);
      });
    }
  }

  Track& TrackOf(int channel) {
    if (decoder_.channels() == 1) channel = -1;
    for (Track& track : tracks_)
      if (track.channel == channel) return track;
    tracks_.push_back({channel, ResamplerFor(decoder_.rate(), options_.sample_rate), {}, {}});
    return tracks_.back();
  }

  bool IsDone() const {
    return std::all_of(tracks_.begin(), tracks_.end(), [](const Track& t) { return t.is_done(); });
  }

  // One block; false at the end.
  bool Decode() {
    const int64_t frames = decoder_.Next();
    if (decoder_.read_error() != 0) ThrowUnreadable(decoder_.read_error(), recording_.path);
    decoded_ += frames;
    for (Track& track : tracks_)
      if (!track.is_done()) frames > 0 ? Push(&track) : End(&track);
    return frames > 0;
  }

  void Push(Track* track) {
    decoder_.Mix(track->channel, &mixed_);
    if (!track->resampler) return Deliver(track, mixed_);
    resampled_.clear();
    track->resampler->Push(mixed_.data(), static_cast<int64_t>(mixed_.size()), &resampled_);
    Deliver(track, resampled_);
  }

  void End(Track* track) {
    if (track->resampler) {
      resampled_.clear();
      track->resampler->Finish(&resampled_);
      Deliver(track, resampled_);
    }
    for (std::list<ClipCut>* clips : {&track->open, &track->coming})
      for (ClipCut& clip : *clips)
        Passes(&clip.outcome(), [&] { clip.FinishAtEnd(decoded_, decoder_.announced()); });
    track->open.clear();
    track->coming.clear();
  }

  void Deliver(Track* track, const std::vector<float>& samples) {
    const int64_t begin = track->position;
    track->position += static_cast<int64_t>(samples.size());
    while (!track->coming.empty() && track->coming.front().first() < track->position) Begin(track);
    for (auto clip = track->open.begin(); clip != track->open.end();) {
      const bool kept = Passes(&clip->outcome(), [&] {
        clip->Add(samples.data(), begin, static_cast<int64_t>(samples.size()));
        if (clip->is_complete()) clip->Finish();
      });
      clip = kept && !clip->is_complete() ? std::next(clip) : track->open.erase(clip);
    }
  }

  void Begin(Track* track) {
    ClipCut& clip = track->coming.front();
    size_t open = 0;
    for (const Track& one : tracks_) open += one.open.size();
    if (open == kMostOpen) {
      postponed_->push_back(static_cast<size_t>(&clip.outcome() - outcomes_->data()));
      track->coming.pop_front();
      return;
    }
    clip.Open(open_(clip.cut()));
    track->open.splice(track->open.end(), track->coming, track->coming.begin());
  }

  void RejectAll(const AudioProblem& problem) {
    for (Track& track : tracks_)
      for (std::list<ClipCut>* clips : {&track.open, &track.coming})
        for (ClipCut& clip : *clips) Reject(problem, &clip.outcome());
  }

  const Recording& recording_;
  const CutOptions& options_;
  const OpenWriter& open_;
  AudioDecoder decoder_;
  std::list<Track> tracks_;
  int64_t decoded_ = 0;
  std::vector<float> mixed_;
  std::vector<float> resampled_;
  std::vector<ClipOutcome>* outcomes_ = nullptr;
  std::vector<size_t>* postponed_ = nullptr;
};

}  // namespace

std::vector<ClipOutcome> CutRecording(const SndfileLibrary& library, const Recording& recording,
                                      const CutOptions& options, const OpenWriter& open,
                                      const std::atomic<bool>& stop) {
  std::vector<ClipOutcome> outcomes(recording.cuts.size());
  std::vector<size_t> waiting(recording.cuts.size());
  std::iota(waiting.begin(), waiting.end(), size_t{0});
  std::stable_sort(waiting.begin(), waiting.end(), [&recording](size_t one, size_t other) {
    return recording.cuts[one].start < recording.cuts[other].start;
  });
  while (!waiting.empty() && !stop) {
    try {
      Pass(library, recording, options, open).Run(&waiting, &outcomes, stop);
    } catch (const AudioProblem& problem) {  // of opening it
      for (const size_t number : waiting) Reject(problem, &outcomes[number]);
      waiting.clear();
    }
  }
  return outcomes;
}

}  // namespace myna

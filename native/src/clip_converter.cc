#include "clip_converter.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "audio_decoder.h"
#include "byte_source.h"
#include "file_error.h"
#include "int16_samples.h"
#include "loudness_meter.h"
#include "resampler.h"

namespace myna {
namespace {

constexpr int64_t kEndless = INT64_MAX / 4;
// Some encoders count the frame that holds the tag itself: one MP3 frame.
constexpr int64_t kLengthTolerance = 1152;

std::string TemporaryName(const std::string& folder) {
  static const uint64_t process = std::random_device{}() * 0x100000000ull + std::random_device{}();
  static std::atomic<uint64_t> counter{0};
  char name[80];
  // The process id too: a forked child would go on with its parent's numbers.
  std::snprintf(name, sizeof name, "%016llx-%ld-%llu.part", static_cast<unsigned long long>(process),
                static_cast<long>(getpid()), static_cast<unsigned long long>(counter++));
  return folder + "/" + name;
}

std::unique_ptr<ByteSource> OpenSource(const ClipJob& job) {
  if (job.bytes) return MemorySource(*job.bytes);
  OpenedPath opened = OpenPath(job.path);
  if (opened.kind == PathKind::kMissing) throw AudioProblem("missing_audio", job.path);
  if (opened.kind == PathKind::kOther)
    throw AudioProblem("not_audio", "a folder or device, not a file");
  return std::move(opened.source);
}

std::string Seconds(int64_t frames, int rate) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f s", static_cast<double>(frames) / rate);
  return text;
}

// Takes the next samples at the rate that is asked for.
using Sink = std::function<void(const float* samples, int64_t count)>;

// One clip from its source into a sink.
class Conversion {
 public:
  Conversion(const SndfileLibrary& library, const ClipJob& job, const ConvertOptions& options,
             Sink sink, ClipOutcome* outcome)
      : job_(job),
        options_(options),
        outcome_(*outcome),
        decoder_(library, OpenSource(job), job.channel),
        sink_(std::move(sink)) {
    if (options.silence) meter_.emplace(options.sample_rate, *options.silence);
  }

  void Run() {
    outcome_.source_rate = decoder_.rate();
    outcome_.source_channels = decoder_.channels();
    PrepareResampling();
    const int64_t first = FrameAt(job_.start);
    const int64_t last = job_.end ? FrameAt(*job_.end) : kEndless;
    RefuseAnnouncedLength(first, last);
    decoder_.Seek(first);
    const bool ended = Decode(std::max<int64_t>(last - first, 0));
    if (decoder_.read_error() != 0) throw FileError(decoder_.read_error(), job_.path);
    outcome_.partial = ended && StoppedShort(first, last);
    if (outcome_.partial && !options_.keep_partial) throw Truncated(first, last);
    CheckLength();
    Finish();
    CheckLoudness();
  }

 private:
  int64_t FrameAt(double seconds) const {
    return static_cast<int64_t>(std::min(seconds * decoder_.rate() + 0.5, double(kEndless)));
  }

  void PrepareResampling() {
    if (decoder_.rate() == options_.sample_rate) return;
    if (decoder_.rate() < kLowestRate || decoder_.rate() > kHighestRate)
      throw AudioProblem("decode_error",
                         "a sample rate of " + std::to_string(decoder_.rate()) + " Hz");
    resampler_.emplace(PlanFor(decoder_.rate(), options_.sample_rate), ChooseKernels("auto"));
  }

  // Decodes up to `most` samples; true when the file ended before.
  bool Decode(int64_t most) {
    while (outcome_.source_frames < most) {
      const std::vector<float>& block = decoder_.Next(most - outcome_.source_frames);
      if (block.empty()) return true;
      outcome_.source_frames += static_cast<int64_t>(block.size());
      if (TooLong(outcome_.source_frames)) return false;
      if (!resampler_) {
        Give(block);
        continue;
      }
      resampled_.clear();
      resampler_->Push(block.data(), static_cast<int64_t>(block.size()), &resampled_);
      Give(resampled_);
    }
    return false;
  }

  void Give(const std::vector<float>& samples) {
    const auto count = static_cast<int64_t>(samples.size());
    if (meter_) meter_->Add(samples.data(), count);
    sink_(samples.data(), count);
  }

  bool StoppedShort(int64_t first, int64_t last) const {
    if (decoder_.announced() < 0) return false;
    const int64_t promised = std::min(decoder_.announced(), last) - first;
    return promised - outcome_.source_frames > kLengthTolerance;
  }

  AudioProblem Truncated(int64_t first, int64_t last) const {
    const int64_t promised = std::min(decoder_.announced(), last) - first;
    return AudioProblem("truncated", Seconds(outcome_.source_frames, decoder_.rate()) + " of " +
                                         Seconds(promised, decoder_.rate()));
  }

  bool TooLong(int64_t frames) const {
    const double seconds = static_cast<double>(frames) / decoder_.rate();
    // A second less than a file holds, for what the resampler adds at the end.
    return seconds > static_cast<double>(kMostClipSamples) / options_.sample_rate - 1 ||
           (options_.max_seconds && seconds > *options_.max_seconds);
  }

  // Before hours are decoded for nothing.
  void RefuseAnnouncedLength(int64_t first, int64_t last) const {
    const int64_t promised = std::min(decoder_.announced(), last) - first;
    if (decoder_.announced() >= 0 && TooLong(promised))
      throw AudioProblem("too_long", "longer than wanted: " + Seconds(promised, decoder_.rate()));
  }

  void CheckLength() const {
    const int64_t frames = outcome_.source_frames;
    if (frames == 0) throw AudioProblem("no_frames", "no samples between start and end");
    if (TooLong(frames))
      throw AudioProblem("too_long", "longer than " + Seconds(frames - 1, decoder_.rate()));
    if (static_cast<double>(frames) < options_.min_seconds * decoder_.rate())
      throw AudioProblem("too_short", Seconds(frames, decoder_.rate()));
  }

  void Finish() {
    if (!resampler_) return;
    resampled_.clear();
    resampler_->Finish(&resampled_);
    Give(resampled_);
  }

  void CheckLoudness() const {
    if (!meter_ || meter_->IsEnough()) return;
    char text[60];
    std::snprintf(text, sizeof text, "%.1f dBFS in the loudest 100 ms", meter_->dbfs());
    throw AudioProblem("silence", text);
  }

  const ClipJob& job_;
  const ConvertOptions& options_;
  ClipOutcome& outcome_;
  AudioDecoder decoder_;
  Sink sink_;
  std::optional<Resampler> resampler_;
  std::vector<float> resampled_;
  std::optional<LoudnessMeter> meter_;
};

bool IsSystemLimit(int code) { return code == EMFILE || code == ENFILE || code == ENOMEM; }

// What becomes of a clip whose samples go into `sink`; true when all went well.
bool RunInto(const Sink& sink, const SndfileLibrary& library, const ClipJob& job,
             const ConvertOptions& options, ClipOutcome* outcome) {
  try {
    Conversion(library, job, options, sink, outcome).Run();
    return true;
  } catch (const AudioProblem& problem) {
    outcome->problem = problem.reason();
    outcome->detail = problem.what();
  } catch (const FileError& error) {
    // Of the source (no permission, a bad block): that clip's matter, unless the system is at its
    // limits. Of the target: everybody's.
    if (error.path() != job.path || IsSystemLimit(error.code())) throw;
    outcome->problem = "unreadable";
    outcome->detail = std::strerror(error.code());
  }
  return false;
}

ClipOutcome ConvertOne(const SndfileLibrary& library, const ClipJob& job,
                       const ConvertOptions& options) {
  ClipOutcome outcome;
  const std::unique_ptr<ClipWriter> writer =
      OpenClipWriter(options.format, library, TemporaryName(options.temporary), job.target,
                     options.sample_rate);
  const Sink write = [&writer](const float* samples, int64_t count) {
    writer->Add(samples, count);
  };
  if (!RunInto(write, library, job, options, &outcome)) return outcome;
  const WrittenClip written = writer->Commit();
  outcome.frames = written.samples;
  outcome.bytes = written.bytes;
  return outcome;
}

// The jobs not yet begun, and the first exception of a worker.
class Batch {
 public:
  Batch(const SndfileLibrary& library, const std::vector<ClipJob>& jobs,
        const ConvertOptions& options)
      : library_(library), jobs_(jobs), options_(options), outcomes_(jobs.size()) {}

  std::vector<ClipOutcome> Run(const std::function<void()>& poll) {
    std::vector<std::thread> workers;
    std::exception_ptr interrupted;
    try {
      const size_t count = std::min<size_t>(static_cast<size_t>(options_.threads), jobs_.size());
      running_ = 0;
      for (size_t i = 0; i < count; ++i) {
        {
          const std::lock_guard<std::mutex> lock(mutex_);
          ++running_;
        }
        StartWorker(&workers);
      }
      Wait(poll);
    } catch (...) {
      interrupted = std::current_exception();
      next_ = jobs_.size();
    }
    for (std::thread& worker : workers) worker.join();
    if (interrupted) std::rethrow_exception(interrupted);
    if (failure_) std::rethrow_exception(failure_);
    return std::move(outcomes_);
  }

 private:
  void StartWorker(std::vector<std::thread>* workers) {
    try {
      workers->emplace_back([this] { Work(); });
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      --running_;
      throw;
    }
  }

  void Work() {
    try {
      for (size_t i = next_++; i < jobs_.size(); i = next_++)
        outcomes_[i] = ConvertOne(library_, jobs_[i], options_);
    } catch (...) {
      next_ = jobs_.size();
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    --running_;
    finished_.notify_one();
  }

  void Wait(const std::function<void()>& poll) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!finished_.wait_for(lock, std::chrono::milliseconds(100),
                               [this] { return running_ == 0; })) {
      lock.unlock();
      poll();
      lock.lock();
    }
  }

  const SndfileLibrary& library_;
  const std::vector<ClipJob>& jobs_;
  const ConvertOptions& options_;
  std::vector<ClipOutcome> outcomes_;
  std::atomic<size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable finished_;
  int running_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<ClipOutcome> ConvertClips(const SndfileLibrary& library,
                                      const std::vector<ClipJob>& jobs,
                                      const ConvertOptions& options,
                                      const std::function<void()>& poll) {
  return Batch(library, jobs, options).Run(poll);
}

std::vector<int16_t> DecodeClip(const SndfileLibrary& library, const ClipJob& job,
                                const ConvertOptions& options, ClipOutcome* outcome) {
  std::vector<int16_t> whole;
  const Sink keep = [&whole](const float* samples, int64_t count) {
    const size_t at = whole.size();
    whole.resize(at + static_cast<size_t>(count));
    ToInt16(samples, count, whole.data() + at);
  };
  if (!RunInto(keep, library, job, options, outcome)) whole.clear();
  outcome->frames = static_cast<int64_t>(whole.size());
  return whole;
}

}  // namespace myna

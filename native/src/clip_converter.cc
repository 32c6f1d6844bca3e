#include "clip_converter.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "int16_samples.h"
#include "recording_cutter.h"

namespace myna {
namespace {

std::string TemporaryName(const std::string& folder) {
  static const uint64_t process = std::random_device{}() * 0x100000000ull + std::random_device{}();
  static std::atomic<uint64_t> counter{0};
  char name[80];
  // The process id too: a forked child would go on with its parent's numbers.
  std::snprintf(name, sizeof name, "%016llx-%ld-%llu.part", static_cast<unsigned long long>(process),
                static_cast<long>(getpid()), static_cast<unsigned long long>(counter++));
  return folder + "/" + name;
}

// The recordings not yet begun, and the first exception of a worker.
class Batch {
 public:
  Batch(const SndfileLibrary& library, const std::vector<Recording>& recordings,
        const ConvertOptions& options)
      : library_(library),
        recordings_(recordings),
        options_(options),
        outcomes_(recordings.size()) {}

  std::vector<std::vector<ClipOutcome>> Run(const std::function<void()>& poll) {
    std::vector<std::thread> workers;
    std::exception_ptr interrupted;
    try {
      const auto threads = static_cast<size_t>(options_.threads);
      const size_t count = std::min(threads, recordings_.size());
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
      stop_ = true;
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
      for (size_t i = next_++; i < recordings_.size() && !stop_; i = next_++)
        outcomes_[i] = CutRecording(library_, recordings_[i], options_.cut, open_, stop_);
    } catch (...) {
      stop_ = true;
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
  const std::vector<Recording>& recordings_;
  const ConvertOptions& options_;
  std::vector<std::vector<ClipOutcome>> outcomes_;
  const OpenWriter open_ = [this](const Cut& cut) {
    return OpenClipWriter(options_.format, library_, TemporaryName(options_.temporary), cut.target,
                          options_.cut.sample_rate);
  };
  std::atomic<size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable finished_;
  int running_ = 0;
  std::exception_ptr failure_;
};

// Keeps the samples of a clip in memory.
class MemoryWriter : public ClipWriter {
 public:
  explicit MemoryWriter(std::vector<int16_t>* whole) : whole_(*whole) {}
  void Add(const float* samples, int64_t count) override {
    const size_t at = whole_.size();
    whole_.resize(at + static_cast<size_t>(count));
    ToInt16(samples, count, whole_.data() + at);
  }
  WrittenClip Commit() override { return {static_cast<int64_t>(whole_.size()), 0}; }

 private:
  std::vector<int16_t>& whole_;
};

}  // namespace

std::vector<std::vector<ClipOutcome>> ConvertRecordings(const SndfileLibrary& library,
                                                        const std::vector<Recording>& recordings,
                                                        const ConvertOptions& options,
                                                        const std::function<void()>& poll) {
  return Batch(library, recordings, options).Run(poll);
}

std::vector<int16_t> DecodeClip(const SndfileLibrary& library, const Recording& recording,
                                const CutOptions& options, ClipOutcome* outcome) {
  std::vector<int16_t> whole;
  const OpenWriter open = [&whole](const Cut&) { return std::make_unique<MemoryWriter>(&whole); };
  const std::atomic<bool> never{false};
  *outcome = CutRecording(library, recording, options, open, never).front();
  if (!outcome->problem.empty()) whole.clear();
  return whole;
}

}  // namespace myna

#include "thread_batch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace myna {
namespace {

class ThreadBatch {
 public:
  ThreadBatch(std::size_t count, const std::function<void(std::size_t)>& work)
      : count_(count), work_(work) {}

  void Run(std::size_t threads, const std::function<void()>& poll) {
    std::vector<std::thread> workers;
    try {
      while (workers.size() < threads && Start(&workers)) {
      }
      Wait(poll);
    } catch (...) {
      Fail(std::current_exception());
    }
    for (std::thread& worker : workers) worker.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  // False when the system gives no more threads: those that run do the work.
  bool Start(std::vector<std::thread>* workers) {
    try {
      workers->emplace_back([this] { Work(); });
    } catch (const std::system_error&) {
      if (workers->empty()) throw;
      return false;
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    ++started_;
    return true;
  }

  void Work() {
    try {
      for (std::size_t i = next_++; i < count_; i = next_++) work_(i);
    } catch (...) {
      Fail(std::current_exception());
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    ++finished_;
    changed_.notify_one();
  }

  void Wait(const std::function<void()>& poll) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(100),
                              [this] { return finished_ == started_; })) {
      lock.unlock();
      poll();
      lock.lock();
    }
  }

  void Fail(std::exception_ptr failure) {
    next_ = count_;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!failure_) failure_ = failure;
  }

  const std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::size_t started_ = 0;
  std::size_t finished_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

void RunOnThreads(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                  const std::function<void()>& poll) {
  if (count == 1) return work(0);
  const std::size_t most = static_cast<std::size_t>(std::max(threads, 1));
  ThreadBatch(count, work).Run(std::min(most, count), poll);
}

}  // namespace myna

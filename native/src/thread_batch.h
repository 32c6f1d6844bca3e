// Many independent pieces of work on a few threads.

#ifndef MYNA_NATIVE_THREAD_BATCH_H_
#define MYNA_NATIVE_THREAD_BATCH_H_

#include <cstddef>
#include <functional>

namespace myna {

// Calls work(0) ... work(count - 1), each once, in any order, on up to `threads` threads (fewer if
// the system gives no more), and `poll` on the calling thread some ten times a second. The first
// exception of either ends the batch: what is in hand is finished, the rest is not begun, and the
// exception is rethrown. A single piece, which nothing could end early, runs on the calling thread.
void RunOnThreads(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                  const std::function<void()>& poll);

}  // namespace myna

#endif  // MYNA_NATIVE_THREAD_BATCH_H_

// Stand-in for boost's interprocess_semaphore (which KenLM uses within one process) and for the
// exception that its caller looks into for EINTR. macOS never comes here: KenLM has its own there.

#ifndef MYNA_KENLM_BOOST_INTERPROCESS_SYNC_INTERPROCESS_SEMAPHORE_HPP_
#define MYNA_KENLM_BOOST_INTERPROCESS_SYNC_INTERPROCESS_SEMAPHORE_HPP_

#ifndef __APPLE__

#include <cerrno>
#include <stdexcept>

#include <semaphore.h>

namespace boost {
namespace interprocess {

class interprocess_exception : public std::runtime_error {
 public:
  explicit interprocess_exception(int error)
      : std::runtime_error("semaphore failed"), error_(error) {}
  int get_native_error() const { return error_; }

 private:
  int error_;
};

class interprocess_semaphore {
 public:
  explicit interprocess_semaphore(unsigned int count) { Check(sem_init(&semaphore_, 0, count)); }
  ~interprocess_semaphore() { sem_destroy(&semaphore_); }
  interprocess_semaphore(const interprocess_semaphore&) = delete;
  interprocess_semaphore& operator=(const interprocess_semaphore&) = delete;

  void post() { Check(sem_post(&semaphore_)); }
  void wait() { Check(sem_wait(&semaphore_)); }

 private:
  static void Check(int result) {
    if (result != 0) throw interprocess_exception(errno);
  }

  sem_t semaphore_;
};

}  // namespace interprocess
}  // namespace boost

#endif  // __APPLE__

#endif  // MYNA_KENLM_BOOST_INTERPROCESS_SYNC_INTERPROCESS_SEMAPHORE_HPP_

// Why a file gives no samples.

#ifndef MYNA_AUDIO_PROBLEM_H_
#define MYNA_AUDIO_PROBLEM_H_

#include <stdexcept>
#include <string>

namespace myna {

// `reason` is one of the strings of native/audio.py's PROBLEMS; what() is one line for people.
class AudioProblem : public std::runtime_error {
 public:
  AudioProblem(const char* reason, const std::string& detail)
      : std::runtime_error(detail), reason_(reason) {}
  const char* reason() const { return reason_; }

 private:
  const char* reason_;
};

}  // namespace myna

#endif  // MYNA_AUDIO_PROBLEM_H_

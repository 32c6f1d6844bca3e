// How loud the loudest moment of a clip is: tells a clip in which nobody speaks from a quiet one.

#ifndef MYNA_LOUDNESS_METER_H_
#define MYNA_LOUDNESS_METER_H_

#include <cstdint>

namespace myna {

// The root mean square of the loudest 100 ms, in decibels below a square wave of full scale.
//
// Windows follow each other without overlap, so a sound shorter than one may count for 3 dB less.
// Of what is left at the end, what lacks to a window counts as silence; a clip that is shorter than
// a window is one.
class LoudnessMeter {
 public:
  // Looks no further once a window has `enough` dBFS.
  LoudnessMeter(int sample_rate, double enough);
  void Add(const float* samples, int64_t count);
  bool IsEnough() const { return Loudest() >= enough_; }
  double dbfs() const;  // -200 for what is less

 private:
  double Loudest() const;

  int64_t window_;  // samples
  double enough_;   // as a mean of squares, as loudest_
  double loudest_ = -1;
  int64_t filled_ = 0;  // samples of the window in hand
  double sum_ = 0;      // of their squares
};

}  // namespace myna

#endif  // MYNA_LOUDNESS_METER_H_

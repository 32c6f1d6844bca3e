// Power spectra of real signals, a few side by side: one butterfly works on the same bin of all of
// them, so that it needs no shuffling to use vector instructions.

#ifndef MYNA_POWER_SPECTRUM_H_
#define MYNA_POWER_SPECTRUM_H_

#include <array>
#include <vector>

namespace myna {

// |X[k]|^2 of real samples x[0] ... x[size - 1], with X[k] = sum_n x[n] e^(-2 pi i k n / size), by
// a complex transform of half the size. Threads may share one.
class PowerSpectrum {
 public:
  static constexpr int kLanes = 4;           // signals at once
  using Lanes = std::array<double, kLanes>;  // one sample, or one bin, of each
  struct Complex {
    Lanes re, im;
  };

  explicit PowerSpectrum(int size);  // a power of two, at least 2
  int size() const { return size_; }
  int bins() const { return size_ / 2 + 1; }
  // Writes the power at each of the `bins` frequencies from 0 to half the sample rate. `work` is
  // scratch memory of any size, kept by the caller from call to call.
  void Transform(const Lanes* samples, std::vector<Complex>* work, Lanes* power) const;

 private:
  struct Factor {
    double re, im;
  };

  void Fold(const Lanes* samples, Complex* values) const;
  void Butterflies(Complex* values) const;
  void Unfold(const Complex* values, Lanes* power) const;

  int size_;
  int half_;                     // size of the complex transform
  std::vector<int> reversed_;    // place of each complex value in the order that Butterflies takes
  std::vector<Factor> factors_;  // e^(-2 pi i k / size)
};

}  // namespace myna

#endif  // MYNA_POWER_SPECTRUM_H_

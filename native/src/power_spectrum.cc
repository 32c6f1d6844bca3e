#include "power_spectrum.h"

#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace myna {
namespace {

constexpr double kPi = 3.14159265358979323846;

}  // namespace

PowerSpectrum::PowerSpectrum(int size)
    : size_(size), half_(size / 2), reversed_(static_cast<size_t>(size / 2)) {
  if (size < 2 || (size & (size - 1)) != 0)
    throw std::invalid_argument("the size of a power spectrum must be a power of two from 2");
  for (int bit = 1, place = half_ / 2; bit < half_; bit *= 2, place /= 2)
    for (int i = 0; i < bit; ++i) reversed_[i + bit] = reversed_[i] + place;
  for (int k = 0; k < half_; ++k)
    factors_.push_back({std::cos(2 * kPi * k / size), -std::sin(2 * kPi * k / size)});
}

void PowerSpectrum::Transform(const Lanes* samples, std::vector<Complex>* work,
                              Lanes* power) const {
  work->resize(static_cast<size_t>(half_));
  Fold(samples, work->data());
  Butterflies(work->data());
  Unfold(work->data(), power);
}

// Real samples are taken for complex ones, two by two.
void PowerSpectrum::Fold(const Lanes* samples, Complex* values) const {
  for (int i = 0; i < half_; ++i) {
    values[reversed_[i]].re = samples[2 * i];
    values[reversed_[i]].im = samples[2 * i + 1];
  }
}

// Cooley and Tukey 1965, decimation in time: transforms of `span` values, two by two, make those
// of twice as many.
void PowerSpectrum::Butterflies(Complex* values) const {
  for (int span = 1; span < half_; span *= 2) {
    const int stride = half_ / span;  // between factors: e^(-2 pi i k / (2 span))
    for (int k = 0; k < span; ++k) {
      const Factor w = factors_[k * stride];
      for (int start = k; start < half_; start += 2 * span) {
        Complex& a = values[start];
        Complex& b = values[start + span];
        for (int l = 0; l < kLanes; ++l) {
          const double re = b.re[l] * w.re - b.im[l] * w.im;
          const double im = b.re[l] * w.im + b.im[l] * w.re;
          b.re[l] = a.re[l] - re;
          b.im[l] = a.im[l] - im;
          a.re[l] += re;
          a.im[l] += im;
        }
      }
    }
  }
}

// With Z the transform of the folded samples, n = size / 2 and Z[n] = Z[0]: the even samples have
// the transform E[k] = (Z[k] + conj Z[n - k]) / 2, the odd ones O[k] = (Z[k] - conj Z[n - k]) / 2i,
// and all of them X[k] = E[k] + e^(-2 pi i k / size) O[k].
void PowerSpectrum::Unfold(const Complex* values, Lanes* power) const {
  for (int l = 0; l < kLanes; ++l) {
    const double first = values[0].re[l] + values[0].im[l];
    const double last = values[0].re[l] - values[0].im[l];
    power[0][l] = first * first;
    power[half_][l] = last * last;
  }
  for (int k = 1; k < half_; ++k) {
    const Complex& z = values[k];
    const Complex& mirror = values[half_ - k];
    const Factor w = factors_[k];
    for (int l = 0; l < kLanes; ++l) {
      const double even_re = z.re[l] + mirror.re[l], even_im = z.im[l] - mirror.im[l];
      const double odd_re = z.im[l] + mirror.im[l], odd_im = mirror.re[l] - z.re[l];
      const double re = even_re + w.re * odd_re - w.im * odd_im;
      const double im = even_im + w.re * odd_im + w.im * odd_re;
      power[k][l] = 0.25 * (re * re + im * im);
    }
  }
}

}  // namespace myna

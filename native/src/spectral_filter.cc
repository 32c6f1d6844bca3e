#include "spectral_filter.h"

#include <cmath>
#include <complex>

#include "windowed_sinc.h"

namespace myna {
namespace {

void Append(std::complex<double> value, std::vector<float>* floats) {
  floats->push_back(static_cast<float>(value.real()));
  floats->push_back(static_cast<float>(value.imag()));
}

// exp(-2 pi i j q / length) for q = 1, 2, 3 and every j < length / 4, for each step: the longest
// first. `term` is the length that the steps leave.
std::vector<float> TwiddleFactors(int term) {
  std::vector<float> factors;
  for (int length = term * kSpectralPoints; length > term; length /= 4)
    for (int j = 0; j < length / 4; ++j)
      for (int q = 1; q < 4; ++q) Append(std::polar(1.0, -2 * kPi * j * q / length), &factors);
  return factors;
}

// H, for h laid around 0 in a circle of up * down * M places, `up` of them a sample.
std::vector<double> Response(const WindowedSinc& filter, int up, int down) {
  const int size = up * down * kSpectralPoints;
  std::vector<double> cosines(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) cosines[i] = std::cos(2 * kPi * i / size);
  std::vector<double> response(static_cast<size_t>(size), filter(0));
  for (int i = 1; i <= filter.half_width() * up; ++i) {
    const double value = 2 * filter(static_cast<double>(i) / up);
    for (int64_t m = 0; m < size; ++m) response[m] += value * cosines[m * i % size];
  }
  return response;
}

// The k that the steps leave at `place`: its digits to the base of four, turned round.
int FrequencyAt(int place) {
  int frequency = 0;
  for (int weight = 1; weight < kSpectralPoints; weight *= 4, place /= 4)
    frequency = 4 * frequency + place % 4;
  return frequency;
}

}  // namespace

SpectralFilter DesignSpectral(const WindowedSinc& filter, int up, int down) {
  SpectralFilter made{up, down, 0, 0, TwiddleFactors(down), TwiddleFactors(up), {}};
  const int margin = static_cast<int>(std::ceil((filter.half_width() + 1) / down));
  made.lead = margin * down;
  made.hop = (kSpectralPoints - 2 * margin) / 4 * 4;  // what Transpose4x4 takes
  const std::vector<double> response = Response(filter, up, down);
  const int terms = up * down;
  for (int place = 0; place < kSpectralPoints; ++place)
    for (int n = 0; n < up; ++n)
      for (int m = 0; m < down; ++m) {
        std::complex<double> sum = 0;
        for (int c = 0; c < terms; ++c)
          sum += std::polar(response[FrequencyAt(place) + c * kSpectralPoints],
                            2 * kPi * c * (n * down - m * up) / terms);
        Append(sum / static_cast<double>(terms * kSpectralPoints), &made.mixing);
      }
  return made;
}

}  // namespace myna

// The sharp filter of a plan for ratios of small terms, by fast Fourier transforms (overlap-save:
// T. G. Stockham, "High-speed convolution and correlation", 1966): several times less work than the
// sum that it stands for.
//
// A block of down * M inputs is transformed, filtered, and transformed back to up * M outputs, of
// which those that read beyond the block are thrown away. With c = 0 .. up * down - 1, H the
// transform of h at up * down * M points (real, for h is even), and k < M, what lies between is
//
//   Y[k + b M] = sum over c = b mod up of X[k + (c mod down) M] H[k + c M]
//
// which ties together only the frequencies that are equal mod M. The last step of the transform
// forth (of length down) and the first of that back (of length up) do as well, so all three are one
// matrix for each k, of up x down complex numbers:
//
//   G[n][m] = 1 / (up down M) * sum over c of H[k + c M] exp(2 pi i c (n / up - m / down))
//
// Everything else is steps of four with the usual twiddle factors: decimation in frequency forth, in
// time back, so that nothing is ever put into another order. One complex transform carries two
// blocks, one of them in its imaginary parts.

#ifndef MYNA_SPECTRAL_FILTER_H_
#define MYNA_SPECTRAL_FILTER_H_

#include <cstdint>
#include <vector>

namespace myna {

constexpr int kSpectralPoints = 1024;                // M, a power of four
constexpr int kSpectralLanes = 8;                    // transforms worked on side by side
constexpr int kSpectralBlocks = 2 * kSpectralLanes;  // blocks worked on side by side
constexpr int kLargestSpectralTerm = 4;              // of the ratio up/down

struct SpectralFilter {
  int up;  // up/down in lowest terms
  int down;
  int lead;  // inputs of a block before the one at the time of its first output
  int hop;   // a block gives up * hop outputs, and the next one begins down * hop inputs later
  std::vector<float> forth;   // twiddle factors
  std::vector<float> back;
  std::vector<float> mixing;  // per k, in the order that the steps leave: G, row by row
};

class WindowedSinc;

SpectralFilter DesignSpectral(const WindowedSinc& filter, int up, int down);

}  // namespace myna

#endif  // MYNA_SPECTRAL_FILTER_H_

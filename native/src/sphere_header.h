// The text at the beginning of a NIST SPHERE file.
//
// "NIST_1A", the header's length in bytes, then a line "name -type value" for each field up to
// "end_head": http://www.speech.cs.cmu.edu/inner/nist-sphere.html

#ifndef MYNA_SPHERE_HEADER_H_
#define MYNA_SPHERE_HEADER_H_

#include <cstdint>

#include "byte_source.h"

namespace myna {

enum class SphereCoding { kPcm, kMuLaw, kALaw };

struct SphereHeader {
  int64_t data_start = 0;     // bytes before the samples
  int64_t sample_count = -1;  // as written; -1: missing, or 0, which programs leave in a pipe
  int rate = 0;               // Hz
  int channels = 1;
  int sample_bytes = 0;  // 1 to 4
  bool big_endian = false;
  SphereCoding coding = SphereCoding::kPcm;
  bool shortened = false;
};

// True for a file that begins with "NIST_1A".
bool IsSphere(ByteSource& source);

// Only sample_rate must be there. For the others the rules are those of NIST's own library, as its
// users see them: no sample_coding means mu-law where a sample has one byte, else PCM; no
// sample_byte_format means the lowest byte first; and sox's for no channel_count, one. No
// sample_n_bytes means two for PCM. Throws AudioProblem for a header that is broken, or whose
// samples we cannot read.
SphereHeader ReadSphereHeader(ByteSource& source);

}  // namespace myna

#endif  // MYNA_SPHERE_HEADER_H_

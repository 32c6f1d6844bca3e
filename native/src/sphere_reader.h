// The samples of a NIST SPHERE file: PCM, mu-law, A-law, or shortened.
//
// Not by libsndfile, which refuses headers that miss a field, and "embedded-shorten".

#ifndef MYNA_SPHERE_READER_H_
#define MYNA_SPHERE_READER_H_

#include <memory>

#include "byte_source.h"
#include "sample_reader.h"

namespace myna {

// For a source that IsSphere(). Throws AudioProblem.
std::unique_ptr<SampleReader> OpenSphere(std::unique_ptr<ByteSource> source);

}  // namespace myna

#endif  // MYNA_SPHERE_READER_H_

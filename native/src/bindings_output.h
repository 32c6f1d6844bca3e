// How the bindings see the arrays that an acoustic model gives.

#ifndef MYNA_BINDINGS_OUTPUT_H_
#define MYNA_BINDINGS_OUTPUT_H_

#include "bindings.h"
#include "log_prob_matrix.h"
#include "output_columns.h"

namespace myna {

// The array's own memory: native/output_columns.py has checked it and keeps it alive.
LogProbMatrix::Memory MemoryOf(const py::array& array, const OutputColumns& columns);

}  // namespace myna

#endif  // MYNA_BINDINGS_OUTPUT_H_

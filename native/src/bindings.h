// The bindings*.cc are the only files that include pybind11: they translate between Python objects
// and the library in this folder, and nothing more. Every call that may take long releases the GIL.

#ifndef MYNA_BINDINGS_H_
#define MYNA_BINDINGS_H_

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

namespace myna {

namespace py = pybind11;

// For the `poll` of thread_batch.h: throws what a signal handler of Python's raised, such as
// KeyboardInterrupt. Takes the GIL, which the caller has released.
void RaiseSignals();

// Whether C++ may read the array in place: in one piece, each number where its type may lie.
bool IsPlain(const py::array& array);

void BindAudio(py::module_& module);
void BindFeatures(py::module_& module);
void BindText(py::module_& module);
void BindSentences(py::module_& module);
void BindEditDistance(py::module_& module);
void BindLanguageModel(py::module_& module);
void BindMixture(py::module_& module);
void BindLexicon(py::module_& module);
void BindDecoder(py::module_& module);
void BindAlignment(py::module_& module);

}  // namespace myna

#endif  // MYNA_BINDINGS_H_

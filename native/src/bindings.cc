// The extension module native._native.

#include "bindings.h"

#include <cstring>
#include <exception>

#include "file_error.h"

namespace myna {
namespace {

// What becomes of it in all that is bound: OSError(errno, text, filename), which Python makes
// PermissionError, FileNotFoundError, ... by errno.
void SetOsError(const FileError& error) {
  PyObject* name = PyUnicode_DecodeFSDefault(error.path().c_str());
  if (name == nullptr) throw py::error_already_set();
  const py::object raised = py::reinterpret_borrow<py::object>(PyExc_OSError)(
      error.code(), error.Begin() + std::strerror(error.code()),
      py::reinterpret_steal<py::object>(name));
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(raised.ptr())), raised.ptr());
}

void TranslateFileError(std::exception_ptr raised) {
  try {
    if (raised) std::rethrow_exception(raised);
  } catch (const FileError& error) {
    SetOsError(error);
  }
}

}  // namespace

void RaiseSignals() {
  const py::gil_scoped_acquire acquired;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

bool IsPlain(const py::array& array) {
  constexpr int kPlain = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
  return (array.flags() & kPlain) == kPlain;
}

}  // namespace myna

PYBIND11_MODULE(_native, module) {
  module.doc() = "Compiled part of the native package; use it through native/*.py.";
  pybind11::register_local_exception_translator(&myna::TranslateFileError);
  myna::BindAudio(module);
  myna::BindText(module);
  myna::BindSentences(module);
  myna::BindLanguageModel(module);
  myna::BindMixture(module);
  myna::BindFeatures(module);
  myna::BindEditDistance(module);
  myna::BindLexicon(module);
  myna::BindDecoder(module);
  myna::BindAlignment(module);
}

// The only file that includes pybind11: it translates between Python objects and the library in
// this folder, and nothing more. Every call that may take long releases the GIL.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

PYBIND11_MODULE(_native, module) {
  module.doc() = "Compiled part of the native package; use it through native/*.py.";
}

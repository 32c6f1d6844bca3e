// The only file that includes pybind11: it translates between Python objects and the library in
// this folder, and nothing more. Every call that may take long releases the GIL.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "language_model.h"

namespace py = pybind11;

namespace {

using WithoutGil = py::call_guard<py::gil_scoped_release>;

void BindLanguageModel(py::module_& module) {
  py::class_<myna::LanguageModel>(module, "LanguageModel")
      .def(py::init<const std::string&>(), py::arg("path"), WithoutGil())
      .def_property_readonly("order", &myna::LanguageModel::order)
      .def(
          "score",
          [](const myna::LanguageModel& self, const std::vector<std::string>& words) {
            const myna::SentenceScore score = self.Score(words);
            return std::pair<double, int>(score.log10, score.unknown);
          },
          py::arg("words"), WithoutGil());
}

}  // namespace

PYBIND11_MODULE(_native, module) {
  module.doc() = "Compiled part of the native package; use it through native/*.py.";
  BindLanguageModel(module);
}

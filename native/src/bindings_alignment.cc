// For native/output_columns.py and native/alignment.py.

#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aligner.h"
#include "bindings_output.h"

namespace myna {

LogProbMatrix::Memory MemoryOf(const py::array& array, const OutputColumns& columns) {
  const bool is_float = array.dtype().num() == py::dtype::of<float>().num();
  const bool is_double = array.dtype().num() == py::dtype::of<double>().num();
  if ((!is_float && !is_double) || array.dtype().byteorder() != '=' || array.ndim() != 2 ||
      array.shape(1) != static_cast<py::ssize_t>(columns.count()))
    throw py::type_error("not an array of float32 or float64 with these columns");
  return {array.data(), is_double, static_cast<std::size_t>(array.shape(0)), array.strides(0),
          array.strides(1)};
}

namespace {

using Texts = std::vector<std::optional<std::string>>;

std::shared_ptr<OutputColumns> MakeColumns(const Texts& labels, uint32_t blank, bool are_logits) {
  return std::make_shared<OutputColumns>(labels, blank,
                                         are_logits ? Scale::kLogits : Scale::kLogProbs);
}

py::tuple AlignFromPython(const OutputColumns& columns, const py::array& array,
                          const std::vector<uint32_t>& text) {
  const LogProbMatrix log_probs(MemoryOf(array, columns), columns);
  for (const uint32_t label : text)
    if (label >= columns.labels()->size()) throw py::index_error("no such label");
  Alignment found;
  {
    const py::gil_scoped_release released;
    found = Align(log_probs, *columns.labels(), text, RaiseSignals);
  }
  py::list labels;
  for (const AlignedLabel& label : found.labels)
    labels.append(py::make_tuple(label.begin_frame, label.end_frame, label.log_prob));
  return py::make_tuple(labels, found.log_prob);
}

}  // namespace

void BindAlignment(py::module_& module) {
  py::class_<OutputColumns, std::shared_ptr<OutputColumns>>(module, "OutputColumns")
      .def(py::init(&MakeColumns), py::arg("labels"), py::arg("blank"), py::arg("are_logits"))
      .def(
          "spell",
          [](const OutputColumns& self, const std::string& text) {
            return self.labels()->Spell(text);
          },
          py::arg("text"));
  module.def("align", &AlignFromPython, py::arg("columns"), py::arg("array"), py::arg("text"));
}

}  // namespace myna

// For native/ngram_mixture.py.

#include "bindings.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ngram_mixture.h"

namespace myna {
namespace {

// (log10 P [tokens, models], whether the vocabulary has the token [tokens])
py::tuple ScoreFromPython(const NgramMixture& mixture, const py::bytes& sentences) {
  // Python's bytes do not change: what is inside may be read without the GIL.
  const auto view = static_cast<std::string_view>(sentences);
  MixtureScores scores;
  {
    const py::gil_scoped_release released;
    scores = mixture.Score(view);
  }
  const auto tokens = static_cast<py::ssize_t>(scores.known.size());
  py::array_t<float> log10({tokens, static_cast<py::ssize_t>(mixture.models())});
  std::copy(scores.log10.begin(), scores.log10.end(), log10.mutable_data());
  py::array_t<bool> known(tokens);
  std::copy(scores.known.begin(), scores.known.end(), known.mutable_data());
  return py::make_tuple(log10, known);
}

}  // namespace

void BindMixture(py::module_& module) {
  using WithoutGil = py::call_guard<py::gil_scoped_release>;
  py::class_<NgramMixture>(module, "NgramMixture")
      .def(py::init<std::vector<std::string>>(), py::arg("words"), WithoutGil())
      .def("add", &NgramMixture::Add, py::arg("descriptor"), py::arg("name"), WithoutGil())
      .def("join", &NgramMixture::Join, WithoutGil())
      .def_property_readonly("sizes", &NgramMixture::sizes)
      .def("score", &ScoreFromPython, py::arg("sentences"))
      .def("write", &NgramMixture::Write, py::arg("descriptor"), py::arg("weights"), WithoutGil());
}

}  // namespace myna

// For native/language_model.py.

#include "bindings.h"

#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "language_model.h"
#include "model_words.h"

namespace myna {
namespace {

// (sentences, words, log10, log10 of the unknown words, those words with a line feed behind each)
py::tuple ScoreTextFromPython(const LanguageModel& model, const py::bytes& sentences) {
  // Python's bytes do not change: what is inside may be read without the GIL.
  const auto view = static_cast<std::string_view>(sentences);
  TextScore score;
  {
    const py::gil_scoped_release released;
    score = model.ScoreText(view);
  }
  return py::make_tuple(score.sentences, score.words, score.log10, score.unknown_log10,
                        py::bytes(score.unknown_words));
}

py::list WordsOfModelForPython(const std::string& path) {
  std::vector<std::string> words;
  {
    const py::gil_scoped_release released;
    words = WordsOfModel(path);
  }
  py::list list;
  for (const std::string& word : words) list.append(py::bytes(word));
  return list;
}

}  // namespace

void BindLanguageModel(py::module_& module) {
  using WithoutGil = py::call_guard<py::gil_scoped_release>;
  module.def("words_of_model", &WordsOfModelForPython, py::arg("path"));
  py::class_<LanguageModel, std::shared_ptr<LanguageModel>>(module, "LanguageModel")
      .def(py::init<const std::string&>(), py::arg("path"), WithoutGil())
      .def_property_readonly("order", &LanguageModel::order)
      .def(
          "score",
          [](const LanguageModel& self, const std::vector<std::string>& words) {
            const SentenceScore score = self.Score(words);
            return std::pair<double, int>(score.log10, score.unknown);
          },
          py::arg("words"), WithoutGil())
      .def("score_text", &ScoreTextFromPython, py::arg("sentences"));
}

}  // namespace myna

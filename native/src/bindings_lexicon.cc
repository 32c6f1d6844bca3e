// For native/lexicon.py.

#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings.h"
#include "labels.h"
#include "language_model.h"
#include "lexicon.h"
#include "lexicon_builder.h"

namespace myna {
namespace {

using Spellings = std::vector<std::pair<std::string, std::vector<uint32_t>>>;

std::shared_ptr<Lexicon> OpenLexicon(const std::string& path) {
  const py::gil_scoped_release released;
  return std::make_shared<Lexicon>(path);
}

py::bytes BuildLexiconFromPython(const std::vector<std::string>& words, Spellings spelled,
                                 const std::vector<std::string>& labels,
                                 const std::optional<std::string>& model_path,
                                 const std::optional<std::string>& separator, bool joint_space) {
  std::string content;
  {
    const py::gil_scoped_release released;
    std::vector<SpelledWord> with_spelling;
    with_spelling.reserve(spelled.size());
    for (auto& [text, spelling] : spelled)
      with_spelling.push_back({std::move(text), std::move(spelling)});
    std::optional<LanguageModel> model;
    if (model_path) model.emplace(*model_path);
    content = BuildLexicon({words.begin(), words.end()}, with_spelling,
                           {Labels(labels), model ? &*model : nullptr, separator, joint_space});
  }
  return py::bytes(content);
}

py::list ToBytes(const std::vector<std::string>& texts) {
  py::list list;
  for (const std::string& text : texts) list.append(py::bytes(text));
  return list;
}

py::list TextsOf(const Lexicon& lexicon) {
  py::list list;
  for (const std::string_view text : lexicon.Texts())
    list.append(py::bytes(text.data(), text.size()));
  return list;
}

py::list SpellingsOf(const Lexicon& lexicon) {
  py::list list;
  lexicon.ForEachWord([&](uint32_t word, const std::vector<uint32_t>& spelling) {
    const std::string_view text = lexicon.text(word);
    list.append(py::make_tuple(py::bytes(text.data(), text.size()), spelling));
  });
  return list;
}

}  // namespace

void BindLexicon(py::module_& module) {
  module.def("build_lexicon", &BuildLexiconFromPython, py::arg("words"), py::arg("spelled"),
             py::arg("labels"), py::arg("language_model"), py::arg("separator"),
             py::arg("joint_space"));
  py::class_<Lexicon, std::shared_ptr<Lexicon>>(module, "Lexicon")
      .def(py::init(&OpenLexicon), py::arg("path"))
      .def_property_readonly("labels",
                             [](const Lexicon& self) { return ToBytes(self.labels().texts()); })
      .def_property_readonly("words", &Lexicon::texts)
      .def_property_readonly("separator", &Lexicon::separator)
      .def_property_readonly("is_unseparated", &Lexicon::is_unseparated)
      .def_property_readonly("joint", &Lexicon::joint)
      .def("contains",
           [](const Lexicon& self, const std::string& text) { return self.Contains(text); })
      .def("texts", &TextsOf)
      .def("spellings", &SpellingsOf);
}

}  // namespace myna

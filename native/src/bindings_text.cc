// Text for native/text.py, edit distances for native/edit_distance.py.

#include "bindings.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "edit_distance.h"
#include "nfc.h"
#include "text_rules.h"
#include "unicode.h"
#include "utf8.h"

namespace myna {

// Text -------------------------------------------------------------------------------------------

namespace {

// The UTF-8 inside a Python str, which stays its owner. Throws UnicodeEncodeError, naming the
// position, when there is a lone surrogate in it.
std::string_view Utf8Of(py::handle text) {
  if (!PyUnicode_Check(text.ptr())) throw py::type_error("expected str");
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
  if (data == nullptr) throw py::error_already_set();
  return {data, static_cast<std::size_t>(size)};
}

py::object ProblemOf(const NormalisedText& result) {
  if (result.problem == TextProblem::kNone) return py::none();
  return py::str(ProblemName(result.problem));
}

py::tuple NormaliseOne(const py::str& text, const std::string& rules, const std::string& locale) {
  const TextNormaliser normaliser(ParseTextRules(rules), locale);
  const NormalisedText result = normaliser.Normalise(Utf8Of(text));
  return py::make_tuple(result.text, ProblemOf(result));
}

// `texts` is a tuple, so that nobody can take a str away while the GIL is released.
std::pair<py::list, py::list> NormaliseMany(const py::tuple& texts, const std::string& rules,
                                            const std::string& locale, int threads) {
  const TextNormaliser normaliser(ParseTextRules(rules), locale);
  std::vector<std::string_view> views;
  views.reserve(texts.size());
  for (py::handle text : texts) views.push_back(Utf8Of(text));
  std::vector<NormalisedText> results;
  {
    py::gil_scoped_release release;
    results = normaliser.NormaliseMany(views, threads);
  }
  py::list cleaned(results.size());
  py::list problems(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    cleaned[i] = py::str(results[i].text);
    problems[i] = ProblemOf(results[i]);
  }
  return {cleaned, problems};
}

std::string NfcFromPython(const py::str& text) {
  std::u32string codes = DecodeUtf8(Utf8Of(text));
  NormaliseNfc(&codes);
  return EncodeUtf8(codes);
}

std::string LowerCaseFromPython(const py::str& text) {
  std::u32string codes = DecodeUtf8(Utf8Of(text));
  LowerCase(/*turkic=*/false, &codes);
  return EncodeUtf8(codes);
}

std::string FoldCaseFromPython(const py::str& text) {
  std::u32string codes = DecodeUtf8(Utf8Of(text));
  FoldCase(&codes);
  return EncodeUtf8(codes);
}

// Whether the tables know every character of the text.
bool IsAssigned(const py::str& text) {
  const std::u32string codes = DecodeUtf8(Utf8Of(text));
  return std::none_of(codes.begin(), codes.end(), [](char32_t code) {
    return PropertiesOf(code).char_class == CharClass::kUnassigned;
  });
}

}  // namespace

void BindText(py::module_& module) {
  module.attr("unicode_version") = UnicodeVersion();
  module.def("normalise_text", &NormaliseOne, py::arg("text"), py::arg("rules"), py::arg("locale"));
  module.def("normalise_texts", &NormaliseMany, py::arg("texts"), py::arg("rules"),
             py::arg("locale"), py::arg("threads"));
  module.def("is_assigned", &IsAssigned, py::arg("text"));
  module.def("nfc", &NfcFromPython, py::arg("text"));
  module.def("lower_case", &LowerCaseFromPython, py::arg("text"));
  module.def("fold_case", &FoldCaseFromPython, py::arg("text"));
  module.def("special_language", &SpecialLanguage, py::arg("locale"));
}

// Edit distance ----------------------------------------------------------------------------------

void BindEditDistance(py::module_& module) {
  module.def(
      "count_edits",
      [](const std::vector<int32_t>& reference, const std::vector<int32_t>& hypothesis) {
        const EditCounts counts = CountEdits(reference, hypothesis);
        return std::make_tuple(counts.substitutions, counts.deletions, counts.insertions);
      },
      py::arg("reference"), py::arg("hypothesis"), py::call_guard<py::gil_scoped_release>());
}

}  // namespace myna

// Sentences and word counts for native/sentences.py.

#include "bindings.h"

#include <pybind11/stl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "labels.h"
#include "sentence_reader.h"
#include "text_rules.h"
#include "utf8.h"
#include "word_counts.h"

namespace myna {
namespace {

// Python's bytes do not change: what is inside may be read without the GIL.
std::string_view ViewOf(const py::bytes& bytes) { return static_cast<std::string_view>(bytes); }

py::bytes Joined(const std::vector<Sentences>& pieces) {
  std::size_t size = 0;
  for (const Sentences& piece : pieces) size += piece.text.size();
  PyObject* made = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
  if (made == nullptr) throw py::error_already_set();
  char* to = PyBytes_AS_STRING(made);
  for (const Sentences& piece : pieces) {
    std::memcpy(to, piece.text.data(), piece.text.size());
    to += piece.text.size();
  }
  return py::reinterpret_steal<py::bytes>(made);
}

// (sentences, how many, lines rejected by the reasons' order)
py::tuple ToPython(const std::vector<Sentences>& pieces) {
  uint64_t count = 0;
  std::array<uint64_t, kLineRejects> rejected{};
  for (const Sentences& piece : pieces) {
    count += piece.count;
    for (std::size_t i = 0; i < kLineRejects; ++i) rejected[i] += piece.rejected[i];
  }
  return py::make_tuple(Joined(pieces), count, rejected);
}

py::tuple ReadFromPython(const SentenceReader& reader, const py::bytes& lines, int threads) {
  std::vector<Sentences> pieces;
  {
    const std::string_view view = ViewOf(lines);
    const py::gil_scoped_release released;
    pieces = reader.Read(view, threads, RaiseSignals);
  }
  return ToPython(pieces);
}

py::tuple WithoutExcludedFromPython(const SentenceReader& reader, const py::bytes& sentences,
                                    int threads) {
  std::vector<Sentences> pieces;
  {
    const std::string_view view = ViewOf(sentences);
    const py::gil_scoped_release released;
    pieces = reader.WithoutExcluded(view, threads, RaiseSignals);
  }
  return ToPython(pieces);
}

std::vector<std::string> RejectNames() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kLineRejects; ++i)
    names.emplace_back(NameOf(static_cast<LineReject>(i)));
  return names;
}

void AddFromPython(WordCounts& counts, const py::bytes& sentences) {
  const std::string_view view = ViewOf(sentences);
  const py::gil_scoped_release released;
  counts.Add(view);
}

void AddListedFromPython(WordCounts& counts, const py::bytes& lines) {
  const std::string_view view = ViewOf(lines);
  const py::gil_scoped_release released;
  counts.AddListed(view);
}

py::bytes ListedForPython(const WordCounts& counts) {
  std::string lines;
  {
    const py::gil_scoped_release released;
    lines = counts.Listed();
  }
  return py::bytes(lines);
}

// (words, running, (unwritable words, running), foreign characters, (rare words, running))
py::tuple ChooseFromPython(const WordCounts& counts,
                           const std::optional<std::vector<std::string>>& labels,
                           std::size_t top, const std::vector<std::string>& spelled) {
  ChosenWords chosen;
  {
    const py::gil_scoped_release released;
    const auto alphabet = labels ? std::make_unique<const Labels>(*labels) : nullptr;
    chosen = counts.Choose(alphabet.get(), top, {spelled.begin(), spelled.end()});
  }
  py::tuple words(chosen.words.size());
  for (std::size_t i = 0; i < chosen.words.size(); ++i)
    words[i] = py::str(chosen.words[i].data(), chosen.words[i].size());
  std::u32string foreign;
  for (const auto& [code, running] : chosen.foreign) foreign.push_back(code);
  return py::make_tuple(words, chosen.running,
                        std::make_pair(chosen.unwritable.words, chosen.unwritable.running),
                        EncodeUtf8(foreign),
                        std::make_pair(chosen.rare.words, chosen.rare.running));
}

}  // namespace

void BindSentences(py::module_& module) {
  module.attr("line_rejects") = py::tuple(py::cast(RejectNames()));
  py::class_<SentenceReader>(module, "SentenceReader")
      .def(py::init([](const std::string& rules, const std::string& locale,
                       const std::vector<std::string>& excluded) {
             const py::gil_scoped_release released;
             return std::make_unique<SentenceReader>(ParseTextRules(rules), locale, excluded);
           }),
           py::arg("rules"), py::arg("locale"), py::arg("excluded"))
      .def("read", &ReadFromPython, py::arg("lines"), py::arg("threads"))
      .def("without_excluded", &WithoutExcludedFromPython, py::arg("sentences"),
           py::arg("threads"))
      .def_property_readonly("excluded", &SentenceReader::excluded);
  py::class_<WordCounts>(module, "WordCounts")
      .def(py::init<>())
      .def("add", &AddFromPython, py::arg("sentences"))
      .def("add_listed", &AddListedFromPython, py::arg("lines"))
      .def("listed", &ListedForPython)
      .def_property_readonly("words", &WordCounts::words)
      .def_property_readonly("running", &WordCounts::running)
      .def("characters", [](const WordCounts& self) { return EncodeUtf8(self.Characters()); })
      .def("choose", &ChooseFromPython, py::arg("labels"), py::arg("top"), py::arg("spelled"));
}

}  // namespace myna

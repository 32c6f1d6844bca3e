// For native/decoder.py.

#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "bindings_output.h"
#include "decoder.h"
#include "decoder_stream.h"
#include "hot_phrases.h"
#include "language_model.h"
#include "lexicon.h"

namespace myna {
namespace {

// A decoder and what the columns of its input mean.
struct ColumnsDecoder {
  std::shared_ptr<const OutputColumns> columns;
  std::shared_ptr<const Decoder> decoder;
};

DecoderOptions ToOptions(const py::object& options) {
  DecoderOptions made;
  const auto take = [&options](const char* name, auto* value) {
    const py::object given = options.attr(name);
    try {
      // Without conversion None would not be False, nor would any other object be true.
      py::detail::make_caster<std::decay_t<decltype(*value)>> caster;
      const bool converts = !std::is_same_v<decltype(value), bool*>;
      if (!caster.load(given, converts)) throw py::cast_error();
      *value = py::detail::cast_op<std::decay_t<decltype(*value)>>(caster);
    } catch (const py::cast_error&) {
      const char* const what = std::is_same_v<decltype(value), int*> ? "a whole number"
                               : std::is_same_v<decltype(value), bool*> ? "True or False"
                                                                        : "a number";
      throw std::invalid_argument(std::string(name) + " must be " + what + ", not " +
                                  static_cast<std::string>(py::repr(given)));
    }
  };
  take("beam_size", &made.beam_size);
  take("beam_threshold", &made.beam_threshold);
  take("alpha", &made.alpha);
  take("beta", &made.beta);
  take("hypotheses", &made.hypotheses);
  take("merge_histories", &made.merge_histories);
  take("word_end_threshold", &made.word_end_threshold);
  take("blank_skip", &made.blank_skip);
  take("top_labels", &made.top_labels);
  if (!options.attr("unknown_penalty").is_none()) take("unknown_penalty", &made.unknown_penalty);
  take("confidence_scale", &made.confidence_scale);
  return made;
}

std::unique_ptr<ColumnsDecoder> MakeDecoder(std::shared_ptr<const OutputColumns> columns,
                                            std::shared_ptr<const Lexicon> lexicon,
                                            std::shared_ptr<const LanguageModel> model,
                                            const py::object& options) {
  const DecoderOptions made = ToOptions(options);
  const py::gil_scoped_release released;
  auto decoder =
      std::make_shared<const Decoder>(columns->labels(), std::move(lexicon), std::move(model), made);
  return std::make_unique<ColumnsDecoder>(ColumnsDecoder{std::move(columns), std::move(decoder)});
}

// Bytes that are not UTF-8, which labels that are bytes can make, become U+FFFD.
py::str ToText(const std::string& bytes) {
  PyObject* text =
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<py::ssize_t>(bytes.size()), "replace");
  if (text == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(text);
}

// Words as tuples, and label steps as bytes, two numbers each: for the many hypotheses that nobody
// looks at, making Python objects of them would take longer than the search.
py::tuple ToTuple(const Hypothesis& hypothesis) {
  py::tuple words(hypothesis.words.size());
  for (std::size_t i = 0; i < hypothesis.words.size(); ++i) {
    const WordSpan& word = hypothesis.words[i];
    words[i] =
        py::make_tuple(ToText(word.text), word.begin_frame, word.end_frame, word.confidence);
  }
  static_assert(sizeof(LabelStep) == 2 * sizeof(uint32_t));
  const py::bytes labels(reinterpret_cast<const char*>(hypothesis.labels.data()),
                         hypothesis.labels.size() * sizeof(LabelStep));
  return py::make_tuple(ToText(hypothesis.text), hypothesis.acoustic, hypothesis.language_model,
                        hypothesis.hot_phrases, hypothesis.total, hypothesis.is_complete, words,
                        labels);
}

py::list ToTuples(const std::vector<Hypothesis>& hypotheses) {
  py::list list;
  for (const Hypothesis& hypothesis : hypotheses) list.append(ToTuple(hypothesis));
  return list;
}

using Hot = std::shared_ptr<const HotPhrases>;

std::shared_ptr<HotPhrases> MakeHot(
    const ColumnsDecoder& decoder, const std::vector<std::pair<std::string, double>>& phrases,
    const std::vector<std::pair<std::string, std::vector<uint32_t>>>& spellings) {
  std::vector<HotPhrase> made;
  for (const auto& [text, boost] : phrases) made.push_back({text, boost});
  std::vector<HotSpelling> spelled;
  for (const auto& [text, labels] : spellings) spelled.push_back({text, labels});
  const py::gil_scoped_release released;
  return std::make_shared<HotPhrases>(*decoder.decoder, made, spelled);
}

py::list DecodeFromPython(const ColumnsDecoder& self, const py::array& array, const Hot& hot) {
  const LogProbMatrix log_probs(MemoryOf(array, *self.columns), *self.columns);
  std::vector<Hypothesis> hypotheses;
  {
    const py::gil_scoped_release released;
    hypotheses = self.decoder->Decode(log_probs, hot);
  }
  return ToTuples(hypotheses);
}

py::list DecodeBatchFromPython(const ColumnsDecoder& self, const std::vector<py::array>& batch,
                               int threads, const Hot& hot) {
  std::vector<LogProbMatrix> matrices;
  for (const py::array& array : batch)
    matrices.emplace_back(MemoryOf(array, *self.columns), *self.columns);
  std::vector<std::vector<Hypothesis>> results;
  {
    const py::gil_scoped_release released;
    results = self.decoder->DecodeBatch(matrices, threads, RaiseSignals, hot);
  }
  py::list lists;
  for (const std::vector<Hypothesis>& hypotheses : results) lists.append(ToTuples(hypotheses));
  return lists;
}

// Keeps what the stream needs of the array's memory for the time of one call.
class PythonStream {
 public:
  PythonStream(const ColumnsDecoder& decoder, const Hot& hot)
      : columns_(decoder.columns), stream_(decoder.decoder, decoder.columns, hot) {}

  void Feed(const py::array& array) {
    const LogProbMatrix::Memory memory = MemoryOf(array, *columns_);
    const py::gil_scoped_release released;
    stream_.Feed(memory);
  }

  py::list Partial(std::size_t count) {
    std::vector<Hypothesis> hypotheses;
    {
      const py::gil_scoped_release released;
      hypotheses = stream_.Partial(count);
    }
    return ToTuples(hypotheses);
  }

  py::list Finish() {
    std::vector<Hypothesis> hypotheses;
    {
      const py::gil_scoped_release released;
      hypotheses = stream_.Finish();
    }
    return ToTuples(hypotheses);
  }

  std::size_t frames() const { return stream_.frames(); }

 private:
  const std::shared_ptr<const OutputColumns> columns_;
  DecoderStream stream_;
};

}  // namespace

void BindDecoder(py::module_& module) {
  module.attr("most_alpha") = DecoderOptions::kMostAlpha;
  module.attr("most_beta") = DecoderOptions::kMostBeta;
  module.def("check_decoder_options",
             [](const py::object& options) { ToOptions(options).Check(); });
  py::class_<ColumnsDecoder>(module, "Decoder")
      .def(py::init(&MakeDecoder), py::arg("columns"), py::arg("lexicon"),
           py::arg("language_model"), py::arg("options"))
      .def("decode", &DecodeFromPython, py::arg("array"), py::arg("hot"))
      .def("decode_batch", &DecodeBatchFromPython, py::arg("batch"), py::arg("threads"),
           py::arg("hot"));
  module.attr("most_hot_boost") = HotPhrases::kMostBoost;
  py::class_<HotPhrases, std::shared_ptr<HotPhrases>>(module, "HotPhrases")
      .def(py::init(&MakeHot), py::arg("decoder"), py::arg("phrases"), py::arg("spellings"));
  py::class_<PythonStream>(module, "DecoderStream")
      .def(py::init<const ColumnsDecoder&, const Hot&>(), py::arg("decoder"), py::arg("hot"))
      .def("feed", &PythonStream::Feed, py::arg("array"))
      .def("partial", &PythonStream::Partial, py::arg("count"))
      .def("finish", &PythonStream::Finish)
      .def_property_readonly("frames", &PythonStream::frames);
}

}  // namespace myna

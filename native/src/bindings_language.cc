// For native/language_model.py and native/decoder.py.

#include "bindings.h"

#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "decoder.h"
#include "labels.h"
#include "language_model.h"
#include "lexicon.h"
#include "log_prob_matrix.h"
#include "model_words.h"

namespace myna {

// Language model ---------------------------------------------------------------------------------

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

// Decoder ----------------------------------------------------------------------------------------

namespace {

// (beam_size, beam_threshold, alpha, beta, hypotheses, merge_histories, blank_skip,
// unknown_penalty, confidence_scale)
using OptionsTuple = std::tuple<int, double, double, double, int, bool, double, double, double>;

std::unique_ptr<Decoder> MakeDecoder(std::vector<std::string> labels,
                                     std::shared_ptr<const Lexicon> lexicon,
                                     std::shared_ptr<const LanguageModel> model,
                                     const OptionsTuple& options) {
  const auto [beam_size, threshold, alpha, beta, hypotheses, merge, blank_skip, unknown_penalty,
              confidence_scale] = options;
  const py::gil_scoped_release released;
  return std::make_unique<Decoder>(
      std::make_shared<const Labels>(std::move(labels)), std::move(lexicon), std::move(model),
      DecoderOptions{beam_size, threshold, alpha, beta, hypotheses, merge, blank_skip,
                     unknown_penalty, confidence_scale});
}

// The array's own memory: native/decoder.py has checked it and keeps it alive.
LogProbMatrix ViewOf(const py::array& array, const Decoder& decoder) {
  const uint32_t columns = decoder.labels().size() + 1;
  if (array.ndim() == 2 && array.shape(1) == static_cast<py::ssize_t>(columns) && IsPlain(array)) {
    const auto frames = static_cast<std::size_t>(array.shape(0));
    if (py::isinstance<py::array_t<float>>(array))
      return {static_cast<const float*>(array.data()), frames, columns};
    if (py::isinstance<py::array_t<double>>(array))
      return {static_cast<const double*>(array.data()), frames, columns};
  }
  throw py::type_error("not a contiguous, aligned array of log-probabilities");
}

py::list ToTuples(const std::vector<Hypothesis>& hypotheses) {
  py::list list;
  for (const Hypothesis& h : hypotheses)
    list.append(py::make_tuple(py::bytes(h.text), h.acoustic, h.language_model, h.total,
                               h.is_complete));
  return list;
}

py::list DecodeFromPython(const Decoder& decoder, const py::array& log_probs) {
  const LogProbMatrix view = ViewOf(log_probs, decoder);
  std::vector<Hypothesis> hypotheses;
  {
    const py::gil_scoped_release released;
    hypotheses = decoder.Decode(view);
  }
  return ToTuples(hypotheses);
}

py::list DecodeBatchFromPython(const Decoder& decoder, const std::vector<py::array>& batch,
                               int threads) {
  std::vector<LogProbMatrix> views;
  for (const py::array& log_probs : batch) views.push_back(ViewOf(log_probs, decoder));
  std::vector<std::vector<Hypothesis>> results;
  {
    const py::gil_scoped_release released;
    results = decoder.DecodeBatch(views, threads, RaiseSignals);
  }
  py::list lists;
  for (const std::vector<Hypothesis>& hypotheses : results) lists.append(ToTuples(hypotheses));
  return lists;
}

}  // namespace

void BindDecoder(py::module_& module) {
  py::class_<Decoder>(module, "Decoder")
      .def(py::init(&MakeDecoder), py::arg("labels"), py::arg("lexicon"),
           py::arg("language_model"), py::arg("options"))
      .def("decode", &DecodeFromPython, py::arg("log_probs"))
      .def("decode_batch", &DecodeBatchFromPython, py::arg("batch"), py::arg("threads"));
}

}  // namespace myna

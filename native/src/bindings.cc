// The only file that includes pybind11: it translates between Python objects and the library in
// this folder, and nothing more. Every call that may take long releases the GIL.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "clip_converter.h"
#include "decoder.h"
#include "edit_distance.h"
#include "feature_extractor.h"
#include "file_error.h"
#include "labels.h"
#include "language_model.h"
#include "lexicon.h"
#include "lexicon_builder.h"
#include "log_prob_matrix.h"
#include "nfc.h"
#include "resampler.h"
#include "sndfile_library.h"
#include "text_rules.h"
#include "unicode.h"
#include "utf8.h"

namespace py = pybind11;

namespace myna {
namespace {

// Audio ---------------------------------------------------------------------------------------

// OSError(errno, text, filename): Python makes it PermissionError, FileNotFoundError, ... by errno.
[[noreturn]] void RaiseOsError(const FileError& error) {
  PyObject* name = PyUnicode_DecodeFSDefault(error.path().c_str());
  if (name == nullptr) throw py::error_already_set();
  const py::object raised = py::reinterpret_borrow<py::object>(PyExc_OSError)(
      error.code(), std::strerror(error.code()), py::reinterpret_steal<py::object>(name));
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(raised.ptr())), raised.ptr());
  throw py::error_already_set();
}

// (path or None, bytes or None, target, channel, start, end): the bytes objects stay alive in the
// list, which the caller does not change meanwhile.
using JobTuple = std::tuple<std::optional<py::bytes>, std::optional<py::bytes>, py::bytes, int,
                            double, std::optional<double>>;

std::vector<ClipJob> ToJobs(const std::vector<JobTuple>& tuples) {
  std::vector<ClipJob> jobs;
  jobs.reserve(tuples.size());
  for (const auto& [path, bytes, target, channel, start, end] : tuples) {
    ClipJob job{path ? std::string(*path) : std::string(),
                std::nullopt,
                std::string(target),
                channel,
                start,
                end};
    if (bytes) job.bytes = std::string_view(*bytes);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

py::tuple ToTuple(const ClipOutcome& o) {
  // What a broken file puts into a message need not be UTF-8.
  const py::object detail = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(o.detail.data(), static_cast<Py_ssize_t>(o.detail.size()), "replace"));
  const py::object problem = o.problem.empty() ? py::object(py::none()) : py::str(o.problem);
  return py::make_tuple(o.frames, o.source_rate, o.source_channels, o.source_frames, problem,
                        detail, o.partial);
}

py::list ConvertClipsFromPython(const std::vector<std::string>& libraries,
                                const std::vector<JobTuple>& tuples, const py::bytes& temporary,
                                int threads, int sample_rate, double min_seconds,
                                std::optional<double> max_seconds, bool keep_partial) {
  const SndfileLibrary& library = LoadSndfile(libraries);
  const std::vector<ClipJob> jobs = ToJobs(tuples);
  const ConvertOptions options{std::string(temporary), threads, sample_rate, min_seconds,
                               max_seconds, keep_partial};
  std::vector<ClipOutcome> outcomes;
  try {
    const py::gil_scoped_release released;
    outcomes = ConvertClips(library, jobs, options, [] {
      const py::gil_scoped_acquire acquired;
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();  // Ctrl-C
    });
  } catch (const FileError& error) {
    RaiseOsError(error);
  }
  py::list result;
  for (const ClipOutcome& outcome : outcomes) result.append(ToTuple(outcome));
  return result;
}

// One clip in memory, with what became of it.
std::pair<py::array_t<int16_t>, py::tuple> DecodeClipFromPython(
    const std::vector<std::string>& libraries, const JobTuple& tuple, int sample_rate,
    std::optional<double> max_seconds, bool keep_partial) {
  const SndfileLibrary& library = LoadSndfile(libraries);
  const std::vector<ClipJob> jobs = ToJobs({tuple});
  const ConvertOptions options{"", 1, sample_rate, 0.0, max_seconds, keep_partial};
  ClipOutcome outcome;
  std::vector<int16_t> samples;
  try {
    const py::gil_scoped_release released;
    samples = DecodeClip(library, jobs.front(), options, &outcome);
  } catch (const FileError& error) {
    RaiseOsError(error);
  }
  return {py::array_t<int16_t>(static_cast<py::ssize_t>(samples.size()), samples.data()),
          ToTuple(outcome)};
}

py::array_t<float> ResampleFromPython(
    const py::array_t<float, py::array::c_style | py::array::forcecast>& samples, int source_rate,
    int target_rate, const std::string& instructions, int64_t block) {
  if (samples.ndim() != 1) throw py::value_error("samples must have one dimension");
  if (block < 1) throw py::value_error("block must be at least 1");
  const ResamplerKernels& kernels = ChooseKernels(instructions);
  std::vector<float> out;
  {
    const float* data = samples.data();
    const int64_t count = samples.size();
    const py::gil_scoped_release released;
    Resampler resampler(PlanFor(source_rate, target_rate), kernels);
    for (int64_t at = 0; at < count; at += block)
      resampler.Push(data + at, std::min(block, count - at), &out);
    resampler.Finish(&out);
  }
  return py::array_t<float>(static_cast<py::ssize_t>(out.size()), out.data());
}

void BindAudio(py::module_& module) {
  module.def("convert_clips", &ConvertClipsFromPython);
  module.def("decode_clip", &DecodeClipFromPython);
  module.def("resample", &ResampleFromPython);
  module.def("resampler_kernels", &KernelNames);
  module.def("sndfile_version", [](const std::vector<std::string>& libraries) {
    const SndfileLibrary& library = LoadSndfile(libraries);
    return std::make_tuple(std::string(library.version_string()), library.path);
  });
}

// Text ----------------------------------------------------------------------------------------

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

// Whether the tables know every character of the text.
bool IsAssigned(const py::str& text) {
  const std::u32string codes = DecodeUtf8(Utf8Of(text));
  return std::none_of(codes.begin(), codes.end(), [](char32_t code) {
    return PropertiesOf(code).char_class == CharClass::kUnassigned;
  });
}

void BindText(py::module_& module) {
  module.attr("unicode_version") = UnicodeVersion();
  module.def("normalise_text", &NormaliseOne, py::arg("text"), py::arg("rules"), py::arg("locale"));
  module.def("normalise_texts", &NormaliseMany, py::arg("texts"), py::arg("rules"),
             py::arg("locale"), py::arg("threads"));
  module.def("is_assigned", &IsAssigned, py::arg("text"));
  module.def("nfc", &NfcFromPython, py::arg("text"));
  module.def("lower_case", &LowerCaseFromPython, py::arg("text"));
}

// Language model --------------------------------------------------------------------------------

void BindLanguageModel(py::module_& module) {
  using WithoutGil = py::call_guard<py::gil_scoped_release>;
  py::class_<LanguageModel, std::shared_ptr<LanguageModel>>(module, "LanguageModel")
      .def(py::init<const std::string&>(), py::arg("path"), WithoutGil())
      .def_property_readonly("order", &LanguageModel::order)
      .def(
          "score",
          [](const LanguageModel& self, const std::vector<std::string>& words) {
            const SentenceScore score = self.Score(words);
            return std::pair<double, int>(score.log10, score.unknown);
          },
          py::arg("words"), WithoutGil());
}

// Features --------------------------------------------------------------------------------------

// A view of an array, whose owner keeps it alive and unchanged. Dtype and layout are the caller's
// business: native/features.py looks at them first.
Samples ToSamples(const py::array& array) {
  if (array.ndim() != 1) throw py::value_error("samples must have one dimension");
  if ((array.flags() & py::array::c_style) == 0) throw py::value_error("samples have gaps");
  const int64_t count = array.size();
  if (py::isinstance<py::array_t<float>>(array))
    return {static_cast<const float*>(array.data()), nullptr, count};
  if (py::isinstance<py::array_t<int16_t>>(array))
    return {nullptr, static_cast<const int16_t*>(array.data()), count};
  throw py::type_error("samples must be float32 or int16");
}

std::vector<py::array_t<float>> ExtractFromPython(const FeatureExtractor& extractor,
                                                  const std::vector<py::array>& arrays,
                                                  int threads) {
  std::vector<Samples> clips;
  std::vector<py::array_t<float>> results;
  std::vector<float*> outs;
  for (const py::array& array : arrays) {
    clips.push_back(ToSamples(array));
    results.emplace_back(py::array::ShapeContainer{
        static_cast<py::ssize_t>(extractor.FramesOf(clips.back().count)),
        static_cast<py::ssize_t>(extractor.coefficients())});
    outs.push_back(results.back().mutable_data());
  }
  const py::gil_scoped_release released;
  ExtractMany(extractor, clips, outs, threads);
  return results;
}

void BindFeatures(py::module_& module) {
  py::class_<FeatureExtractor>(module, "FeatureExtractor")
      .def(py::init([](int sample_rate, int window, int step, int filters, double low_hz,
                       double high_hz, int coefficients) {
        return FeatureExtractor(
            {sample_rate, window, step, filters, low_hz, high_hz, coefficients});
      }))
      .def("frames_of", &FeatureExtractor::FramesOf)
      .def("extract", &ExtractFromPython);
}

// Edit distance ---------------------------------------------------------------------------------

void BindEditDistance(py::module_& module) {
  module.def(
      "count_edits",
      [](const std::vector<int32_t>& reference, const std::vector<int32_t>& hypothesis) {
        const EditCounts counts = CountEdits(reference, hypothesis);
        return std::make_tuple(counts.substitutions, counts.deletions, counts.insertions);
      },
      py::arg("reference"), py::arg("hypothesis"), py::call_guard<py::gil_scoped_release>());
}

// Lexicon ---------------------------------------------------------------------------------------

std::shared_ptr<Lexicon> OpenLexicon(const std::string& path) {
  try {
    const py::gil_scoped_release released;
    return std::make_shared<Lexicon>(path);
  } catch (const FileError& error) {
    RaiseOsError(error);
  }
}

py::list ToBytes(const std::vector<std::string>& texts) {
  py::list list;
  for (const std::string& text : texts) list.append(py::bytes(text));
  return list;
}

py::bytes BuildLexiconFromPython(const std::vector<std::string>& words,
                                 const std::vector<std::string>& labels,
                                 const std::string& model_path) {
  std::string content;
  {
    const py::gil_scoped_release released;
    content = BuildLexicon({words.begin(), words.end()}, Labels(labels), LanguageModel(model_path));
  }
  return py::bytes(content);
}

py::list SpellingsOf(const Lexicon& lexicon) {
  py::list list;
  lexicon.ForEachWord([&list](const std::string& text, uint32_t) { list.append(py::bytes(text)); });
  return list;
}

void BindLexicon(py::module_& module) {
  module.def("build_lexicon", &BuildLexiconFromPython, py::arg("words"), py::arg("labels"),
             py::arg("language_model"));
  py::class_<Lexicon, std::shared_ptr<Lexicon>>(module, "Lexicon")
      .def(py::init(&OpenLexicon), py::arg("path"))
      .def_property_readonly("labels",
                             [](const Lexicon& self) { return ToBytes(self.labels().texts()); })
      .def_property_readonly("words", &Lexicon::words)
      .def("contains",
           [](const Lexicon& self, const std::string& word) { return self.Contains(word); })
      .def("spellings", &SpellingsOf);
}

// Decoder ---------------------------------------------------------------------------------------

// (beam_size, beam_threshold, alpha, beta, hypotheses, merge_histories)
using OptionsTuple = std::tuple<int, double, double, double, int, bool>;

std::unique_ptr<Decoder> MakeDecoder(std::vector<std::string> labels,
                                     std::shared_ptr<const Lexicon> lexicon,
                                     std::shared_ptr<const LanguageModel> model,
                                     const OptionsTuple& options) {
  const auto [beam_size, threshold, alpha, beta, hypotheses, merge] = options;
  const py::gil_scoped_release released;
  return std::make_unique<Decoder>(
      std::make_shared<const Labels>(std::move(labels)), std::move(lexicon), std::move(model),
      DecoderOptions{beam_size, threshold, alpha, beta, hypotheses, merge});
}

// The array's own memory: native/decoder.py has checked it and keeps it alive.
LogProbMatrix ViewOf(const py::array& array, const Decoder& decoder) {
  using Floats = py::array_t<float, py::array::c_style>;
  using Doubles = py::array_t<double, py::array::c_style>;
  const uint32_t columns = decoder.labels().size() + 1;
  if (array.ndim() == 2 && array.shape(1) == static_cast<py::ssize_t>(columns)) {
    const auto frames = static_cast<std::size_t>(array.shape(0));
    if (py::isinstance<Floats>(array))
      return {static_cast<const float*>(array.data()), frames, columns};
    if (py::isinstance<Doubles>(array))
      return {static_cast<const double*>(array.data()), frames, columns};
  }
  throw py::type_error("not a contiguous array of log-probabilities");
}

py::list ToTuples(const std::vector<Hypothesis>& hypotheses) {
  py::list list;
  for (const Hypothesis& h : hypotheses)
    list.append(
        py::make_tuple(py::bytes(h.text), h.acoustic, h.language_model, h.total, h.is_complete));
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
    results = decoder.DecodeBatch(views, threads, [] {
      const py::gil_scoped_acquire acquired;
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();  // Ctrl-C
    });
  }
  py::list lists;
  for (const std::vector<Hypothesis>& hypotheses : results) lists.append(ToTuples(hypotheses));
  return lists;
}

void BindDecoder(py::module_& module) {
  py::class_<Decoder>(module, "Decoder")
      .def(py::init(&MakeDecoder), py::arg("labels"), py::arg("lexicon"), py::arg("language_model"),
           py::arg("options"))
      .def("decode", &DecodeFromPython, py::arg("log_probs"))
      .def("decode_batch", &DecodeBatchFromPython, py::arg("batch"), py::arg("threads"));
}

}  // namespace
}  // namespace myna

PYBIND11_MODULE(_native, module) {
  module.doc() = "Compiled part of the native package; use it through native/*.py.";
  myna::BindAudio(module);
  myna::BindText(module);
  myna::BindLanguageModel(module);
  myna::BindFeatures(module);
  myna::BindEditDistance(module);
  myna::BindLexicon(module);
  myna::BindDecoder(module);
}

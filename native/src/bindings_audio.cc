// Audio and features for native/audio.py and native/features.py.

#include "bindings.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "clip_converter.h"
#include "feature_extractor.h"
#include "resampler.h"
#include "sndfile_library.h"
#include "thread_batch.h"

namespace myna {

// Audio ------------------------------------------------------------------------------------------

namespace {

// (target, channel, start, end)
using CutTuple = std::tuple<py::bytes, int, double, std::optional<double>>;
// (path or None, bytes or None, cuts): the bytes objects stay alive in the list, which the caller
// does not change meanwhile.
using RecordingTuple =
    std::tuple<std::optional<py::bytes>, std::optional<py::bytes>, std::vector<CutTuple>>;

std::vector<Recording> ToRecordings(const std::vector<RecordingTuple>& tuples) {
  std::vector<Recording> recordings;
  recordings.reserve(tuples.size());
  for (const auto& [path, bytes, cuts] : tuples) {
    Recording recording{path ? std::string(*path) : std::string(), std::nullopt, {}};
    if (bytes) recording.bytes = std::string_view(*bytes);
    for (const auto& [target, channel, start, end] : cuts)
      recording.cuts.push_back({std::string(target), channel, start, end});
    recordings.push_back(std::move(recording));
  }
  return recordings;
}

py::tuple ToTuple(const ClipOutcome& o) {
  // What a broken file puts into a message need not be UTF-8.
  const py::object detail = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(o.detail.data(), static_cast<Py_ssize_t>(o.detail.size()), "replace"));
  const py::object problem = o.problem.empty() ? py::object(py::none()) : py::str(o.problem);
  return py::make_tuple(o.frames, o.source_rate, o.source_channels, o.source_frames, problem,
                        detail, o.partial, o.bytes);
}

AudioFormat ToFormat(const std::string& name) {
  if (name == "wav") return AudioFormat::kWav;
  if (name == "flac") return AudioFormat::kFlac;
  throw py::value_error("audio_format must be wav or flac, not " + name);
}

std::vector<py::list> ConvertRecordingsFromPython(
    const std::vector<std::string>& libraries, const std::vector<RecordingTuple>& tuples,
    const py::bytes& temporary, int threads, int sample_rate, double min_seconds,
    std::optional<double> max_seconds, bool keep_partial, const std::string& format,
    std::optional<double> silence, double pad_start, double pad_end) {
  const SndfileLibrary& library = LoadSndfile(libraries);
  const std::vector<Recording> recordings = ToRecordings(tuples);
  const CutOptions cut{sample_rate, min_seconds, max_seconds, keep_partial,
                       silence,     pad_start,   pad_end};
  const ConvertOptions options{std::string(temporary), threads, ToFormat(format), cut};
  std::vector<std::vector<ClipOutcome>> outcomes;
  {
    const py::gil_scoped_release released;
    outcomes = ConvertRecordings(library, recordings, options, RaiseSignals);
  }
  std::vector<py::list> result(outcomes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    for (const ClipOutcome& outcome : outcomes[i]) result[i].append(ToTuple(outcome));
  return result;
}

// One clip in memory, with what became of it.
std::pair<py::array_t<int16_t>, py::tuple> DecodeClipFromPython(
    const std::vector<std::string>& libraries, const RecordingTuple& tuple, int sample_rate,
    std::optional<double> max_seconds, bool keep_partial) {
  const SndfileLibrary& library = LoadSndfile(libraries);
  const std::vector<Recording> recordings = ToRecordings({tuple});
  const CutOptions options{sample_rate, 0.0, max_seconds, keep_partial};
  ClipOutcome outcome;
  std::vector<int16_t> samples;
  {
    const py::gil_scoped_release released;
    samples = DecodeClip(library, recordings.front(), options, &outcome);
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
    constexpr int64_t kRoom = 1 << 16;  // stages work in blocks and cut off what is too much
    out.reserve(static_cast<size_t>(ResampledLength(count, source_rate, target_rate) + kRoom));
    for (int64_t at = 0; at < count; at += block)
      resampler.Push(data + at, std::min(block, count - at), &out);
    resampler.Finish(&out);
  }
  return py::array_t<float>(static_cast<py::ssize_t>(out.size()), out.data());
}

}  // namespace

void BindAudio(py::module_& module) {
  module.def("convert_recordings", &ConvertRecordingsFromPython);
  module.def("decode_clip", &DecodeClipFromPython);
  module.def("resample", &ResampleFromPython);
  module.def("resampler_kernels", &KernelNames);
  module.def("sndfile_version", [](const std::vector<std::string>& libraries) {
    const SndfileLibrary& library = LoadSndfile(libraries);
    return std::make_tuple(std::string(library.version_string()), library.path);
  });
}

// Features ---------------------------------------------------------------------------------------

namespace {

// A view of an array, whose owner keeps it alive and unchanged. Dtype and layout are the caller's
// business: native/features.py looks at them first.
Samples ToSamples(const py::array& array) {
  if (array.ndim() != 1) throw py::value_error("samples must have one dimension");
  if (!IsPlain(array)) throw py::value_error("samples have gaps or are not aligned");
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
  {
    const py::gil_scoped_release released;
    const auto extract = [&](std::size_t i) { extractor.Extract(clips[i], outs[i]); };
    RunOnThreads(clips.size(), threads, extract, RaiseSignals);
  }
  return results;
}

}  // namespace

void BindFeatures(py::module_& module) {
  py::class_<FeatureExtractor>(module, "FeatureExtractor")
      .def(py::init([](int sample_rate, int window, int step, int filters, double low_hz,
                       double high_hz, int coefficients, const std::string& kind) {
        return FeatureExtractor({sample_rate, window, step, filters, low_hz, high_hz, coefficients,
                                 FeatureKindOf(kind)});
      }))
      .def("frames_of", &FeatureExtractor::FramesOf)
      .def("extract", &ExtractFromPython);
}

}  // namespace myna

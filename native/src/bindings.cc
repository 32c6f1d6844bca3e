// The only file that includes pybind11: it translates between Python objects and the library in
// this folder, and nothing more. Every call that may take long releases the GIL.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "clip_converter.h"
#include "file_error.h"
#include "resampler.h"
#include "sndfile_library.h"

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

py::list ConvertClipsFromPython(const std::vector<std::string>& libraries,
                                const std::vector<JobTuple>& tuples, const py::bytes& temporary,
                                int threads, int sample_rate, double min_seconds,
                                std::optional<double> max_seconds) {
  const SndfileLibrary& library = LoadSndfile(libraries);
  const std::vector<ClipJob> jobs = ToJobs(tuples);
  const ConvertOptions options{std::string(temporary), threads, sample_rate, min_seconds,
                               max_seconds};
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
  for (const ClipOutcome& o : outcomes) {
    // What a broken file puts into a message need not be UTF-8.
    const py::object detail = py::reinterpret_steal<py::object>(
        PyUnicode_DecodeUTF8(o.detail.data(), static_cast<Py_ssize_t>(o.detail.size()), "replace"));
    const py::object problem = o.problem.empty() ? py::object(py::none()) : py::str(o.problem);
    result.append(py::make_tuple(o.frames, o.source_rate, o.source_channels, o.source_frames,
                                 problem, detail, o.partial));
  }
  return result;
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
  module.def("resample", &ResampleFromPython);
  module.def("resampler_kernels", &KernelNames);
  module.def("sndfile_version", [](const std::vector<std::string>& libraries) {
    const SndfileLibrary& library = LoadSndfile(libraries);
    return std::make_tuple(std::string(library.version_string()), library.path);
  });
}

}  // namespace
}  // namespace myna

PYBIND11_MODULE(_native, module) {
  module.doc() = "Compiled part of the native package; use it through native/*.py.";
  myna::BindAudio(module);
}

#include "sndfile_library.h"

#include <dlfcn.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace myna {
namespace {

// MP3 came with 1.1.0.
bool IsNewEnough(const std::string& version) {
  int major = 0;
  int minor = 0;
  const size_t dash = version.find('-');  // "libsndfile-1.2.2"
  if (dash == std::string::npos) return false;
  if (std::sscanf(version.c_str() + dash + 1, "%d.%d", &major, &minor) != 2) return false;
  return major > 1 || (major == 1 && minor >= 1);
}

template <typename Function>
bool Find(void* handle, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(handle, name));
  return *function != nullptr;
}

bool FindAll(void* handle, SndfileLibrary* library) {
  return Find(handle, "sf_open_virtual", &library->open_virtual) &&
         Find(handle, "sf_readf_float", &library->readf_float) &&
         Find(handle, "sf_writef_short", &library->writef_short) &&
         Find(handle, "sf_command", &library->command) &&
         Find(handle, "sf_close", &library->close) &&
         Find(handle, "sf_error", &library->error) &&
         Find(handle, "sf_strerror", &library->strerror) &&
         Find(handle, "sf_version_string", &library->version_string);
}

// The library, or nothing with one more line in `faults`. A library that is not taken stays
// loaded: unloading code that may have registered handlers is the greater risk.
std::unique_ptr<SndfileLibrary> TryLoad(const std::string& path, std::string* faults) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    *faults += "\n  " + std::string(dlerror());
    return nullptr;
  }
  auto library = std::make_unique<SndfileLibrary>();
  library->path = path;
  if (!FindAll(handle, library.get())) {
    *faults += "\n  " + path + ": not a libsndfile";
    return nullptr;
  }
  if (!IsNewEnough(library->version_string())) {
    *faults += "\n  " + path + ": " + library->version_string() + " is older than 1.1";
    return nullptr;
  }
  return library;
}

}  // namespace

const SndfileLibrary& LoadSndfile(const std::vector<std::string>& candidates) {
  static std::mutex mutex;
  static std::unique_ptr<SndfileLibrary> loaded;
  const std::lock_guard<std::mutex> lock(mutex);
  std::string faults;
  for (size_t i = 0; loaded == nullptr && i < candidates.size(); ++i)
    loaded = TryLoad(candidates[i], &faults);
  if (loaded == nullptr) {
    throw std::runtime_error(
        "No libsndfile of version 1.1 or later, which decodes the audio: install it with "
        "`pip install soundfile`, or the system's package libsndfile1." +
        faults);
  }
  return *loaded;
}

}  // namespace myna

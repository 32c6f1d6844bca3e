// libsndfile, loaded while running: the part of its C API that is needed here.
//
// Declared here from the library's public documentation
// (https://libsndfile.github.io/libsndfile/api.html), because the library comes without headers in
// the wheel of the soundfile package.

#ifndef MYNA_SNDFILE_LIBRARY_H_
#define MYNA_SNDFILE_LIBRARY_H_

#include <cstdint>
#include <string>
#include <vector>

namespace myna {

struct SndfileInfo {  // SF_INFO
  int64_t frames;     // samples of each channel
  int samplerate;
  int channels;
  int format;  // container | sample encoding
  int sections;
  int seekable;
};

struct SndfileVirtualIo {  // SF_VIRTUAL_IO
  int64_t (*get_filelen)(void* user);
  int64_t (*seek)(int64_t offset, int whence, void* user);
  int64_t (*read)(void* target, int64_t count, void* user);
  int64_t (*write)(const void* source, int64_t count, void* user);
  int64_t (*tell)(void* user);
};

struct SndfileHandle;  // SNDFILE

constexpr int kSndfileRead = 0x10;             // SFM_READ
constexpr int kSndfileWrite = 0x20;            // SFM_WRITE
constexpr int kSndfileSetCompression = 0x1301; // SFC_SET_COMPRESSION_LEVEL: a double, 0 to 1
constexpr int kSndfileTypeMask = 0x0FFF0000;   // SF_FORMAT_TYPEMASK
constexpr int kSndfileUnrecognised = 1;        // SF_ERR_UNRECOGNISED_FORMAT

struct SndfileLibrary {
  SndfileHandle* (*open_virtual)(SndfileVirtualIo*, int mode, SndfileInfo*, void* user);
  int64_t (*readf_float)(SndfileHandle*, float*, int64_t frames);
  int64_t (*writef_short)(SndfileHandle*, const int16_t*, int64_t frames);
  int (*command)(SndfileHandle*, int command, void* data, int size);
  int (*close)(SndfileHandle*);
  int (*error)(SndfileHandle*);
  const char* (*strerror)(SndfileHandle*);
  const char* (*version_string)();
  std::string path;  // as given to dlopen
};

// Loads the first of `candidates` (paths, or names the system's loader knows) that is a libsndfile
// of version 1.1 or later, once a process: later calls return the same library. Throws
// std::runtime_error naming each candidate's fault and the package to install.
const SndfileLibrary& LoadSndfile(const std::vector<std::string>& candidates);

}  // namespace myna

#endif  // MYNA_SNDFILE_LIBRARY_H_

// A file in memory that can be opened by its path, for what reads files only.

#ifndef MYNA_NATIVE_FUZZ_MEMORY_FILE_H_
#define MYNA_NATIVE_FUZZ_MEMORY_FILE_H_

#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "require.h"

class MemoryFile {
 public:
  MemoryFile() : file_(memfd_create("myna", MFD_CLOEXEC)) { Require(file_ >= 0); }
  explicit MemoryFile(std::string_view content) : MemoryFile() { Write(content); }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // In place of what was there: nobody may have that mapped.
  void Write(std::string_view content) {
    Require(ftruncate(file_, static_cast<off_t>(content.size())) == 0);
    Require(pwrite(file_, content.data(), content.size(), 0) ==
            static_cast<ssize_t>(content.size()));
  }

  // Works as long as this object is there; what has been opened by it goes on.
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  const int file_;
};

#endif  // MYNA_NATIVE_FUZZ_MEMORY_FILE_H_

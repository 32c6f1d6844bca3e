// The bytes of one encoded file, in memory or on disk, read at any offset.

#ifndef MYNA_BYTE_SOURCE_H_
#define MYNA_BYTE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace myna {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual int64_t size() const = 0;
  // Copies up to `count` bytes from `offset`; fewer at the end of the file or after a failure.
  // Never throws, because decoders written in C call it: a failure is kept in error().
  virtual int64_t ReadAt(int64_t offset, void* target, int64_t count) = 0;
  // 0, or the errno of the first read that failed.
  virtual int error() const { return 0; }
};

// Bytes owned by the caller, who keeps them alive.
std::unique_ptr<ByteSource> MemorySource(std::string_view bytes);

enum class PathKind { kRegular, kMissing, kOther };

struct OpenedPath {
  PathKind kind;                       // kOther: a folder, a pipe, a device
  std::unique_ptr<ByteSource> source;  // only for kRegular
};

// Opens a file; small files are read at once. Throws FileError for what is there but cannot be
// opened or read (permission, I/O error).
OpenedPath OpenPath(const std::string& path);

}  // namespace myna

#endif  // MYNA_BYTE_SOURCE_H_

#include "byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "file_error.h"

namespace myna {
namespace {

// Up to here a file is read in one call; decoders ask for a few hundred bytes at a time.
constexpr int64_t kReadAtOnce = 16 << 20;
constexpr int64_t kWindow = 256 << 10;  // bytes read ahead in larger files

class Memory : public ByteSource {
 public:
  explicit Memory(std::string_view bytes) : bytes_(bytes) {}
  int64_t size() const override { return static_cast<int64_t>(bytes_.size()); }
  int64_t ReadAt(int64_t offset, void* target, int64_t count) override {
    if (offset < 0 || offset >= size() || count <= 0) return 0;
    const int64_t given = std::min(count, size() - offset);
    std::memcpy(target, bytes_.data() + offset, static_cast<size_t>(given));
    return given;
  }

 private:
  std::string_view bytes_;
};

class OwnedMemory : public ByteSource {
 public:
  explicit OwnedMemory(std::string bytes) : bytes_(std::move(bytes)), view_(bytes_) {}
  int64_t size() const override { return view_.size(); }
  int64_t ReadAt(int64_t offset, void* target, int64_t count) override {
    return view_.ReadAt(offset, target, count);
  }

 private:
  std::string bytes_;
  Memory view_;
};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Reads until `count` bytes came, the file ended (fewer) or the system failed (errno in *error).
int64_t ReadFully(int fd, int64_t offset, char* target, int64_t count, int* error) {
  int64_t done = 0;
  while (done < count) {
    const ssize_t got = pread(fd, target + done, static_cast<size_t>(count - done),
                              static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) *error = errno;
    if (got <= 0) break;
    done += got;
  }
  return done;
}

// A large file, through a window that follows the reader.
class LargeFile : public ByteSource {
 public:
  LargeFile(Descriptor descriptor, int64_t size)
      : descriptor_(std::move(descriptor)), size_(size), window_(kWindow) {}
  int64_t size() const override { return size_; }
  int error() const override { return error_; }
  int64_t ReadAt(int64_t offset, void* target, int64_t count) override {
    int64_t done = 0;
    while (done < count && offset + done >= 0) {
      const int64_t at = offset + done;
      if (at < begin_ || at >= begin_ + held_) Move(at);
      if (held_ == 0) break;
      const int64_t given = std::min(count - done, begin_ + held_ - at);
      std::memcpy(static_cast<char*>(target) + done, window_.data() + (at - begin_),
                  static_cast<size_t>(given));
      done += given;
    }
    return done;
  }

 private:
  void Move(int64_t offset) {
    begin_ = offset;
    int error = 0;
    held_ = ReadFully(descriptor_.get(), offset, window_.data(), kWindow, &error);
    if (error != 0 && error_ == 0) error_ = error;
  }

  Descriptor descriptor_;
  int64_t size_;
  std::vector<char> window_;
  int64_t begin_ = 0;
  int64_t held_ = 0;
  int error_ = 0;
};

std::unique_ptr<ByteSource> ReadWhole(int fd, int64_t size, const std::string& path) {
  std::string bytes(static_cast<size_t>(size), '\0');
  int error = 0;
  bytes.resize(static_cast<size_t>(ReadFully(fd, 0, bytes.data(), size, &error)));
  if (error != 0) throw FileError(error, path);
  return std::make_unique<OwnedMemory>(std::move(bytes));
}

}  // namespace

std::unique_ptr<ByteSource> MemorySource(std::string_view bytes) {
  return std::make_unique<Memory>(bytes);
}

OpenedPath OpenPath(const std::string& path) {
  // Without O_NONBLOCK a named pipe would hold the thread until somebody writes into it.
  Descriptor descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG)
      return {PathKind::kMissing, nullptr};
    if (errno == ENXIO || errno == ENODEV) return {PathKind::kOther, nullptr};
    throw FileError(errno, path);
  }
  struct stat status;
  if (fstat(descriptor.get(), &status) != 0) throw FileError(errno, path);
  if (!S_ISREG(status.st_mode)) return {PathKind::kOther, nullptr};
  const int64_t size = status.st_size;
  if (size <= kReadAtOnce) return {PathKind::kRegular, ReadWhole(descriptor.get(), size, path)};
  return {PathKind::kRegular, std::make_unique<LargeFile>(std::move(descriptor), size)};
}

}  // namespace myna

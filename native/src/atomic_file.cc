#include "atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "file_error.h"

namespace myna {
namespace {

constexpr size_t kFlush = 1 << 20;  // bytes: half a minute of samples at 16 kHz

}  // namespace

AtomicFile::AtomicFile(std::string temporary, std::string target)
    : temporary_(std::move(temporary)), target_(std::move(target)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (exists_) unlink(temporary_.c_str());
}

void AtomicFile::Put(const void* bytes, int64_t count, int64_t offset) {
  const auto* from = static_cast<const unsigned char*>(bytes);
  if (offset < flushed_) {
    const int64_t behind = std::min(count, flushed_ - offset);
    Write(from, behind, offset);
    from += behind;
    count -= behind;
    offset += behind;
  }
  if (count == 0) return;
  const auto at = static_cast<size_t>(offset - flushed_);
  const auto end = at + static_cast<size_t>(count);
  if (end > buffer_.size()) buffer_.resize(end);
  std::copy(from, from + count, buffer_.begin() + static_cast<std::ptrdiff_t>(at));
  if (buffer_.size() >= kFlush) Flush();
}

void AtomicFile::Open() {
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw FileError(errno, temporary_);
  exists_ = true;
}

void AtomicFile::Write(const unsigned char* bytes, int64_t count, int64_t offset) {
  while (count > 0) {
    const ssize_t put =
        pwrite(descriptor_, bytes, static_cast<size_t>(count), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw FileError(errno, target_);
    bytes += put;
    offset += put;
    count -= put;
  }
}

void AtomicFile::Flush() {
  if (descriptor_ < 0) Open();
  Write(buffer_.data(), static_cast<int64_t>(buffer_.size()), flushed_);
  flushed_ += static_cast<int64_t>(buffer_.size());
  buffer_.clear();
}

void AtomicFile::Commit() {
  Flush();
#ifdef SYNC_FILE_RANGE_WRITE
  // Begin to write it to the disk while others are converted; nobody waits, and failing is no harm.
  (void)sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
  // Some file systems report a full disk only here.
  const int closed = close(std::exchange(descriptor_, -1));
  if (closed != 0) throw FileError(errno, target_);
  Rename();
  exists_ = false;
}

void AtomicFile::Rename() {
  if (rename(temporary_.c_str(), target_.c_str()) == 0) return;
  if (errno != ENOENT) throw FileError(errno, target_);
  const std::filesystem::path folder = std::filesystem::path(target_).parent_path();
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) throw FileError(failure.value(), folder.string());
  if (rename(temporary_.c_str(), target_.c_str()) != 0) throw FileError(errno, target_);
}

}  // namespace myna

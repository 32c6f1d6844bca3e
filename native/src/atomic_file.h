// A file written under a temporary name and renamed when whole, so that whoever sees the target
// sees all of it.

#ifndef MYNA_ATOMIC_FILE_H_
#define MYNA_ATOMIC_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

namespace myna {

class AtomicFile {
 public:
  // Nothing is written before there is much to write or Commit is called.
  AtomicFile(std::string temporary, std::string target);
  ~AtomicFile();  // removes the temporary file when it was not committed
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::string& target() const { return target_; }
  int64_t size() const { return flushed_ + static_cast<int64_t>(buffer_.size()); }

  // `offset` is at most size(): further on, or over what has been put. Throws FileError.
  void Put(const void* bytes, int64_t count, int64_t offset);
  void Append(const void* bytes, int64_t count) { Put(bytes, count, size()); }
  // Writes what is left, closes, and renames to the target, whose folder is created when absent.
  // Throws FileError naming the target.
  void Commit();

 private:
  void Open();
  void Write(const unsigned char* bytes, int64_t count, int64_t offset);
  void Flush();
  void Rename();

  std::string temporary_;
  std::string target_;
  int descriptor_ = -1;
  bool exists_ = false;
  int64_t flushed_ = 0;                // bytes in the file
  std::vector<unsigned char> buffer_;  // those behind them
};

}  // namespace myna

#endif  // MYNA_ATOMIC_FILE_H_

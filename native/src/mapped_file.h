// A file mapped into memory to be read: processes on one machine share its pages.

#ifndef MYNA_NATIVE_MAPPED_FILE_H_
#define MYNA_NATIVE_MAPPED_FILE_H_

#include <cstddef>
#include <string>

namespace myna {

// Whoever replaces the file must rename another one over it: a mapped file that is cut short
// kills its readers (SIGBUS).
class MappedFile {
 public:
  // Throws FileError, with `what` the file is, as "the lexicon"; std::invalid_argument for what is
  // not a regular file.
  MappedFile(const std::string& path, const std::string& what);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const unsigned char* data() const { return data_; }  // null when empty
  std::size_t size() const { return size_; }           // bytes

 private:
  const unsigned char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace myna

#endif  // MYNA_NATIVE_MAPPED_FILE_H_

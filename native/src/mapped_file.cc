#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "file_error.h"
#include "printable.h"

namespace myna {
namespace {

class Descriptor {
 public:
  // Without O_NONBLOCK a named pipe would hold the thread until somebody writes into it.
  Descriptor(const std::string& path, const std::string& what)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (number_ < 0) throw FileError(errno, path, what);
  }
  ~Descriptor() { close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

MappedFile::MappedFile(const std::string& path, const std::string& what) {
  const Descriptor file(path, what);
  struct stat status;
  if (fstat(file.number(), &status) != 0) throw FileError(errno, path, what);
  if (S_ISDIR(status.st_mode))
    throw std::invalid_argument(Printable(path) + ": a folder, not " + what);
  if (!S_ISREG(status.st_mode))
    throw std::invalid_argument(Printable(path) + ": not a regular file");
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;
  void* mapped = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.number(), 0);
  if (mapped == MAP_FAILED) throw FileError(errno, path, what);
  data_ = static_cast<const unsigned char*>(mapped);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<unsigned char*>(data_), size_);
}

}  // namespace myna

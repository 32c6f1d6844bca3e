// A failure of the operating system on one file: what becomes OSError(errno, text, filename) in
// Python.

#ifndef MYNA_FILE_ERROR_H_
#define MYNA_FILE_ERROR_H_

#include <stdexcept>
#include <string>

namespace myna {

class FileError : public std::runtime_error {
 public:
  FileError(int code, const std::string& path)
      : std::runtime_error(path), code_(code), path_(path) {}

  int code() const { return code_; }
  const std::string& path() const { return path_; }

 private:
  int code_;  // an errno value
  std::string path_;
};

}  // namespace myna

#endif  // MYNA_FILE_ERROR_H_

// A failure of the operating system on one file: what becomes OSError(errno, text, filename) in
// Python.

#ifndef MYNA_FILE_ERROR_H_
#define MYNA_FILE_ERROR_H_

#include <stdexcept>
#include <string>

namespace myna {

class FileError : public std::runtime_error {
 public:
  // `what` the file is, as "the lexicon", where the path alone would not tell it.
  FileError(int code, const std::string& path, const std::string& what = "")
      : std::runtime_error(path), code_(code), path_(path), what_(what) {}

  int code() const { return code_; }
  const std::string& path() const { return path_; }
  // What failed, before the operating system's text: "cannot open the lexicon: ", or nothing.
  std::string Begin() const { return what_.empty() ? "" : "cannot open " + what_ + ": "; }

 private:
  int code_;  // an errno value
  std::string path_;
  std::string what_;
};

}  // namespace myna

#endif  // MYNA_FILE_ERROR_H_

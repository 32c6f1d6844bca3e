#include "model_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <stdexcept>

#include "file_error.h"
#include "lexicon_file.h"
#include "lm/model.hh"
#include "printable.h"

namespace myna {
namespace {

[[noreturn]] void Refuse(const std::string& path, const std::string& reason) {
  throw std::runtime_error("cannot load the language model " + Printable(path) + ": " + reason);
}

// What KenLM would say of it in words that tell nothing. Pipes are left to KenLM.
void Check(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) throw FileError(errno, path, "the language model");
  if (S_ISDIR(status.st_mode)) Refuse(path, "a folder. Of a package of build-lm's, give lm.binary");
  if (!S_ISREG(status.st_mode)) return;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError(errno == 0 ? EIO : errno, path, "the language model");
  char begin[sizeof LexiconHeader::kMagic] = {};
  file.read(begin, sizeof begin);
  if (std::memcmp(begin, LexiconHeader::kMagic, sizeof begin) == 0)
    Refuse(path, "a lexicon of Myna's, not a language model");
}

}  // namespace

std::unique_ptr<lm::base::Model> LoadModel(const std::string& path,
                                           const lm::ngram::Config& config) {
  Check(path);
  try {
    return std::unique_ptr<lm::base::Model>(lm::ngram::LoadVirtual(path.c_str(), config));
  } catch (const std::exception& error) {
    const std::string hint = ". Is it an ARPA file, or a binary that build_binary made from one?";
    Refuse(path, Printable(error.what()) + (config.enumerate_vocab == nullptr ? hint : ""));
  }
}

lm::ngram::Config QuietConfig() {
  lm::ngram::Config config;
  config.show_progress = false;
  config.messages = nullptr;
  config.arpa_complain = lm::ngram::Config::NONE;
  return config;
}

}  // namespace myna

// Opens a file of KenLM's.

#ifndef MYNA_NATIVE_MODEL_FILE_H_
#define MYNA_NATIVE_MODEL_FILE_H_

#include <memory>
#include <string>

#include "lm/config.hh"
#include "lm/virtual_interface.hh"

namespace myna {

// An ARPA file, or what build_binary made of one. Throws FileError where it is missing or cannot be
// read, and std::runtime_error with path and reason for what is no language model.
std::unique_ptr<lm::base::Model> LoadModel(const std::string& path,
                                           const lm::ngram::Config& config);

// What tells nothing to stderr, where KenLM tells its progress unless told not to.
lm::ngram::Config QuietConfig();

}  // namespace myna

#endif  // MYNA_NATIVE_MODEL_FILE_H_

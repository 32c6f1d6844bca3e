// The command line of lmplz: KenLM's flags, spelled and meant as there.

#ifndef MYNA_KENLM_LMPLZ_OPTIONS_H_
#define MYNA_KENLM_LMPLZ_OPTIONS_H_

#include <iosfwd>
#include <stdexcept>
#include <string>
#include <vector>

#include "lm/builder/pipeline.hh"

namespace myna {

// A flag or value that cannot be; the text says which and what is expected.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct LmplzOptions {
  bool help = false;
  std::string text;          // file to read; empty: stdin
  std::string arpa;          // file to write; empty: stdout, or nothing where intermediate is set
  std::string intermediate;  // prefix of the files for KenLM's interpolation; empty: none
  bool verbose_header = false;
  std::string memory;  // as given, for messages
  lm::builder::PipelineConfig pipeline;
};

// Throws UsageError.
LmplzOptions ParseLmplzOptions(const std::vector<std::string>& arguments);

void PrintLmplzHelp(std::ostream& out);

}  // namespace myna

#endif  // MYNA_KENLM_LMPLZ_OPTIONS_H_

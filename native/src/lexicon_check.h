// Whether the sections of a lexicon's file are a tree, so that nothing that walks through it can
// go astray.

#ifndef MYNA_NATIVE_LEXICON_CHECK_H_
#define MYNA_NATIVE_LEXICON_CHECK_H_

#include <optional>
#include <string>
#include <string_view>

#include "lexicon_file.h"

namespace myna {

// Each section as long as the header says.
struct LexiconSections {
  const LexiconHeader& header;
  const LexiconNode* nodes;
  const unsigned char* node_labels;
  const LexiconWord* words;
  std::string_view texts;
};

// What is wrong, or nothing. That the texts are in order and as many as the header says, and
// look_ahead right, it takes on trust: of other ones results would be wrong, but nothing worse.
std::optional<std::string> FaultOf(const LexiconSections& sections);

}  // namespace myna

#endif  // MYNA_NATIVE_LEXICON_CHECK_H_

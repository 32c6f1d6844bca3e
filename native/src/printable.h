// Texts of others (paths, words, labels) for messages, which must be one line of UTF-8.

#ifndef MYNA_NATIVE_PRINTABLE_H_
#define MYNA_NATIVE_PRINTABLE_H_

#include <string>
#include <string_view>

namespace myna {

// The text with its control characters as \xNN; if it is not UTF-8, all its bytes beyond ASCII too.
std::string Printable(std::string_view text);

// The same in quotes.
std::string Quoted(std::string_view text);

}  // namespace myna

#endif  // MYNA_NATIVE_PRINTABLE_H_

// UTF-8 (RFC 3629) to code points and back.

#ifndef MYNA_NATIVE_UTF8_H_
#define MYNA_NATIVE_UTF8_H_

#include <string>
#include <string_view>

namespace myna {

// Throws std::invalid_argument, naming the byte, on anything that is not well-formed UTF-8:
// stray or missing continuation bytes, overlong forms, surrogates, values over U+10FFFF.
std::u32string DecodeUtf8(std::string_view utf8);

// `text` must hold Unicode scalar values only.
std::string EncodeUtf8(std::u32string_view text);

inline bool IsAscii(std::string_view utf8) {
  unsigned char seen = 0;
  for (char c : utf8) seen |= static_cast<unsigned char>(c);
  return seen < 0x80;
}

}  // namespace myna

#endif  // MYNA_NATIVE_UTF8_H_

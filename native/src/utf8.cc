#include "utf8.h"

#include <cstddef>
#include <stdexcept>

namespace myna {
namespace {

[[noreturn]] void ThrowInvalid(std::size_t position) {
  throw std::invalid_argument("invalid UTF-8 at byte " + std::to_string(position));
}

// What the first byte of a sequence says about it.
struct Lead {
  int continuation_bytes;
  char32_t bits;
  char32_t smallest;  // a smaller value would be an overlong form
};

Lead ParseLead(unsigned char byte, std::size_t position) {
  if ((byte & 0xE0) == 0xC0) return {1, byte & 0x1Fu, 0x80};
  if ((byte & 0xF0) == 0xE0) return {2, byte & 0x0Fu, 0x800};
  if ((byte & 0xF8) == 0xF0) return {3, byte & 0x07u, 0x10000};
  ThrowInvalid(position);
}

bool IsScalarValue(char32_t code) { return code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF); }

// Writes 1 to 4 bytes and returns where the next character goes.
char* PutUtf8(char32_t code, char* at) {
  const auto put_continuation = [&at](char32_t bits) {
    *at++ = static_cast<char>(0x80 | (bits & 0x3F));
  };
  if (code < 0x80) {
    *at++ = static_cast<char>(code);
    return at;
  }
  if (code < 0x800) {
    *at++ = static_cast<char>(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    *at++ = static_cast<char>(0xE0 | code >> 12);
    put_continuation(code >> 6);
  } else {
    *at++ = static_cast<char>(0xF0 | code >> 18);
    put_continuation(code >> 12);
    put_continuation(code >> 6);
  }
  put_continuation(code);
  return at;
}

}  // namespace

std::u32string DecodeUtf8(std::string_view utf8) {
  std::u32string out(utf8.size(), U'\0');
  char32_t* next = out.data();
  for (std::size_t i = 0; i < utf8.size();) {
    const std::size_t start = i;
    const auto byte = static_cast<unsigned char>(utf8[i++]);
    if (byte < 0x80) {
      *next++ = byte;
      continue;
    }
    const Lead lead = ParseLead(byte, start);
    char32_t code = lead.bits;
    for (int k = 0; k < lead.continuation_bytes; ++k, ++i) {
      if (i == utf8.size() || (utf8[i] & 0xC0) != 0x80) ThrowInvalid(start);
      code = code << 6 | (utf8[i] & 0x3Fu);
    }
    if (code < lead.smallest || !IsScalarValue(code)) ThrowInvalid(start);
    *next++ = code;
  }
  out.resize(static_cast<std::size_t>(next - out.data()));
  return out;
}

std::string EncodeUtf8(std::u32string_view text) {
  std::string out(text.size() * 4, '\0');
  char* at = out.data();
  for (char32_t code : text) at = PutUtf8(code, at);
  out.resize(static_cast<std::size_t>(at - out.data()));
  return out;
}

}  // namespace myna

#include "printable.h"

#include <cstdio>
#include <stdexcept>

#include "utf8.h"

namespace myna {
namespace {

bool IsUtf8(std::string_view text) {
  try {
    DecodeUtf8(text);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

}  // namespace

std::string Printable(std::string_view text) {
  const bool is_utf8 = IsUtf8(text);
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F && (byte < 0x80 || is_utf8)) {
      out += c;
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", byte);
    out += escape;
  }
  return out;
}

std::string Quoted(std::string_view text) { return "'" + Printable(text) + "'"; }

}  // namespace myna

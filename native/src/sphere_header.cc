#include "sphere_header.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "audio_problem.h"
#include "printable.h"

namespace myna {
namespace {

constexpr std::string_view kMagic = "NIST_1A";
constexpr int64_t kFixedPart = 16;  // two lines of 8 bytes
constexpr int64_t kLongestHeader = 1 << 20;
constexpr double kMostSamples = 1e12;  // of each channel: a year at 32 kHz
constexpr double kHighestRate = 1e7;   // Hz
constexpr double kMostChannels = 32;

using Fields = std::map<std::string, std::string, std::less<>>;

// A word of the header for a message, or the beginning of a long one.
std::string Shown(std::string_view word) { return Quoted(word.substr(0, 40)); }

AudioProblem Broken(const std::string& what) {
  return AudioProblem("decode_error", "NIST SPHERE: " + what);
}

// The next word of `text` and white space before it are taken off.
std::string_view TakeWord(std::string_view* text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  const auto begin = std::find_if_not(text->begin(), text->end(), is_space);
  const auto end = std::find_if(begin, text->end(), is_space);
  const std::string_view word = text->substr(begin - text->begin(), end - begin);
  text->remove_prefix(end - text->begin());
  return word;
}

// A whole number or a real one, the field's type notwithstanding.
std::optional<double> NumberIn(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) return {};
  return value;
}

// The values of interest hold no space, so the N of a "-sN", which writers get wrong, is not asked.
Fields ParseFields(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view name = TakeWord(&line);
    if (name == "end_head") break;
    const std::string_view type = TakeWord(&line);
    const std::string_view value = TakeWord(&line);
    if (type.size() >= 2 && type[0] == '-' && name[0] != ';') fields.emplace(name, value);
  }
  return fields;
}

// A whole number from 0 to `most`, `absent` when there is no such field.
int64_t WholeNumber(const Fields& fields, const char* name, double most, int64_t absent) {
  const auto field = fields.find(name);
  if (field == fields.end()) return absent;
  const std::optional<double> value = NumberIn(field->second);
  if (!value || *value < 0 || *value > most)
    throw Broken(std::string("a ") + name + " of " + Shown(field->second));
  return std::llround(*value);
}

std::string Text(const Fields& fields, const char* name) {
  const auto field = fields.find(name);
  std::string text = field == fields.end() ? "" : field->second;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// "pcm", "ulaw,embedded-shorten-v2.00", ...
void ParseCoding(const std::string& text, SphereHeader* header) {
  const std::string coding = text.substr(0, text.find(','));
  if (coding == "ulaw" || coding == "mu-law" || coding == "mulaw" || coding == "u-law") {
    header->coding = SphereCoding::kMuLaw;
  } else if (coding == "alaw" || coding == "a-law") {
    header->coding = SphereCoding::kALaw;
  } else if (coding.empty()) {
    header->coding = header->sample_bytes == 1 ? SphereCoding::kMuLaw : SphereCoding::kPcm;
  } else if (coding != "pcm") {
    throw Broken("the sample_coding " + Shown(text) + " is not known");
  }
  if (text.size() == coding.size()) return;
  header->shortened = text.find(",embedded-shorten-v") == coding.size();
  if (!header->shortened) throw Broken("the sample_coding " + Shown(text) + " is not known");
}

// Which byte is where: "01" and "0123" have the lowest first, "10" and "3210" the highest.
bool IsBigEndian(const std::string& format) {
  if (format.size() <= 1 || std::is_sorted(format.begin(), format.end())) return false;
  if (std::is_sorted(format.rbegin(), format.rend())) return true;
  throw Broken("the sample_byte_format " + Shown(format) + " is not known");
}

void ParseSampleSize(const Fields& fields, SphereHeader* header) {
  header->sample_bytes = static_cast<int>(WholeNumber(fields, "sample_n_bytes", 4, 0));
  ParseCoding(Text(fields, "sample_coding"), header);
  const bool linear = header->coding == SphereCoding::kPcm;
  if (fields.find("sample_n_bytes") == fields.end()) header->sample_bytes = linear ? 2 : 1;
  if (header->shortened) return;  // its stream says it itself
  const int bytes = header->sample_bytes;
  if (bytes == 0 || (!linear && bytes != 1))
    throw Broken("samples of " + std::to_string(bytes) + " bytes in " +
                 (linear ? "PCM" : "8 bits"));
  header->big_endian = bytes > 1 && IsBigEndian(Text(fields, "sample_byte_format"));
}

// The header's length, from the second line.
int64_t HeaderLength(ByteSource& source) {
  std::string fixed(kFixedPart, ' ');
  fixed.resize(static_cast<size_t>(source.ReadAt(0, fixed.data(), kFixedPart)));
  std::string_view text = std::string_view(fixed).substr(std::min(kMagic.size(), fixed.size()));
  const std::optional<double> length = NumberIn(TakeWord(&text));
  if (!length || *length < kFixedPart || *length > kLongestHeader)
    throw Broken("a header whose second line is not its length");
  if (*length > static_cast<double>(source.size()))
    throw Broken("a header of " + std::to_string(std::llround(*length)) + " bytes in a file of " +
                 std::to_string(source.size()));
  return std::llround(*length);
}

}  // namespace

bool IsSphere(ByteSource& source) {
  char begin[kMagic.size()];
  return source.ReadAt(0, begin, sizeof begin) == sizeof begin &&
         std::string_view(begin, sizeof begin) == kMagic;
}

SphereHeader ReadSphereHeader(ByteSource& source) {
  SphereHeader header;
  header.data_start = HeaderLength(source);
  std::string text(static_cast<size_t>(header.data_start - kFixedPart), '\0');
  text.resize(static_cast<size_t>(
      source.ReadAt(kFixedPart, text.data(), static_cast<int64_t>(text.size()))));
  const Fields fields = ParseFields(text);
  header.rate = static_cast<int>(WholeNumber(fields, "sample_rate", kHighestRate, 0));
  if (header.rate == 0) throw Broken("its header gives no sample_rate");
  header.channels = static_cast<int>(WholeNumber(fields, "channel_count", kMostChannels, 1));
  if (header.channels == 0) throw Broken("a channel_count of 0");
  header.sample_count = WholeNumber(fields, "sample_count", kMostSamples, -1);
  if (header.sample_count == 0) header.sample_count = -1;
  ParseSampleSize(fields, &header);
  return header;
}

}  // namespace myna

// Input: 32 bytes for the search, then the file of a lexicon.
//
// The first byte says whether the file gets the checksum that it should have: without, hardly an
// input would pass beyond it.

#include "lexicon.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decoder.h"
#include "labels.h"
#include "log_prob_matrix.h"
#include "memory_file.h"
#include "require.h"

namespace {

constexpr std::size_t kSearchBytes = 32;
constexpr uint32_t kMostColumns = 64;

std::string WithChecksum(std::string content) {
  myna::LexiconHeader header;
  if (content.size() < sizeof header) return content;
  std::memcpy(&header, content.data(), sizeof header);
  header.checksum = myna::LexiconChecksum(header, std::string_view(content).substr(sizeof header));
  std::memcpy(content.data(), &header, sizeof header);
  return content;
}

void Visit(const myna::Lexicon& lexicon) {
  uint32_t words = 0;
  lexicon.ForEachWord([&](uint32_t word, const std::vector<uint32_t>& spelling) {
    ++words;
    uint32_t node = myna::Lexicon::kRoot;
    for (const uint32_t label : spelling) {
      node = lexicon.FindChild(node, label);
      Require(node != myna::Lexicon::kNoChild && lexicon.label(node) == label);
    }
    bool is_there = false;
    lexicon.ForEachWordAt(node, [&](uint32_t other) { is_there |= other == word; });
    Require(is_there && lexicon.model_word(word) < lexicon.model_words());
    lexicon.Contains(lexicon.text(word));
  });
  Require(words == lexicon.words());
  for (const std::string_view text : lexicon.Texts()) lexicon.Contains(text);
}

// A byte for a log-probability: 0 is certain, 255 impossible.
std::vector<double> LogProbs(const uint8_t* bytes, std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    const uint8_t byte = bytes[i % kSearchBytes];
    values.push_back(byte == 255 ? -std::numeric_limits<double>::infinity() : -byte / 16.0);
  }
  return values;
}

void Search(const uint8_t* bytes, const std::shared_ptr<const myna::Lexicon>& lexicon,
            const std::vector<std::string>& labels) {
  const auto columns = static_cast<uint32_t>(labels.size()) + 1;
  const std::size_t frames = bytes[1] % 16;
  const std::vector<double> values = LogProbs(bytes, frames * columns);
  const myna::DecoderOptions options{1 + bytes[2] % 32,    0.5 + bytes[3], 0.5, 1.0, 100,
                                     bytes[0] / 2 % 2 == 1};
  const myna::Decoder decoder(std::make_shared<const myna::Labels>(labels), lexicon, nullptr,
                              options);
  double before = std::numeric_limits<double>::infinity();
  for (const myna::Hypothesis& hypothesis : decoder.Decode({values.data(), frames, columns})) {
    Require(hypothesis.total <= before);  // false for NaN too
    before = hypothesis.total;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < kSearchBytes) return 0;
  std::string content(reinterpret_cast<const char*>(data) + kSearchBytes, size - kSearchBytes);
  if (data[0] % 2 == 1) content = WithChecksum(std::move(content));
  static MemoryFile file;
  file.Write(content);
  std::shared_ptr<const myna::Lexicon> lexicon;
  try {
    lexicon = std::make_shared<const myna::Lexicon>(file.path());
  } catch (const std::invalid_argument&) {
    return 0;  // refused, with the reason
  }
  Visit(*lexicon);
  const std::vector<std::string>& labels = lexicon->labels().texts();
  if (labels.size() >= kMostColumns) return 0;
  Search(data, lexicon, labels);
  Search(data, nullptr, labels);
  return 0;
}

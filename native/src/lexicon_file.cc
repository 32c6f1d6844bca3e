#include "lexicon_file.h"

#include "xxhash64.h"

namespace myna {
namespace {

uint64_t Aligned(uint64_t offset) { return (offset + 63) / 64 * 64; }

}  // namespace

LexiconLayout::LexiconLayout(const LexiconHeader& header)
    : label_size(header.labels <= 0x100     ? 1
                 : header.labels <= 0x10000 ? 2
                                            : 4),
      labels(sizeof header),
      nodes(Aligned(labels + uint64_t{header.labels} * sizeof(uint32_t) + header.label_bytes)),
      node_labels(Aligned(nodes + uint64_t{header.nodes} * sizeof(LexiconNode))),
      words(Aligned(node_labels + uint64_t{header.nodes} * label_size)),
      texts(Aligned(words + uint64_t{header.words} * sizeof(LexiconWord))),
      end(Aligned(texts + header.text_bytes)) {}

uint64_t LexiconChecksum(LexiconHeader header, std::string_view body) {
  header.checksum = 0;
  const char* bytes = reinterpret_cast<const char*>(&header);
  return XxHash64(body, XxHash64({bytes, sizeof header}, 0));
}

}  // namespace myna

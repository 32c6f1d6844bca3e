// The file of a lexicon: what lies where. All numbers little-endian; each section begins at a
// multiple of 64 bytes, and zeros lie between them:
//
//   LexiconHeader
//   labels: for each the end of its text as a uint32, then all texts
//   nodes: LexiconNode in breadth-first order, the root first; siblings in the order of their
//     labels
//   the last label of each node but the root (which has 0), in the same order: 1 byte each for up
//     to 256 labels, 2 for up to 65,536, else 4
//   words: LexiconWord in the order of the nodes at which they end; of one node, in that of their
//     texts
//   texts: those of the words, each once, in the order of their bytes, a zero byte behind each

#ifndef MYNA_NATIVE_LEXICON_FILE_H_
#define MYNA_NATIVE_LEXICON_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace myna {

struct LexiconHeader {
  static constexpr char kMagic[8] = {'M', 'y', 'n', 'a', 'T', 'r', 'i', 'e'};
  static constexpr uint32_t kVersion = 2;
  static constexpr uint32_t kJointSpace = 1;
  // In the place of a separator:
  static constexpr uint32_t kUnseparated = 0xFFFFFFFF;  // the next word begins without any label
  static constexpr uint32_t kSingleWords = 0xFFFFFFFE;  // there is no next word

  char magic[8];
  uint32_t version;
  uint32_t flags;        // kJointSpace: one space is written between words, else nothing
  uint32_t labels;       // how many
  uint32_t label_bytes;  // of all label texts together
  uint32_t nodes;        // how many
  uint32_t words;        // how many; the same text by two spellings counts twice
  uint32_t texts;        // how many
  uint32_t text_bytes;   // of all texts, with the zero behind each
  uint32_t separator;    // the label that ends a word
  uint32_t model_words;  // LanguageModel::vocabulary_bound(); 1 without a model
  uint64_t model;        // LanguageModel::Fingerprint(); 0 without a model
  uint64_t checksum;     // of all other bytes of the file: see LexiconChecksum
};
static_assert(sizeof(LexiconHeader) == 64);

// A prefix of spellings.
struct LexiconNode {
  static constexpr uint32_t kNoWord = 0xFFFFFFFF;

  // With up to 32 labels, bit l says whether the child by label l is there; else the number of
  // children.
  uint32_t children;
  uint32_t first_child;  // the others follow it
  uint32_t word;         // number of the first word that ends here, or kNoWord
  float look_ahead;      // the highest log10 P(word), without history, of all words through here
};
static_assert(sizeof(LexiconNode) == 16);

struct LexiconWord {
  static constexpr uint32_t kLast = 0x80000000;

  uint32_t text;   // where in the texts it begins
  uint32_t model;  // the language model's number of the word; kLast is set in a node's last word
};
static_assert(sizeof(LexiconWord) == 8);

// Where the sections are, by a header's numbers.
struct LexiconLayout {
  explicit LexiconLayout(const LexiconHeader& header);

  std::size_t label_size;  // bytes of a label's number
  uint64_t labels, nodes, node_labels, words, texts, end;
};

// XXH64 of `body`, all behind the header, with that of the header (its checksum taken as 0) for
// its seed.
uint64_t LexiconChecksum(LexiconHeader header, std::string_view body);

}  // namespace myna

#endif  // MYNA_NATIVE_LEXICON_FILE_H_

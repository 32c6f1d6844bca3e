// The words that the decoder can write, as a tree of labels, in a file that is mapped into memory.
//
// The file, all numbers little-endian:
//   LexiconHeader
//   labels: for each the end of its text as a uint32, then all texts, then zeros up to a multiple
//     of 8 bytes
//   nodes: LexiconNode in breadth-first order, the root first; after the last one a node whose
//     first_child closes the last range of children

#ifndef MYNA_NATIVE_LEXICON_H_
#define MYNA_NATIVE_LEXICON_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "labels.h"
#include "mapped_file.h"

namespace myna {

struct LexiconHeader {
  static constexpr char kMagic[8] = {'M', 'y', 'n', 'a', 'T', 'r', 'i', 'e'};
  static constexpr uint32_t kVersion = 1;

  char magic[8];
  uint32_t version;
  uint32_t labels;       // how many
  uint32_t label_bytes;  // of all label texts together
  uint32_t words;        // how many
  uint32_t nodes;        // how many, the closing one not counted
  uint32_t reserved;     // 0
  uint64_t checksum;     // of all other bytes of the file: see LexiconChecksum
};
static_assert(sizeof(LexiconHeader) == 40);

// A prefix of words.
struct LexiconNode {
  static constexpr uint32_t kNoWord = 0xFFFFFFFF;

  uint32_t label;        // its last one; 0 for the root
  uint32_t first_child;  // the children end where those of the next node begin; sorted by label
  uint32_t word;         // number of the word that ends here, or kNoWord; counted in this order
  float look_ahead;      // the highest log10 P(word), without history, of all words through here
};
static_assert(sizeof(LexiconNode) == 16);

// FNV-1a with 64 bits (draft-eastlake-fnv) over header (its checksum taken as 0) and body.
uint64_t LexiconChecksum(LexiconHeader header, std::string_view body);

// Immutable once opened: threads may share one.
class Lexicon {
 public:
  static constexpr uint32_t kRoot = 0;

  // Throws FileError, and std::invalid_argument with path and reason for a file that is no
  // lexicon, damaged or of another version. All of it is checked: nothing below can go astray.
  explicit Lexicon(const std::string& path);

  // The path, for messages.
  const std::string& name() const { return name_; }
  const Labels& labels() const { return *labels_; }
  uint32_t words() const { return header_.words; }
  uint32_t nodes() const { return header_.nodes; }

  // `number` is below nodes(); its children are first_child up to that of node(number + 1).
  const LexiconNode& node(uint32_t number) const { return nodes_[number]; }
  uint32_t children_end(uint32_t number) const { return nodes_[number + 1].first_child; }

  // The text on the way from the root to a node.
  std::string Spelling(uint32_t number) const;

  // Whether there is such a word.
  bool Contains(std::string_view word) const;

  // Calls `visit(spelling, node)` for each word, in the alphabetical order of label numbers.
  void ForEachWord(const std::function<void(const std::string&, uint32_t)>& visit) const;

 private:
  [[noreturn]] void Refuse(const std::string& reason) const;
  void ReadHeader();
  void ReadLabels();
  void CheckNodes() const;
  void CheckNode(uint32_t number, uint32_t expected_word) const;

  const std::string name_;
  const MappedFile file_;
  LexiconHeader header_;
  std::unique_ptr<const Labels> labels_;
  const LexiconNode* nodes_ = nullptr;  // inside file_
};

}  // namespace myna

#endif  // MYNA_NATIVE_LEXICON_H_

// The labels of an acoustic model: what it writes, by number. The blank of CTC is not among them.

#ifndef MYNA_NATIVE_LABELS_H_
#define MYNA_NATIVE_LABELS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace myna {

// Immutable once made: threads may share one.
class Labels {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 20;

  // Any bytes: a character or several in UTF-8, or single bytes of it. Throws
  // std::invalid_argument for none, more than kMost, an empty label, or one that is there twice.
  explicit Labels(std::vector<std::string> texts);
  Labels(const Labels&) = delete;
  Labels& operator=(const Labels&) = delete;

  uint32_t size() const { return static_cast<uint32_t>(texts_.size()); }
  const std::vector<std::string>& texts() const { return texts_; }
  const std::string& operator[](uint32_t number) const { return texts_[number]; }

  // The label that is one space, at which words end.
  std::optional<uint32_t> space() const { return space_; }

  // The number of the label that is `text`, if one is.
  std::optional<uint32_t> NumberOf(std::string_view text) const;

  // The numbers that spell `text`, at each place the longest label that fits, as
  // importers/alphabet.py encodes transcripts. Nothing if some place has no label.
  std::optional<std::vector<uint32_t>> Spell(std::string_view text) const;

  // The same for a word of pieces, which say themselves where it begins: with the space before it
  // as SentencePiece writes it, if that can be spelled.
  std::optional<std::vector<uint32_t>> SpellInPieces(std::string_view word) const;

  // For messages: where Spell gives up, as "no label fits at 'z'".
  std::string WhyUnspelled(std::string_view text) const;

  bool operator==(const Labels& other) const { return texts_ == other.texts_; }

 private:
  // The numbers that spell the text from its beginning on, as far as they go, which it then lacks.
  std::vector<uint32_t> SpellBeginning(std::string_view* text) const;

  std::vector<std::string> texts_;
  std::unordered_map<std::string_view, uint32_t> numbers_;  // views into texts_
  std::size_t longest_ = 0;                                 // bytes
  std::optional<uint32_t> space_;
};

}  // namespace myna

#endif  // MYNA_NATIVE_LABELS_H_

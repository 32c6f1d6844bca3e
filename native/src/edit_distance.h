// The fewest edits that turn one sequence into another (Levenshtein 1966), told apart by kind.

#ifndef MYNA_NATIVE_EDIT_DISTANCE_H_
#define MYNA_NATIVE_EDIT_DISTANCE_H_

#include <cstdint>
#include <vector>

namespace myna {

struct EditCounts {
  int64_t substitutions = 0;
  int64_t deletions = 0;
  int64_t insertions = 0;
};

// Of the alignments with the fewest edits, the counts of those with the fewest substitutions, which
// are the ones with the most tokens right. That makes the three counts unique: swapping the
// sequences swaps deletions and insertions. Time |reference| * |hypothesis|, memory |hypothesis|.
EditCounts CountEdits(const std::vector<int32_t>& reference,
                      const std::vector<int32_t>& hypothesis);

}  // namespace myna

#endif  // MYNA_NATIVE_EDIT_DISTANCE_H_

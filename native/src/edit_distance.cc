#include "edit_distance.h"

#include <algorithm>
#include <cstddef>

namespace myna {
namespace {

// Costs compare by edits first and by substitutions next: both in one number.
constexpr uint64_t kGap = uint64_t{1} << 32;
constexpr uint64_t kSubstitution = kGap + 1;

using Tokens = std::vector<int32_t>;
using Iterator = Tokens::const_iterator;

// The cost of aligning what both ranges hold, row by row of Wagner and Fischer's table (1974).
uint64_t Align(Iterator reference, Iterator reference_end, Iterator hypothesis,
               Iterator hypothesis_end) {
  const std::size_t width = static_cast<std::size_t>(hypothesis_end - hypothesis);
  std::vector<uint64_t> row(width + 1);
  for (std::size_t j = 0; j <= width; ++j) row[j] = j * kGap;
  for (; reference != reference_end; ++reference) {
    uint64_t diagonal = row[0];
    row[0] += kGap;
    for (std::size_t j = 0; j < width; ++j) {
      const bool same = *reference == hypothesis[static_cast<std::ptrdiff_t>(j)];
      const uint64_t here = std::min(diagonal + (same ? 0 : kSubstitution),
                                     std::min(row[j], row[j + 1]) + kGap);
      diagonal = row[j + 1];
      row[j + 1] = here;
    }
  }
  return row[width];
}

}  // namespace

EditCounts CountEdits(const Tokens& reference, const Tokens& hypothesis) {
  // What both begin and end with is aligned with itself in one of the best alignments.
  const auto [first, first_other] = std::mismatch(reference.begin(), reference.end(),
                                                  hypothesis.begin(), hypothesis.end());
  Iterator last = reference.end(), last_other = hypothesis.end();
  while (last != first && last_other != first_other && *(last - 1) == *(last_other - 1)) {
    --last;
    --last_other;
  }
  const uint64_t cost = Align(first, last, first_other, last_other);
  const int64_t edits = static_cast<int64_t>(cost / kGap);
  const int64_t substitutions = static_cast<int64_t>(cost % kGap);
  // The lengths tell by how many deletions outnumber insertions.
  const int64_t gaps = edits - substitutions;
  const int64_t surplus = (last - first) - (last_other - first_other);
  return {substitutions, (gaps + surplus) / 2, (gaps - surplus) / 2};
}

}  // namespace myna

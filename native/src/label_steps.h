// When the labels of the prefixes of a search were written: back pointers.

#ifndef MYNA_NATIVE_LABEL_STEPS_H_
#define MYNA_NATIVE_LABEL_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace myna {

// A label written in a frame, on the best path to some prefix.
struct StepNode {
  static constexpr uint32_t kEndsWord = 0x80000000;

  uint32_t previous;
  uint32_t frame;
  uint32_t label;  // with kEndsWord where a word ends that no separator ends
};

class LabelSteps {
 public:
  static constexpr uint32_t kNone = 0;

  LabelSteps() : nodes_(1) {}

  void Clear() { nodes_.resize(1), kept_ = 1; }

  uint32_t Add(uint32_t previous, uint32_t frame, uint32_t label) {
    nodes_.push_back({previous, frame, label});
    return static_cast<uint32_t>(nodes_.size() - 1);
  }

  const StepNode& operator[](uint32_t number) const { return nodes_[number]; }

  // First to last.
  void Read(uint32_t number, std::vector<StepNode>* steps) const;

  bool IsTimeToCollect() const { return nodes_.size() > kept_ + kept_ / 8 + kFewNodes; }
  // Forgets all that does not lead to one of `ends`, which get their new numbers.
  void Collect(const std::vector<uint32_t*>& ends);

 private:
  static constexpr std::size_t kFewNodes = 1 << 16;

  std::vector<StepNode> nodes_;  // each after its previous one
  std::size_t kept_ = 1;         // after the last collection
  std::vector<uint32_t> moved_;  // new numbers, during a collection
};

}  // namespace myna

#endif  // MYNA_NATIVE_LABEL_STEPS_H_

// The scores of all nodes for pods of one shape, and which of them is best.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dure {

// Nodes are numbered in the order in which they win ties. A tree over them holds the better of two children at each
// inner place.
class ScoreBoard {
 public:
  using Score = std::int64_t;
  static constexpr Score unfit = -1'000'000'000'000;  // below all scores

  // All of `count` nodes are unfit; requires count >= 1.
  explicit ScoreBoard(std::uint32_t count);

  Score score(std::uint32_t place) const { return scores_[place]; }
  // Sets one score. O(log nodes), less where the tree above does not change.
  void set(std::uint32_t place, Score score);
  // Sets all of them, `score_of(place)` each. O(nodes).
  template <class ScoreOf>
  void fill(ScoreOf&& score_of) {
    for (std::uint32_t place = 0; place < scores_.size(); ++place) scores_[place] = score_of(place);
    for (std::size_t inner = leaves_; --inner > 0;) winners_[inner] = better(2 * inner);
  }
  // The place with the highest score, the lowest among equals; it may be unfit. O(1).
  std::uint32_t best() const { return leaves_ > 1 ? winners_[1] : 0; }

 private:
  std::uint32_t winner_at(std::size_t at) const {
    return at < leaves_ ? winners_[at] : static_cast<std::uint32_t>(at - leaves_);
  }
  Score score_at(std::uint32_t place) const { return place < scores_.size() ? scores_[place] : unfit; }
  // Of the children at `left` and beside it.
  std::uint32_t better(std::size_t left) const {
    const std::uint32_t a = winner_at(left);
    const std::uint32_t b = winner_at(left + 1);
    return score_at(a) >= score_at(b) ? a : b;
  }

  std::size_t leaves_ = 1;              // a power of two
  std::vector<Score> scores_;           // by place
  std::vector<std::uint32_t> winners_;  // inner places from 1 on; the children of i are 2i and 2i + 1
};

}  // namespace dure

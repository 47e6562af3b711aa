#include "dure/policy/reference/score_board.h"

#include <bit>

#include "dure/base/assert.h"

namespace dure {

ScoreBoard::ScoreBoard(std::uint32_t count) : leaves_(std::bit_ceil(std::size_t{count})), scores_(count, unfit) {
  DURE_ASSERT(count >= 1);
  winners_.resize(leaves_);
  fill([](std::uint32_t) { return unfit; });
}

void ScoreBoard::set(std::uint32_t place, Score score) {
  if (scores_[place] == score) return;
  scores_[place] = score;
  for (std::size_t at = (leaves_ + place) / 2; at > 0; at /= 2) {
    const std::uint32_t winner = better(at * 2);
    // Another node stands here as before: nothing changes above.
    if (winner == winners_[at] && winner != place) return;
    winners_[at] = winner;
  }
}

}  // namespace dure

#include "dure/policy/reference/score_board.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dure/base/random.h"

namespace dure {
namespace {

std::uint32_t first_of_the_best(const std::vector<ScoreBoard::Score>& scores) {
  return static_cast<std::uint32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

TEST(ScoreBoard, KnowsTheFirstOfTheBestAfterEveryChange) {
  Random random(7);
  for (const std::uint32_t count : {1u, 2u, 3u, 8u, 37u}) {
    ScoreBoard board(count);
    std::vector<ScoreBoard::Score> scores(count, ScoreBoard::unfit);
    for (int step = 0; step < 2'000; ++step) {
      const auto place = static_cast<std::uint32_t>(random.below(count));
      scores[place] = random.below(4) == 0 ? ScoreBoard::unfit : static_cast<ScoreBoard::Score>(random.below(5)) - 2;
      board.set(place, scores[place]);
      ASSERT_EQ(board.best(), first_of_the_best(scores)) << count << " nodes, step " << step;
      ASSERT_EQ(board.score(place), scores[place]);
    }
  }
}

TEST(ScoreBoard, IsFilledAtOnce) {
  ScoreBoard board(5);
  EXPECT_EQ(board.score(board.best()), ScoreBoard::unfit);
  const std::vector<ScoreBoard::Score> scores{1, 9, 3, 9, 0};
  board.fill([&](std::uint32_t place) { return scores[place]; });
  EXPECT_EQ(board.best(), 1u);
}

}  // namespace
}  // namespace dure

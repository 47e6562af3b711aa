#include "dure/policy/fit_bits.h"

#include <gtest/gtest.h>

#include "dure/base/random.h"

namespace dure {
namespace {

bool fits(const FitBits& bits, std::size_t sequence, std::size_t place, std::int64_t free) {
  return (bits.row(sequence, bits.rank_of(free))[place / 64] >> place % 64 & 1) != 0;
}

TEST(FitBits, AreSetForWhatFits) {
  const std::vector<std::int64_t> wanted{3, 0, 7, 3, 5, 5};
  const FitBits bits(wanted, 3);
  EXPECT_EQ(bits.ranks(), 5u);
  EXPECT_EQ(*bits.row(0, bits.rank_of(2)), 0b010u);
  EXPECT_EQ(*bits.row(0, bits.rank_of(3)), 0b011u);
  EXPECT_EQ(*bits.row(1, bits.rank_of(4)), 0b001u);
  EXPECT_EQ(*bits.row(1, bits.rank_of(1'000'000)), 0b111u);
}

// As many amounts, as far apart, and as long sequences as make several words and steps.
TEST(FitBits, AgreeWithWhatIsWanted) {
  Random random(1);
  for (const std::uint64_t most : {1u, 60u, 1'023u, 1'024u, 1'000'000u}) {
    std::vector<std::int64_t> wanted;
    for (int i = 0; i < 2 * 130; ++i) wanted.push_back(static_cast<std::int64_t>(random.below(most + 1)));
    const FitBits bits(wanted, 130);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      for (const std::int64_t more : {-1, 0, 1}) {
        if (wanted[i] + more < 0) continue;
        ASSERT_EQ(fits(bits, i / 130, i % 130, wanted[i] + more), more >= 0) << most << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace dure

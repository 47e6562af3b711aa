#include "dure/policy/latest_ends.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "dure/base/random.h"

namespace dure {
namespace {

using Entries = std::vector<LatestEnds::Entry>;

LatestEnds::Entry entry(std::int64_t minute, std::uint32_t job) { return {Time{} + minutes(minute), JobId{job}}; }

Entries sorted(LatestEnds& ends) {
  const auto entries = ends.sorted();
  return {entries.begin(), entries.end()};
}

TEST(LatestEnds, AreInOrderOfTimeThenJob) {
  LatestEnds ends;
  EXPECT_TRUE(ends.sorted().empty());
  for (const auto& [end, job] : {entry(2, 1), entry(1, 9), entry(1, 3)}) ends.add(end, job);
  EXPECT_EQ(sorted(ends), (Entries{entry(1, 3), entry(1, 9), entry(2, 1)}));
}

TEST(LatestEnds, AnEntryMayGoAndComeBackBetweenTwoLooks) {
  LatestEnds ends;
  const auto [end, job] = entry(1, 1);
  ends.add(end, job);
  EXPECT_EQ(sorted(ends).size(), 1u);
  ends.remove(end, job);
  ends.add(end, job);
  EXPECT_EQ(sorted(ends), Entries{entry(1, 1)});
  ends.remove(end, job);
  ends.add(end, job);
  ends.remove(end, job);
  EXPECT_TRUE(ends.sorted().empty());
}

// Against a multiset. Few times and jobs, so that equal entries come and go; long stretches without a look, so that
// changes are merged unasked.
TEST(LatestEnds, AgreeWithASetThatIsAlwaysInOrder) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    LatestEnds ends;
    std::multiset<LatestEnds::Entry> expected;
    const std::uint64_t steps_between_looks = 1 + random.below(3000);
    for (int step = 0; step < 10'000; ++step) {
      const bool comes = expected.empty() || random.below(2) == 0;
      const auto picked =
          expected.empty()
              ? expected.begin()
              : std::next(expected.begin(),
                          static_cast<std::ptrdiff_t>(random.below(std::min<std::size_t>(expected.size(), 8))));
      if (comes) {
        const auto added =
            entry(static_cast<std::int64_t>(random.below(40)), static_cast<std::uint32_t>(random.below(40)));
        ends.add(added.first, added.second);
        expected.insert(added);
      } else {
        const LatestEnds::Entry gone = *picked;
        ends.remove(gone.first, gone.second);
        expected.erase(picked);
        if (random.below(4) == 0) {
          ends.add(gone.first, gone.second);
          expected.insert(gone);
        }
      }
      if (random.below(steps_between_looks) == 0) {
        ASSERT_EQ(sorted(ends), Entries(expected.begin(), expected.end())) << "step " << step;
      }
    }
    ASSERT_EQ(sorted(ends), Entries(expected.begin(), expected.end()));
  }
}

}  // namespace
}  // namespace dure

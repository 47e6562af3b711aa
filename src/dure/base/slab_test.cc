#include "dure/base/slab.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "dure/base/random.h"

namespace dure {
namespace {

TEST(Slab, KeepsValuesById) {
  Slab<JobId, std::string> slab;
  EXPECT_EQ(slab.find(JobId{7}), nullptr);
  slab.insert(JobId{7}, "seven");
  slab.insert(JobId{3}, "three");
  EXPECT_EQ(slab[JobId{7}], "seven");
  EXPECT_EQ(slab.sorted_ids(), (std::vector<JobId>{JobId{3}, JobId{7}}));
  slab.erase(JobId{7});
  EXPECT_EQ(slab.find(JobId{7}), nullptr);
  EXPECT_EQ(slab.size(), 1u);
  EXPECT_EQ(slab.insert(JobId{8}, "eight"), "eight");
  EXPECT_EQ(slab[JobId{3}], "three");
}

TEST(Slab, IsCopied) {
  Slab<JobId, std::string> slab;
  slab.insert(JobId{7}, "seven");
  slab.insert(JobId{5000}, "many");
  slab.erase(JobId{7});
  Slab<JobId, std::string> copy = slab;
  copy[JobId{5000}] = "more";
  copy.insert(JobId{8}, "eight");
  EXPECT_EQ(slab[JobId{5000}], "many");
  EXPECT_EQ(slab.sorted_ids(), (std::vector<JobId>{JobId{5000}}));
  EXPECT_EQ(copy.sorted_ids(), (std::vector<JobId>{JobId{8}, JobId{5000}}));
  slab = copy;
  EXPECT_EQ(slab[JobId{5000}], "more");
}

TEST(Slab, IsAMapWhateverComesAndGoes) {
  Random random(1);
  Slab<JobId, std::uint64_t> slab;
  std::map<JobId, std::uint64_t> map;
  for (int step = 0; step < 20'000; ++step) {
    const JobId id{static_cast<std::uint32_t>(random.below(200))};
    if (map.contains(id)) {
      ASSERT_EQ(slab[id], map[id]);
      slab.erase(id);
      map.erase(id);
    } else {
      ASSERT_EQ(slab.find(id), nullptr);
      map[id] = slab.insert(id, random.next());
    }
  }
  std::uint64_t visited = 0;
  slab.for_each([&](JobId id, std::uint64_t value) { visited += map.at(id) == value ? 1u : 0u; });
  EXPECT_EQ(visited, map.size());
}

TEST(SlabDeathTest, AMistakenIdIsABug) {
  Slab<JobId, int> slab;
  slab.insert(JobId{1}, 1);
  EXPECT_DEATH(slab.insert(JobId{1}, 2), "internal error");
  EXPECT_DEATH(slab.erase(JobId{2}), "internal error");
  EXPECT_DEATH(static_cast<void>(slab[JobId{2}]), "internal error");
}

}  // namespace
}  // namespace dure

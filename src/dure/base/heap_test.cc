#include "dure/base/heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dure/base/random.h"

namespace dure {
namespace {

TEST(Heap, PopsInOrderUnderMixedPushesAndPops) {
  Random random(7);
  Heap<std::uint64_t> heap;
  std::vector<std::uint64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    if (model.empty() || random.below(5) < 3) {
      const std::uint64_t value = random.below(1000);
      heap.push(value);
      model.push_back(value);
    } else {
      const auto least = std::min_element(model.begin(), model.end());
      ASSERT_EQ(heap.top(), *least);
      ASSERT_EQ(heap.pop(), *least);
      model.erase(least);
    }
    ASSERT_EQ(heap.size(), model.size());
  }
}

}  // namespace
}  // namespace dure

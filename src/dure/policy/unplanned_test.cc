#include "dure/policy/unplanned.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

TEST(Unplanned, IsNothingOnceTheOnlyArrivalHasLeft) {
  Unplanned unplanned;
  unplanned.note_arrival(JobId{1});
  unplanned.forget_arrival(JobId{2});
  EXPECT_TRUE(unplanned.any());
  unplanned.forget_arrival(JobId{1});
  EXPECT_FALSE(unplanned.any());
}

TEST(Unplanned, StandsWhereMoreThanOneArrivalHappened) {
  Unplanned two;
  two.note_arrival(JobId{1});
  two.note_arrival(JobId{2});
  two.forget_arrival(JobId{1});
  two.forget_arrival(JobId{2});
  EXPECT_TRUE(two.any());
  Unplanned other;
  other.note();
  other.note_arrival(JobId{1});
  other.forget_arrival(JobId{1});
  EXPECT_TRUE(other.any());
}

}  // namespace
}  // namespace dure

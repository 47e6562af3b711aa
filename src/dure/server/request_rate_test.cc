#include "dure/server/request_rate.h"

#include <gtest/gtest.h>

namespace dure::server {
namespace {

using namespace std::chrono_literals;

const RequestRate::Clock::time_point opening{};

TEST(RequestRate, LetsABurstPassAndThenSoManyASecond) {
  RequestRate rate({.per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rate.take("a", opening), std::nullopt);
  EXPECT_EQ(rate.take("a", opening), 100ms);
  EXPECT_EQ(rate.take("a", opening + 99ms), 1ms);
  EXPECT_EQ(rate.take("a", opening + 100ms), std::nullopt);
  EXPECT_EQ(rate.take("a", opening + 100ms), 100ms);
}

TEST(RequestRate, IsEachTokensOwn) {
  RequestRate rate({.per_second = 10, .burst = 1});
  EXPECT_EQ(rate.take("a", opening), std::nullopt);
  EXPECT_EQ(rate.take("b", opening), std::nullopt);
  EXPECT_NE(rate.take("a", opening), std::nullopt);
}

TEST(RequestRate, FillsUpToTheBurstAndNoFurther) {
  RequestRate rate({.per_second = 10, .burst = 2});
  EXPECT_EQ(rate.take("a", opening), std::nullopt);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rate.take("a", opening + 1h), std::nullopt);
  EXPECT_NE(rate.take("a", opening + 1h), std::nullopt);
}

}  // namespace
}  // namespace dure::server

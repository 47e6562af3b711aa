#include "dure/spec/job_array.h"

#include <gtest/gtest.h>

#include <string>

namespace dure::spec {
namespace {

using Indices = std::vector<std::uint32_t>;

std::string message(std::string_view text) {
  const auto indices = parse_array(text);
  return indices ? "accepted" : indices.error().found + "; " + indices.error().remedy;
}

TEST(JobArray, IsNumbersRangesAndSteps) {
  EXPECT_EQ(parse_array("7"), Indices({7}));
  EXPECT_EQ(parse_array("0-3"), Indices({0, 1, 2, 3}));
  EXPECT_EQ(parse_array("1,3,5-9:2"), Indices({1, 3, 5, 7, 9}));
  EXPECT_EQ(parse_array("0-9:4"), Indices({0, 4, 8}));
  EXPECT_EQ(parse_array("1-4000000:4294967295"), Indices({1}));
}

TEST(JobArray, IsAscendingAndHasEachIndexOnce) { EXPECT_EQ(parse_array("9,1-3,2-4"), Indices({1, 2, 3, 4, 9})); }

TEST(JobArray, HasAtMostAHundredThousandIndices) {
  EXPECT_EQ(parse_array("0-99999")->size(), most_array_indices);
  EXPECT_EQ(message("0-100000"), "found 100001 indices or more; ask for at most 100000");
  EXPECT_EQ(message("0-49999,100000-149999,7"), "found 100001 indices or more; ask for at most 100000");
  EXPECT_EQ(parse_array("4000000"), Indices({4'000'000}));
  EXPECT_EQ(message("4000001"), "found the index 4000001; write at most 4000000");
}

TEST(JobArray, AThrottleIsRefusedByName) {
  EXPECT_EQ(
      message("0-99%5"),
      "found the throttle '%5'; remove it: how many run at once is decided by the shares and limits of the tenant");
}

TEST(JobArray, WhatIsNoIndexIsRefused) {
  for (const char* text : {"", ",", "1,", "a", "-1", "1-", "1-2:", "1:2", "1 ,2", "4294967296", "0x1", "1-2-3"}) {
    EXPECT_NE(message(text).find("write indices such as 0-99 or 1,3,5-9:2"), std::string::npos) << text;
  }
  EXPECT_EQ(message("1-2:0"), "found '1-2:0'; write a step of at least 1");
  EXPECT_EQ(message("9-5"), "found '9-5'; write the smaller index first");
}

}  // namespace
}  // namespace dure::spec

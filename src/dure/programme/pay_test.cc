#include "dure/programme/pay.h"

#include <gtest/gtest.h>

namespace dure::programme {
namespace {

TEST(Pay, IsThatOfTheFirstTierThatIsAboutIt) {
  Round round;
  round.call.kinds = {{.name = "H200", .cards = 100, .price = 3'000'001}, {.name = "B200", .cards = 100}};
  round.call.pays = {{.who = {.applicant_class = "industry", .tag = "youth"}, .percent = 500},
                     {.who = {.applicant_class = "industry"}, .percent = 1000}};
  Application firm{.name = "a", .applicant_class = "industry", .tags = {"youth"}, .months = 6};
  firm.asks = {{.kind = 0, .cards = 8}, {.kind = 1, .cards = 8}};
  round.applications = {firm, firm, firm};
  round.applications[1].tags = {};
  round.applications[2].applicant_class = "academia";
  EXPECT_EQ(pay_of(round, {0, 0, 8}).percent, 500);
  EXPECT_EQ(pay_of(round, {0, 0, 8}).amount, 7'200'002);  // 48 card-months at 3,000,001, a twentieth of it
  EXPECT_EQ(pay_of(round, {1, 0, 4}).amount, 7'200'002);
  EXPECT_EQ(pay_of(round, {2, 0, 8}).amount, 0);
  EXPECT_EQ(pay_of(round, {1, 1, 8}).percent, 1000);
  EXPECT_FALSE(pay_of(round, {1, 1, 8}).amount);
}

}  // namespace
}  // namespace dure::programme

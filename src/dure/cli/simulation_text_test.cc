#include "dure/cli/simulation_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dure::cli {
namespace {

using simulate::Summary;

Summary of_two() {
  return {.owners = {{.path = "state",
                      .jobs = 3,
                      .gpu_hours = 1500,
                      .guaranteed_gpu_hours = 1000,
                      .p50_wait_s = 60,
                      .p95_wait_s = 7200},
                     {.path = "firm"}}};
}

TEST(SimulationText, IsEmptyWhereNobodyOwnsAnything) {
  Summary summary = of_two();
  summary.owners[0].guaranteed_gpu_hours = 0;
  EXPECT_EQ(shares_text(summary, Console()), "");
}

TEST(SimulationText, SaysNothingOfLoansThatNobodyKeeps) {
  EXPECT_EQ(shares_text(of_two(), Console()),
            "\n"
            "OWNER  HOURS USED  OF ITS OWN  WAIT P50    P95\n"
            "state       1,500        150%      60 s  2.0 h\n"
            "firm            0           -       0 s    0 s\n");
}

TEST(SimulationText, TellsOfLoansProgrammesAndWhatWasTakenBack) {
  Summary summary = of_two();
  summary.programmes = {{.path = "state/large", .jobs = 2, .gpu_hours = 900, .p95_wait_s = 180}};
  summary.ledger = {
      .programmes = {{.programme = "large", .tenant = "state/large", .cards = 16, .awarded = 4000, .charged = 1000},
                     {.programme = "idle", .tenant = "state/idle"}},
      .owners = {{.owner = "", .lent = 5}, {.owner = "state", .borrowed = 505}, {.owner = "firm", .lent = 500}},
      .taken_back = {.warned = 3,
                     .reduced = 2,
                     .reawarded = 1,
                     .cards_freed = 8,
                     .cards_reawarded = 6,
                     .credits = 2000,
                     .used_gpu_hours = 700}};
  EXPECT_EQ(shares_text(summary, Console()),
            "\n"
            "OWNER  HOURS USED  OF ITS OWN  LENT  BORROWED  WAIT P50    P95\n"
            "state       1,500        150%     0       505      60 s  2.0 h\n"
            "firm            0           -   500         0       0 s    0 s\n"
            "\n"
            "PROGRAMME  CARDS  AWARDED  CHARGED  PART  HOURS USED  WAIT P50      P95\n"
            "large         16    4,000    1,000   25%         900       0 s  3.0 min\n"
            "idle           0        0        0     -           0         -        -\n"
            "\n"
            "Taken back: 2,000 credits and 8 cards of 2 of 3 grants that were warned; 6 cards awarded again in 1 "
            "grant, which "
            "used 700 hours\n");
}

TEST(SimulationText, IsShortHoweverManyTheyAre) {
  Summary summary = of_two();
  summary.owners.resize(23, {.path = "other"});
  const std::string text = shares_text(summary, Console());
  EXPECT_TRUE(text.ends_with("\nand 3 more: --json has all\n")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 1 + 20 + 1);
}

}  // namespace
}  // namespace dure::cli

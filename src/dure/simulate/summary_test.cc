#include "dure/simulate/summary.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <limits>

namespace dure::simulate {
namespace {

TEST(Summary, KeepsTheOrderOfItsKeysAndShortNumbers) {
  const Summary summary{.scenario = "a \"quoted\"\nname",
                        .policy = "dure",
                        .seed = 7,
                        .rejected_by_reason = {{"no run time", 2}, {"larger than the fleet", 1}},
                        .mean_wait_s = 0.1,
                        .utilisation = 0.5,
                        .digest = "00000000000000ff"};
  EXPECT_TRUE(to_json(summary).starts_with(R"({
  "scenario": "a \"quoted\"\nname",
  "policy": "dure",
  "seed": 7,
  "jobs_total": 0,
  "jobs_completed": 0,
  "jobs_timed_out": 0,
  "jobs_unfinished": 0,
  "jobs_rejected": 0,
  "rejected_by_reason": {
    "no run time": 2,
    "larger than the fleet": 1
  },
  "rows_skipped": 0,
  "mean_wait_s": 0.1,
)")) << to_json(summary);
}

TEST(Summary, IsJsonWhateverTheNumbers) {
  Summary summary{.mean_wait_s = 1.0 / 3, .makespan_s = 1e300, .gpu_hours = std::numeric_limits<double>::quiet_NaN()};
  const boost::json::object read = boost::json::parse(to_json(summary)).as_object();
  EXPECT_EQ(read.at("mean_wait_s").as_double(), 1.0 / 3);
  EXPECT_EQ(read.at("makespan_s").as_double(), 1e300);
  EXPECT_TRUE(read.at("gpu_hours").is_null());
  EXPECT_TRUE(read.at("rejected_by_reason").as_object().empty());
  EXPECT_EQ(read.at("invariants").at("violated").as_int64(), 0);
}

TEST(Summary, TellsAProgrammeOnceWithItsUseAndItsCredits) {
  Summary summary{.programmes = {{.path = "state/large", .jobs = 2, .gpu_hours = 90},
                                 {.path = "state/other", .jobs = 1, .gpu_hours = 10}}};
  summary.ledger = {
      .programmes = {{.programme = "large", .tenant = "state/large", .grants = 1, .cards = 8, .awarded = 50},
                     {.programme = "more", .tenant = "state/large", .grants = 2}},
      .loans = {},
      .owners = {},
      .taken_back = {}};
  const boost::json::object read = boost::json::parse(to_json(summary)).as_object();
  const boost::json::object& large = read.at("programmes").at("state/large").as_object();
  EXPECT_EQ(large.at("gpu_hours").to_number<double>(), 90);
  EXPECT_EQ(large.at("credits").at("large").at("cards").as_int64(), 8);
  EXPECT_EQ(large.at("credits").at("large").at("awarded").to_number<double>(), 50);
  EXPECT_EQ(large.at("credits").at("more").at("grants").as_int64(), 2);
  EXPECT_FALSE(read.at("programmes").at("state/other").as_object().contains("credits"));
  EXPECT_FALSE(read.at("ledger").as_object().contains("programmes"));
}

}  // namespace
}  // namespace dure::simulate

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

}  // namespace
}  // namespace dure::simulate

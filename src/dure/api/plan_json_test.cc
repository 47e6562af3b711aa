#include "dure/api/plan_json.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <string>

namespace dure::api {
namespace {

namespace json = boost::json;

// Two pools of two nodes with 8 GPUs. A job of two tasks with 4 GPUs each, in the first of them.
struct Planned {
  View view;
  JobPlan plan{.job = {.name = "train",
                       .shape = {.tasks_min = 2, .tasks_max = 2, .per_task = {.gpu_milli = 4000}, .pools = {PoolId{0}}},
                       .time_limit = hours(6)},
               .plan = {},
               .changes = {},
               .horizon = days(7),
               .sequence = 9};

  Planned() {
    const PoolSpec a{.name = "a", .gpu_model = "X", .gpus_per_node = 8, .nodes_per_rack = 2};
    PoolSpec b = a;
    b.name = "b";
    view.fleet = std::make_shared<const Fleet>(FleetSpec{.name = "f", .sites = {{.name = "s", .pools = {a, b}}}});
    forecast::Plan& it = plan.plan;
    it.drawn = {30, 3600, 7200, 7200};
    it.start = {0, 5400, 8000};
    it.starts = {start(30, 0, 0), start(3600, 0, 1), start(7200, 0, 1), start(7200, 0, 1)};
    it.runs_ns = {hours(1).ns, hours(1).ns, hours(2).ns, hours(4).ns};
  }
  static forecast::DrawnStart start(std::int64_t after, std::uint32_t pool, std::uint32_t node) {
    return {.at = Time{} + seconds(after),
            .pool = PoolId{pool},
            .allocation = {{.node = NodeId{node}, .tasks = 2, .gpus = 0xff, .gpu_milli = 1000}}};
  }
  void add(forecast::Variation variation, JobSpec job, forecast::Plan changed) {
    plan.changes.push_back({variation, std::move(job), std::move(changed)});
  }
  json::object told() const { return to_json(view, plan); }
};

TEST(PlanJson, SaysWhenWhereAndWhatItCosts) {
  const json::object told = Planned().told();
  EXPECT_EQ(json::serialize(told.at("place")),
            R"({"pool":"s/a","where":"s-a-b01-r01-n2","nodes":1,"tasks":2,"chance":7.5E-1,"gpus":8})");
  EXPECT_EQ(json::serialize(told.at("cost")),
            R"({"unit":"GPUs","held":8,"hours_at_limit":4.8E1,"typical_run_s":7200,"hours_typical":1.6E1})");
  EXPECT_EQ(told.at("chance_at_once").as_double(), 0.25);
  EXPECT_FALSE(told.at("starts_at_once").as_bool());
  EXPECT_EQ(told.at("forecast").at("p50").as_string(), "1970-01-01T01:30:00Z");
  EXPECT_EQ(told.at("forecast").at("draws").to_number<int>(), 4);
  EXPECT_FALSE(told.contains("start_by"));
  EXPECT_FALSE(told.contains("last"));
}

TEST(PlanJson, SaysHowLikelyItStartsByThen) {
  Planned planned;
  planned.plan.job.start_by = Time{} + hours(1);
  EXPECT_EQ(json::serialize(planned.told().at("start_by")), R"({"at":"1970-01-01T01:00:00Z","chance":5E-1})");
}

TEST(PlanJson, OfWhatNeverStartsNamesNoPlace) {
  Planned planned;
  planned.plan.plan.starts.assign(2, {});
  planned.plan.plan.start = {1e9, 1e9, 1e9};
  const json::object told = planned.told();
  EXPECT_FALSE(told.contains("place"));
  EXPECT_TRUE(told.at("forecast").at("beyond_horizon").as_bool());
  EXPECT_EQ(told.at("cost").at("held").to_number<int>(), 8);
}

TEST(PlanJson, SaysWhatEachChangeIs) {
  Planned planned;
  const JobSpec& job = planned.plan.job;
  JobSpec shorter = job;
  shorter.time_limit = hours(3);
  JobSpec narrower = job;
  narrower.shape.tasks_min = narrower.shape.tasks_max = 1;
  JobSpec anywhere = job;
  anywhere.shape.pools.push_back(PoolId{1});
  const forecast::Plan at_once{.starts_at_once = true, .starts = {Planned::start(0, 1, 2)}, .drawn = {0}};
  planned.add(forecast::Variation::shorter, shorter, at_once);
  planned.add(forecast::Variation::fewer_tasks, narrower, at_once);
  planned.add(forecast::Variation::other_pool, anywhere, at_once);
  json::object told = planned.told();
  const auto change = [&](std::size_t i) { return told.at("changes").as_array().at(i).as_object(); };
  EXPECT_EQ(change(0).at("detail").as_string(), "a time limit of 3h");
  EXPECT_EQ(change(0).at("time_limit_s").to_number<int>(), 10'800);
  EXPECT_EQ(change(0).at("ends_within").as_double(), 0.75);
  EXPECT_EQ(change(0).at("sooner_s").to_number<int>(), 5400);
  EXPECT_TRUE(change(0).at("starts_at_once").as_bool());
  EXPECT_EQ(change(1).at("detail").as_string(), "1 task at least, in place of 2");
  EXPECT_EQ(change(2).at("pool").as_string(), "s/b");
  hide_machines(told);
  EXPECT_FALSE(told.contains("place"));
  EXPECT_EQ(told.at("changes").as_array().size(), 2U) << "without the one that names a pool";
}

}  // namespace
}  // namespace dure::api

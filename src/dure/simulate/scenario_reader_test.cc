#include "dure/simulate/scenario_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dure/base/test_folder.h"
#include "dure/simulate/data_path.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

class ScenarioReader : public testing::Test {
 protected:
  ScenarioReader() { write("log.swf", "; nothing\n"); }

  void write(const fs::path& name, std::string_view text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  Result<Scenario> read(std::string_view text, std::vector<std::string> overrides = {}) const {
    return read_scenario_text(text, "s.yaml", folder_, overrides);
  }

  TempFolder temp_;
  const fs::path folder_ = temp_.path();
};

constexpr std::string_view replay = R"(
scenario: replay
fleet: {flat: {slots: 100}}
tenants: {from: trace}
trace: {format: swf, path: log.swf, limit: 10, scale_arrivals: 1.5, time_limit: 1d, on_error: skip}
policy: {name: easy-sjbf, estimates: last-2}
faults: {node_mtbf: none, gpu_mtbf: 900d, repair: 2h}
forecast: {every: 20m, draws: 8}
seed: 7
)";

constexpr std::string_view model = R"(
scenario: model
fleet:
  sites:
  - name: a
    pools: [{name: gpu, gpu: {model: G, per_node: 8}, node: {cpus: 64}, nodes: 4}]
tenants:
- {name: x}
- {name: y, children: [{name: z}]}
demand:
  start: 2026-03-02T00:00:00+09:00
  jobs: 1000
  duration: 7d
  day: [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 0.5]
  week: [1, 1, 1, 1, 1, 0.5, 0.5]
  classes:
  - name: small
    share: 9
    tenants: {x: 3, y/z: 1}
    pools: [a/gpu]
    per_task: {gpus: 0.5, cpus: 2}
    tasks: {1: 50, 8: 10}
    within: node
    run_time: {median: 20m, sigma: 1.5, min: 1m, max: 2d}
    overestimate: 3
    priority: 2
    checkpoint: {every: 30m}
  - {name: big, per_task: {gpus: 8}, tasks: 4, run_time: {median: 6h}, segments: {of: 2, within: rack}}
  - {name: service, per_task: {gpus: 1}, tasks: 4, run_time: {median: 6h}, spread: {most: 1, over: node}}
)";

TEST_F(ScenarioReader, ReadsAReplay) {
  const auto scenario = read(replay);
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->name, "replay");
  EXPECT_EQ(scenario->path, "s.yaml");
  EXPECT_EQ(scenario->fleet.sites.at(0).pools.at(0).cpu_milli, 100'000);
  EXPECT_EQ(scenario->fleet.sites[0].pools[0].node_count(), 1u);
  EXPECT_FALSE(scenario->tenants);
  const auto& trace = std::get<TraceSpec>(scenario->work);
  EXPECT_EQ(trace.path, (folder_ / "log.swf").string());
  EXPECT_EQ(trace.limit, 10u);
  EXPECT_EQ(trace.scale_arrivals, 1.5);
  EXPECT_EQ(trace.time_limit, days(1));
  EXPECT_EQ(trace.on_error, OnError::skip);
  EXPECT_EQ(scenario->policy.name, "easy-sjbf");
  EXPECT_EQ(scenario->policy.estimates, Estimates::last_2);
  EXPECT_FALSE(scenario->faults.node_mtbf);
  EXPECT_EQ(scenario->faults.gpu_mtbf, days(900));
  EXPECT_EQ(scenario->faults.repair, hours(2));
  ASSERT_TRUE(scenario->forecast);
  EXPECT_EQ(scenario->forecast->every, minutes(20));
  EXPECT_EQ(scenario->forecast->draws, 8u);
  EXPECT_EQ(scenario->forecast->horizon, days(30));
  EXPECT_EQ(scenario->seed, 7u);
}

TEST_F(ScenarioReader, ReadsADemandModel) {
  const auto scenario = read(model);
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto& demand = std::get<DemandSpec>(scenario->work);
  EXPECT_EQ(demand.jobs, 1000u);
  EXPECT_EQ(demand.day[23], 0.5);
  EXPECT_EQ(demand.week[6], 0.5);
  ASSERT_EQ(demand.classes.size(), 3u);
  const DemandClass& small = demand.classes[0];
  EXPECT_EQ(small.tenants, (std::vector<std::pair<std::string, std::uint32_t>>{{"x", 3}, {"y/z", 1}}));
  EXPECT_EQ(small.pools, std::vector<std::string>{"a/gpu"});
  EXPECT_EQ(small.per_task, (Demand{.gpu_milli = 500, .cpu_milli = 2000}));
  EXPECT_EQ(small.tasks, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 50}, {8, 10}}));
  EXPECT_EQ(small.within, Level::node);
  EXPECT_EQ(small.run_time_max, days(2));
  EXPECT_EQ(small.overestimate, 3.0);
  EXPECT_EQ(small.checkpoint->every, minutes(30));
  EXPECT_EQ(demand.classes[1].tasks, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{4, 1}}));
  EXPECT_EQ(demand.classes[1].segments, (Segments{.of = 2, .within = Level::rack}));
  EXPECT_EQ(demand.classes[2].spread, (Spread{.most = 1, .over = Level::node}));
}

TEST_F(ScenarioReader, DefaultsAreOneTenantAndDuresPolicy) {
  const auto scenario = read("{scenario: a, fleet: {flat: {slots: 1}}, trace: {format: swf, path: log.swf}}");
  ASSERT_TRUE(scenario) << scenario.error().message;
  ASSERT_TRUE(scenario->tenants);
  EXPECT_EQ(scenario->tenants->roots.at(0).name, "default");
  EXPECT_EQ(scenario->policy.name, "dure");
  EXPECT_EQ(scenario->seed, 1u);
}

TEST_F(ScenarioReader, OverridesChangeMakeAndIndex) {
  const auto scenario = read(model, {"demand.classes[1].tasks=2", "policy.half_life=1d",
                                     "policy.fair_evictions_per_hour=6", "seed=9", "faults={repair: 1h}"});
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(std::get<DemandSpec>(scenario->work).classes[1].tasks.at(0).first, 2u);
  EXPECT_EQ(scenario->policy.half_life, days(1));
  EXPECT_EQ(scenario->policy.fair_evictions, 6u);
  EXPECT_EQ(scenario->seed, 9u);
  EXPECT_EQ(scenario->faults.repair, hours(1));
}

TEST_F(ScenarioReader, FilesItNamesLieBesideIt) {
  write("sub/fleet.yaml", "sites: [{name: a, pools: [{name: p, node: {cpus: 4}, nodes: 2, owners: {x: 8}}]}]");
  write("sub/tenants.yaml", "tenants: [{name: x}]");
  write("sub/s.yaml",
        "{scenario: a, fleet: fleet.yaml, tenants: tenants.yaml, trace: {format: swf, path: ../log.swf}}");
  const auto scenario = read_scenario(folder_ / "sub/s.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->fleet.sites.at(0).name, "a");
  EXPECT_EQ(scenario->tenants->roots.at(0).quotas.at(0).guarantee_milli, 8000);
}

TEST_F(ScenarioReader, DataLiesBesideTheCheckout) {
  unsetenv("DURE_DATA");
  write("work/shared/data/log.swf", "");
  write("work/checkout/scenarios/s.yaml", "");
  const auto found = resolve_path("data:log.swf", folder_ / "work/checkout/scenarios");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, fs::canonical(folder_) / "work/shared/data/log.swf");
}

TEST_F(ScenarioReader, DataThatIsNowhereIsNotFound) {
  setenv("DURE_DATA", (folder_ / "nowhere").c_str(), 1);
  const auto scenario = read("{scenario: a, fleet: {flat: {slots: 1}}, trace: {format: swf, path: data:log.swf}}");
  unsetenv("DURE_DATA");
  ASSERT_FALSE(scenario);
  EXPECT_EQ(scenario.error().code, Code::not_found);
}

TEST_F(ScenarioReader, AMissingFileBesideAnotherMistakeIsBadInput) {
  const auto scenario = read("{scenario: a b, fleet: {flat: {slots: 1}}, trace: {format: swf, path: no.swf}}");
  ASSERT_FALSE(scenario);
  EXPECT_EQ(scenario.error().code, Code::invalid_argument);
}

TEST_F(ScenarioReader, PartitionsOfATraceArePoolsOfTheFleet) {
  const std::string text =
      "scenario: s\n"
      "fleet: {sites: [{name: hall, pools: [{name: a, node: {cpus: 4}, nodes: 1}, {name: b, node: {cpus: 4}, nodes: "
      "1}]}]}\n"
      "trace:\n  format: swf\n  path: log.swf\n  partitions: ";
  const auto good = read(text + "{x: [hall/b, hall/a], y: [hall/b]}\n");
  ASSERT_TRUE(good) << good.error().message;
  const std::map<std::string, std::vector<PoolId>> wanted{{"x", {PoolId{0}, PoolId{1}}}, {"y", {PoolId{1}}}};
  EXPECT_EQ(std::get<TraceSpec>(good->work).partitions, wanted);
  const auto unknown = read(text + "{x: [hall/c]}\n");
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().message.starts_with("s.yaml:6:20: trace.partitions.x[0]: ")) << unknown.error().message;
  EXPECT_NE(unknown.error().message.find("the unknown pool 'hall/c'"), std::string::npos) << unknown.error().message;
  EXPECT_NE(read(text + "hall/a\n").error().message.find("write partitions of the trace and pools"), std::string::npos);
}

// Two halves of a pool, and half way a third tenant. What follows comes below.
std::string changing(std::string_view then, std::string_view classes) {
  return std::string(
             "scenario: s\n"
             "fleet: {sites: [{name: h, pools: [{name: g, gpu: {model: G, per_node: 8}, node: {cpus: 64}, nodes: "
             "4}]}]}\n"
             "tenants: [{name: a, children: [{name: x, guarantee: {h/g: 16}}, {name: y, weight: 2}]}]\n"
             "then:\n") +
         std::string(then) +
         "demand:\n"
         "  jobs: 10\n"
         "  duration: 4d\n"
         "  classes:\n" +
         std::string(classes);
}

constexpr std::string_view small_class = "  - {name: c, per_task: {gpus: 1}, run_time: {median: 1h}}\n";

TEST_F(ScenarioReader, ThenChangesWhatItNamesAndLeavesTheRest) {
  write("later.yaml", "tenants:\n- name: a\n  children: [{name: z, weight: 3}, {name: x, limit: {h/g: 24}}]\n");
  const auto scenario =
      read(changing("- {at: 2d, tenants: later.yaml}\n"
                    "- at: 3d\n  tenants: [{name: b}, {name: a, children: [{name: x, guarantee: {}}]}]\n",
                    small_class));
  ASSERT_TRUE(scenario) << scenario.error().message;
  ASSERT_EQ(scenario->then.size(), 2u);
  EXPECT_EQ(scenario->then[0].at, days(2));
  const QuotaSpec kept{.pool = "h/g", .guarantee_milli = 16'000, .limit_milli = 24'000};
  const std::vector<TenantSpec> children{
      {.name = "x", .quotas = {kept}}, {.name = "y", .weight = 2}, {.name = "z", .weight = 3}};
  const std::vector<TenantSpec> first{{.name = "a", .children = children}};
  EXPECT_EQ(scenario->then[0].tenants.roots, first);
  ASSERT_EQ(scenario->then[1].tenants.roots.size(), 2u);
  EXPECT_EQ(scenario->then[1].tenants.roots[1].name, "b");
  const TenantSpec& x = scenario->then[1].tenants.roots[0].children[0];
  EXPECT_EQ(x.quotas, (std::vector<QuotaSpec>{{.pool = "h/g", .limit_milli = 24'000}}));
}

TEST_F(ScenarioReader, MistakesInWhatThenSaysHaveTheirPlace) {
  const auto said = [&](std::string_view then, std::string_view classes = small_class) {
    const auto scenario = read(changing(then, classes));
    return scenario ? std::string("none") : scenario.error().message;
  };
  EXPECT_EQ(
      said("- {at: 2d, tenants: [{name: a, children: [{name: x, guarantee: {h/g: 40}}]}]}\n"),
      "s.yaml:5:70: tenants[0].children[0].guarantee.h/g: found a guarantee of 40 GPUs; write at most 32, which is "
      "all of the pool");
  EXPECT_EQ(
      said("- {at: 2d, tenants: [{name: a}, {name: a}]}\n"),
      "s.yaml:5:40: tenants[1].name: found a second tenant named 'a'; give each its own name; the first is on line 5");
  EXPECT_EQ(said("- {at: 2d, tenants: [{name: b}]}\n- {at: 2d, tenants: [{name: c}]}\n"),
            "s.yaml:6:8: then[1].at: found 2d after 2d; put them in order of time");
  EXPECT_EQ(said("- {at: 2d, tenants: [{name: a, wieght: 3}]}\n"),
            "s.yaml:5:32: tenants[0]: found the unknown key 'wieght'; did you mean 'weight'?");
  EXPECT_EQ(
      said("- {at: 2d, tenants: [{name: b}]}\n",
           "  - {name: c, tenants: {b: 1}, from: 1d, per_task: {gpus: 1}, run_time: {median: 1h}}\n"),
      "s.yaml:10:25: demand.classes[0].tenants: found the tenant 'b', which is not there before 2d; let the class "
      "begin with from: 2d");
}

TEST_F(ScenarioReader, ThenNeedsNamedTenantsAndADemandModel) {
  const std::string fleet = "{scenario: s, fleet: {flat: {slots: 1}}, then: [{at: 1d, tenants: [{name: a}]}], ";
  const auto unnamed =
      read(fleet + "demand: {jobs: 1, classes: [{name: c, per_task: {cpus: 1}, run_time: {median: 1h}}]}}");
  ASSERT_FALSE(unnamed);
  EXPECT_EQ(unnamed.error().message, "s.yaml:1:48: then: found 'then' without a list of tenants; name the tenants");
  const auto trace = read(fleet + "tenants: [{name: b}], trace: {format: swf, path: log.swf}}");
  ASSERT_FALSE(trace);
  EXPECT_EQ(trace.error().message, "s.yaml:1:48: then: found 'then' without a demand model; leave it out");
}

TEST_F(ScenarioReader, ClassesHaveAPeriodWithinTheDuration) {
  const auto said = [&](std::string_view periods) {
    const auto scenario = read(changing("- {at: 1d, tenants: [{name: b}]}\n", periods));
    return scenario ? std::string("none") : scenario.error().message;
  };
  const std::string rest = ", per_task: {gpus: 1}, run_time: {median: 1h}}\n";
  EXPECT_EQ(said("  - {name: c, until: 2d" + rest + "  - {name: d, from: 2d" + rest), "none");
  EXPECT_EQ(said("  - {name: c, until: 2d" + rest + "  - {name: d, from: 3d" + rest),
            "s.yaml:10:3: demand.classes: found no class from 2d until 3d; let one begin earlier, or end later");
  EXPECT_EQ(said("  - {name: c, until: 2d" + rest),
            "s.yaml:10:3: demand.classes: found no class from 2d until 4d; let one begin earlier, or end later");
  EXPECT_EQ(
      said("  - {name: c, from: 4d" + rest),
      "s.yaml:10:21: demand.classes[0].from: found a class from 4d on; let it begin before the duration of 4d is over");
  EXPECT_EQ(said("  - {name: c, from: 2d, until: 2d" + rest),
            "s.yaml:10:32: demand.classes[0].until: found a class from 2d until 2d; write a later end");
}

}  // namespace
}  // namespace dure::simulate

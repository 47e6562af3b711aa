#include "dure/simulate/variants.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "dure/base/test_folder.h"
#include "dure/simulate/demand.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"

namespace dure::simulate {
namespace {

// Two owners of a pool of 192 nodes; one has a team held to a server.
constexpr std::string_view whole_scenario = R"(
scenario: all
fleet:
  sites:
  - name: h
    pools:
    - {name: g, gpu: {model: G, per_node: 8}, node: {cpus: 64}, topology: {blocks: 2, racks_per_block: 12, nodes_per_rack: 8}, owners: {a: 1024, b: 512}}
    - {name: c, node: {cpus: 64}, nodes: 20}
tenants:
- {name: a, children: [{name: wide, guarantee: {h/g: 512}}, {name: small, guarantee: {h/g: 8}, limit: {h/g: 16}}]}
- {name: b, limit: {h/g: 1024}}
then:
- {at: 2d, tenants: [{name: a, children: [{name: wide, guarantee: {h/g: 640}}]}]}
demand:
  jobs: 40000
  duration: 4d
  classes:
  - {name: one, share: 80, tenants: {a/small: 1, b: 9}, pools: [h/g], per_task: {gpus: 1}, run_time: {median: 1h}}
  - {name: gang, share: 20, tenants: {a/wide: 1, b: 1}, pools: [h/g], per_task: {gpus: 8}, tasks: {1: 60, 8: 30, 24: 10}, within: block, run_time: {median: 2h}}
)";

class Variants : public testing::Test {
 protected:
  Variants() { write("all.yaml", whole_scenario); }

  void write(const std::string& name, std::string_view text) const { std::ofstream(temp_.path() / name) << text; }

  Result<Scenario> read(std::string_view text, std::vector<std::string> overrides = {}) const {
    return read_scenario_text(text, "s.yaml", temp_.path(), overrides);
  }

  std::string mistake(std::string_view text) const {
    const auto scenario = read(text);
    return scenario ? "none" : scenario.error().message;
  }

  TempFolder temp_;
};

TEST_F(Variants, AScenarioSaysWhatIsDifferentFromAnother) {
  const auto scenario = read("{scenario: mine, extends: all.yaml, seed: 7}", {"demand.jobs=10"});
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->name, "mine");
  EXPECT_EQ(scenario->seed, 7u);
  EXPECT_EQ(std::get<DemandSpec>(scenario->work).jobs, 10u);
  EXPECT_EQ(scenario->then.size(), 1u);
}

TEST_F(Variants, MistakesInWhatIsExtendedHaveTheirPlaceThere) {
  write("bad.yaml", "scenario: bad\nfleet: {flat: {slots: 0}}\ndemand: {jobs: 1}\n");
  const std::string said = mistake("{scenario: mine, extends: bad.yaml, demand: {jobs: 1, classes: 3}}");
  EXPECT_NE(said.find("bad.yaml:2:23: fleet.flat.slots: found 0"), std::string::npos) << said;
  EXPECT_NE(said.find("s.yaml:1:64: demand.classes: found 3"), std::string::npos) << said;
}

TEST_F(Variants, OnlyAScenarioBesideItThatStandsAloneIsExtended) {
  write("chain.yaml", "{scenario: chain, extends: all.yaml}");
  EXPECT_EQ(
      mistake("{scenario: s, extends: chain.yaml, fleet: {flat: {slots: 1}}, demand: {jobs: 1, classes: [{name: c, "
              "per_task: {cpus: 1}, run_time: {median: 1h}}]}}"),
      "s.yaml:1:24: extends: found 'chain.yaml', which is no scenario or extends another itself; name one that "
      "stands alone");
  EXPECT_NE(mistake("{scenario: s, extends: no.yaml}").find("s.yaml:1:24: extends: found 'no.yaml'"),
            std::string::npos);
}

TEST_F(Variants, ScaleKeepsLoadAndShares) {
  const auto all = read("{scenario: s, extends: all.yaml}");
  const auto part = read("{scenario: s, extends: all.yaml, scale: 1/8}");
  ASSERT_TRUE(all && part) << (part ? "" : part.error().message);
  const Fleet before(all->fleet);
  const Fleet after(part->fleet);
  EXPECT_EQ(after.gpu_count() * 8, before.gpu_count());
  EXPECT_EQ(after.pools()[0].spec.blocks, 2u);
  EXPECT_EQ(after.pools()[1].node_count, 3u);  // of 20, rounded up
  const DemandSpec& work = std::get<DemandSpec>(part->work);
  EXPECT_NEAR(expected_load(work, after) / expected_load(std::get<DemandSpec>(all->work), before), 1, 1e-3);

  const Tenants tenants(part->tenants.value(), after.pool_paths());
  const auto quota = [&](std::string_view path) { return tenants.quota(*tenants.find(path), PoolId{0}); };
  EXPECT_EQ(quota("a").guarantee_milli, 128'000);
  EXPECT_EQ(quota("a/wide").guarantee_milli, 64'000);
  EXPECT_EQ(quota("a/small").guarantee_milli, 1'000);
  EXPECT_EQ(quota("a/small").limit_milli, 8'000);  // a server all the same
  EXPECT_EQ(quota("b").limit_milli, 128'000);
  const Tenants later(part->then.at(0).tenants, after.pool_paths());
  EXPECT_EQ(later.quota(*later.find("a/wide"), PoolId{0}).guarantee_milli, 80'000);
}

// Jobs on one node become fewer, those on 8 and 24 nodes have an eighth of their tasks and are as many as before.
TEST_F(Variants, ScaleMakesNarrowJobsFewerAndWideOnesNarrower) {
  const auto part = read("{scenario: s, extends: all.yaml, scale: 1/8}");
  ASSERT_TRUE(part) << part.error().message;
  const DemandSpec& work = std::get<DemandSpec>(part->work);
  const Fleet fleet(part->fleet);
  const std::vector<TenantsFrom> trees{{Duration{}, Tenants(*part->tenants, fleet.pool_paths())}};
  DemandSource source(work, fleet, trees, 1);
  double one = 0, of_one_node = 0, of_three = 0;
  while (const auto job = source.next()) {
    const bool is_gang = job->spec.name == "gang";
    one += is_gang ? 0 : 1;
    of_one_node += is_gang && job->spec.shape.tasks_max == 1 ? 1 : 0;
    of_three += job->spec.shape.tasks_max == 3 ? 1 : 0;
  }
  EXPECT_NEAR(one, 32'000 / 8, 200);
  EXPECT_NEAR(of_one_node, 8'000 * (0.6 / 8 + 0.3), 200);
  EXPECT_NEAR(of_three, 8'000 * 0.1, 100);
}

TEST_F(Variants, WithoutLendingNobodyHasMoreThanItsShare) {
  const auto scenario = read("{scenario: s, extends: all.yaml, lending: none}");
  ASSERT_TRUE(scenario) << scenario.error().message;
  const Fleet fleet(scenario->fleet);
  for (const TenantsSpec* spec : {&*scenario->tenants, &scenario->then.at(0).tenants}) {
    const Tenants tenants(*spec, fleet.pool_paths());
    const auto limit = [&](std::string_view path, PoolId pool) {
      return tenants.quota(*tenants.find(path), pool).limit_milli;
    };
    EXPECT_EQ(limit("a", PoolId{0}), 1'024'000);
    EXPECT_EQ(limit("b", PoolId{0}), 512'000);  // less than it states
    EXPECT_EQ(limit("b", PoolId{1}), 0);
    EXPECT_EQ(limit("a/wide", PoolId{0}), no_limit);
  }
}

TEST_F(Variants, WithoutLendingNothingIsUsedBeyondAShareInAWholeRun) {
  const auto lent = read("{scenario: s, extends: all.yaml, scale: 1/8, faults: {node_mtbf: 30d}}");
  const auto alone = read("{scenario: s, extends: all.yaml, scale: 1/8, lending: none, faults: {node_mtbf: 30d}}");
  ASSERT_TRUE(lent && alone);
  const auto with = run_scenario(*lent, {.verify = true});
  const auto without = run_scenario(*alone, {.verify = true});
  ASSERT_TRUE(with && without);
  EXPECT_EQ(with->summary.invariants.violated, 0u);
  EXPECT_EQ(without->summary.invariants.violated, 0u);
  EXPECT_EQ(without->summary.jobs_unfinished, 0u);
  const auto beyond = [](const Summary& summary) {
    return summary.owners.at(0).beyond_gpu_hours + summary.owners.at(1).beyond_gpu_hours;
  };
  EXPECT_GT(beyond(with->summary), 0);
  EXPECT_EQ(beyond(without->summary), 0);
}

TEST_F(Variants, RefusesWhatCannotBeScaledOrLent) {
  EXPECT_EQ(mistake("{scenario: s, extends: all.yaml, scale: 0.5}"),
            "s.yaml:1:41: scale: found 0.5; write a part such as 1/16, down to 1/1000");
  EXPECT_EQ(mistake("{scenario: s, extends: all.yaml, scale: 1/0}"),
            "s.yaml:1:41: scale: found 1/0; write a part such as 1/16, down to 1/1000");
  EXPECT_EQ(mistake("{scenario: s, extends: all.yaml, scale: 1/8, windows: [{name: w, pool: h/g, from: 1d, for: 1h}]}"),
            "s.yaml:1:41: scale: found 'scale' beside windows, whose nodes it may not keep; leave out one");
  EXPECT_EQ(
      mistake("{scenario: s, extends: all.yaml, scale: 1/8, demand: {jobs: 1, classes: [{name: c, per_task: {gpus: "
              "1}, tasks: 8, segments: {of: 8, within: rack}, run_time: {median: 1h}}]}}"),
      "s.yaml:1:41: scale: found 'scale' beside the class c, whose groups would be larger than racks; leave out one");
  write("log.swf", "; nothing\n");
  EXPECT_EQ(
      mistake("{scenario: s, fleet: {flat: {slots: 1}}, tenants: {from: trace}, trace: {format: swf, path: log.swf}, "
              "scale: 1/8, lending: none}"),
      "s.yaml:1:110: scale: found 'scale' without a demand model; leave it out\n"
      "s.yaml:1:124: lending: found 'lending' with tenants from a trace; name the tenants");
}

}  // namespace
}  // namespace dure::simulate

#include "dure/simulate/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "dure/base/test_folder.h"
#include "dure/simulate/scenario_reader.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

// Jobs of fifty years, one after the other on one processor.
Scenario half_centuries(int jobs, const std::string& policy) {
  auto scenario = read_scenario_text(
      "scenario: long\n"
      "fleet: {flat: {slots: 1}}\n"
      "policy: " +
          policy +
          "\n"
          "demand:\n"
          "  start: 2049-12-01T00:00:00Z\n"
          "  duration: 1d\n"
          "  jobs: " +
          std::to_string(jobs) +
          "\n"
          "  classes:\n"
          "  - name: long\n"
          "    per_task: {cpus: 1}\n"
          "    run_time: {median: 18262d, sigma: 0, max: 18262d}\n"
          "    overestimate: 1\n",
      "long.yaml", ".");
  EXPECT_TRUE(scenario) << scenario.error().message;
  return scenario ? *scenario : Scenario{};
}

TEST(Simulation, RunsUpToTheEndOfTimeAndNotBeyond) {
  for (const char* policy : {"dure", "easy"}) {
    const auto within = run_scenario(half_centuries(2, policy), {.verify = true});
    ASSERT_TRUE(within) << within.error().message;
    EXPECT_EQ(within->summary.jobs_completed, 2u);
    EXPECT_EQ(within->summary.invariants.violated, 0u);

    const auto beyond = run_scenario(half_centuries(7, policy), {.verify = true});
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, Code::failed);
    EXPECT_EQ(beyond.error().message,
              "long.yaml: the simulation would go on after 2150-01-01T00:00:00Z, with 5 jobs that have not ended, the "
              "first of them job 3 of default; give the jobs shorter time limits, or start earlier");
  }
}

// Two users on four processors: limits are three times as long as runs.
Scenario busy(const std::string& more) {
  auto scenario =
      read_scenario_text("scenario: busy\nfleet: {flat: {slots: 4}}\ntenants: [{name: a}, {name: b}]\n" + more +
                             "demand:\n  start: 2026-11-02T00:00:00Z\n  duration: 14d\n  jobs: 900\n  classes:\n"
                             "  - {name: short, share: 3, tenants: {a: 1}, per_task: {cpus: 1}, run_time: {median: "
                             "30m, sigma: 0.5}, overestimate: 3}\n"
                             "  - {name: long, share: 1, tenants: {b: 1}, per_task: {cpus: 2}, run_time: {median: 2h, "
                             "sigma: 0.5}, overestimate: 3}\n",
                         "busy.yaml", ".");
  EXPECT_TRUE(scenario) << scenario.error().message;
  return scenario ? *scenario : Scenario{};
}

TEST(Simulation, ScoresForecastsAndDecidesAsWithoutThem) {
  const auto plain = run_scenario(busy(""), {});
  const auto scored = run_scenario(busy("forecast: {every: 1h, draws: 8}\n"), {});
  const auto again = run_scenario(busy("forecast: {every: 1h, draws: 8}\n"), {});
  ASSERT_TRUE(plain && scored && again);
  EXPECT_EQ(plain->summary.digest, scored->summary.digest);
  EXPECT_FALSE(plain->summary.forecasts);
  ASSERT_TRUE(scored->summary.forecasts);
  const auto& all = scored->summary.forecasts->all;
  const auto& dure = all[static_cast<std::size_t>(Teller::dure)];
  EXPECT_GT(dure.forecasts, 500u);
  EXPECT_NEAR(dure.covered, 0.8, 0.1);
  for (const Teller other : {Teller::similar, Teller::user, Teller::time_limits}) {
    EXPECT_LT(dure.median_error, all[static_cast<std::size_t>(other)].median_error);
    EXPECT_LT(dure.pinball, all[static_cast<std::size_t>(other)].pinball);
  }
  EXPECT_EQ(again->summary.forecasts->all[0].pinball, dure.pinball);
}

// Policies that go by estimates hear in a draw what they hear in the run.
TEST(Simulation, ForecastsUnderEveryPolicy) {
  for (const char* policy : {"fcfs", "easy", "{name: easy, estimates: last-2}", "{name: easy-sjbf, estimates: exact}",
                             "{name: dure, order: shortest}"}) {
    Scenario scenario = busy(std::string("policy: ") + policy + "\nforecast: {every: 6h, draws: 2}\n");
    std::get<DemandSpec>(scenario.work).jobs = 150;
    std::get<DemandSpec>(scenario.work).duration = days(3);
    const auto with = run_scenario(scenario, {});
    scenario.forecast.reset();
    const auto without = run_scenario(scenario, {});
    ASSERT_TRUE(with && without) << policy;
    EXPECT_EQ(with->summary.digest, without->summary.digest) << policy;
    EXPECT_GT(with->summary.forecasts->all[0].forecasts, 10u) << policy;
  }
}

// A job of an hour on a node that fails so often.
Scenario failing(const std::string& mtbf, const std::string& checkpoint) {
  auto scenario = read_scenario_text("scenario: failing\nfleet: {flat: {slots: 1}}\nfaults: {node_mtbf: " + mtbf +
                                         ", repair: 1s}\ndemand: {jobs: 1, duration: 1d, classes: [{name: a, "
                                         "per_task: {cpus: 1}, run_time: {median: 1h, sigma: 0}, " +
                                         checkpoint + "}]}\n",
                                     "failing.yaml", ".");
  EXPECT_TRUE(scenario) << scenario.error().message;
  return scenario ? *scenario : Scenario{};
}

TEST(Simulation, GivesUpOnAJobThatTakesLongerThanNodesLive) {
  const auto never = run_scenario(failing("10s", ""), {});
  ASSERT_FALSE(never);
  EXPECT_EQ(
      never.error().message,
      "failing.yaml: job 1 was interrupted 10000 times, and will never end; let nodes fail less often, or the job "
      "begin at a checkpoint");
  for (const auto& [mtbf, checkpoint] : {std::pair("10s", "checkpoint: {every: 5s}"), std::pair("20m", "")}) {
    const auto ends = run_scenario(failing(mtbf, checkpoint), {});
    ASSERT_TRUE(ends) << ends.error().message;
    EXPECT_EQ(ends->summary.jobs_completed, 1u);
    EXPECT_GT(ends->summary.evictions, 0u);
  }
}

Result<Scenario> with_windows(const std::string& windows, const std::string& policy = "dure") {
  return read_scenario_text(
      "scenario: windows\n"
      "fleet: {sites: [{name: s, pools: [{name: p, gpu: {model: G, per_node: 4}, node: {cpus: 64}, nodes: 2}]}]}\n"
      "policy: " +
          policy + "\nwindows: " + windows +
          "\n"
          "demand: {jobs: 60, duration: 2d, classes: [\n"
          "  {name: a, per_task: {gpus: 1}, run_time: {median: 3h, sigma: 1}, checkpoint: {every: 1h}}]}\n",
      "windows.yaml", ".");
}

TEST(Simulation, KeepsTheWindowsOfAScenarioFree) {
  const auto scenario = with_windows(
      "[{name: w, pool: s/p, from: 12h, for: 4h}, {name: v, nodes: [s-p-b01-r01-n2], "
      "from: 30h, until: 34h}]");
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto run = run_scenario(*scenario, {.verify = true});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->summary.jobs_completed, 60u);
  EXPECT_EQ(run->summary.invariants.violated, 0u);
}

TEST(Simulation, RefusesWindowsThatCannotBe) {
  const auto twice = with_windows("[{name: w, pool: s/p, from: 1h, for: 4h}, {name: v, pool: s/p, from: 2h, for: 1h}]");
  const auto run = run_scenario(*twice, {});
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message.find("windows.yaml: window v: node s-p-b01-r01-n1 is in window w"), std::string::npos)
      << run.error().message;
  const auto dated = with_windows("[{name: w, pool: s/p, from: 2026-11-26T09:00:00Z, for: 4h}]");
  ASSERT_FALSE(dated);
  EXPECT_NE(dated.error().message.find("a duration from the start on"), std::string::npos) << dated.error().message;
}

TEST(Simulation, TellsWhatEvictionsCost) {
  const auto scenario = read_scenario_text(
      "scenario: evicting\n"
      "fleet: {sites: [{name: s, pools: [{name: p, gpu: {model: G, per_node: 4}, node: {cpus: 64}, nodes: 1}]}]}\n"
      "tenants: [{name: owner, guarantee: {s/p: 4}}, {name: borrower}]\n"
      "policy: {name: dure, reclaim: true}\n"
      "demand: {jobs: 40, duration: 2d, classes: [\n"
      "  {name: mine, tenants: {owner: 1}, per_task: {gpus: 4}, run_time: {median: 20m, sigma: 0}},\n"
      "  {name: lent, tenants: {borrower: 1}, per_task: {gpus: 4}, run_time: {median: 20m, sigma: 0}}]}\n",
      "evicting.yaml", ".");
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto run = run_scenario(*scenario, {.verify = true});
  ASSERT_TRUE(run) << run.error().message;
  // What was used is what each job is about, and what was lost.
  constexpr double work = 40 * 4 / 3.0;
  EXPECT_EQ(run->summary.jobs_completed, 40u);
  EXPECT_EQ(run->summary.invariants.violated, 0u);
  EXPECT_GT(run->summary.lost_gpu_hours_evicted, 0);
  EXPECT_NEAR(run->summary.gpu_hours, work + run->summary.lost_gpu_hours_evicted, 1e-9);
  EXPECT_EQ(run->summary.lost_gpu_hours_faults, 0);
}

TEST(Simulation, LeavesNothingBehindWhenTimeEnds) {
  const TempFolder temp;
  const fs::path& folder = temp.path();
  EXPECT_FALSE(run_scenario_into(folder / "out", half_centuries(7, "dure"), {}));
  EXPECT_TRUE(fs::is_empty(folder));
  EXPECT_FALSE(run_scenario_into(folder, half_centuries(7, "dure"), {}));
  EXPECT_TRUE(fs::is_empty(folder));
}

// Half a pool each. What follows for the tenants comes below.
Scenario handed_over(std::string_view then) {
  auto scenario = read_scenario_text(
      "scenario: over\n"
      "fleet: {sites: [{name: h, pools: [{name: g, gpu: {model: G, per_node: 8}, node: {cpus: 64}, nodes: 8}]}]}\n"
      "tenants: [{name: o, children: [{name: a, limit: {h/g: 32}}]}, {name: b, guarantee: {h/g: 32}, limit: {h/g: "
      "32}}]\n" +
          std::string(then) +
          "demand:\n"
          "  jobs: 400\n"
          "  duration: 4d\n"
          "  classes:\n"
          "  - {name: x, tenants: {o/a: 1}, per_task: {gpus: 8}, run_time: {median: 2h}}\n"
          "  - {name: y, tenants: {b: 1}, until: 2d, per_task: {gpus: 8}, run_time: {median: 2h}}\n"
          "faults: {node_mtbf: 20d}\n",
      "over.yaml", ".");
  EXPECT_TRUE(scenario) << scenario.error().message;
  return scenario ? *scenario : Scenario{};
}

// After two days b hands its half over to a, and a tenant that comes between them gives b another number.
constexpr std::string_view hand_over =
    "then: [{at: 2d, tenants: [{name: b, guarantee: {}, limit: {h/g: 16}}, {name: o, children: [{name: c}, {name: a, "
    "limit: {h/g: 64}}]}]}]\n";

TEST(Simulation, TenantsChangeOnTheWay) {
  const auto stays = run_scenario(handed_over(""), {.verify = true});
  const auto changes = run_scenario(handed_over(hand_over), {.verify = true});
  ASSERT_TRUE(stays && changes);
  EXPECT_EQ(stays->summary.invariants.violated, 0u);
  EXPECT_EQ(changes->summary.invariants.violated, 0u);
  EXPECT_EQ(changes->summary.jobs_completed, 400u);
  EXPECT_LT(changes->summary.owners[0].p95_wait_s, stays->summary.owners[0].p95_wait_s);
  EXPECT_GT(changes->summary.owners[1].p95_wait_s, stays->summary.owners[1].p95_wait_s);
  // Of a makespan that is longer than four days, b was guaranteed its half for two.
  const double first_half = 32 * 48;
  EXPECT_NEAR(changes->summary.owners[1].guaranteed_gpu_hours, first_half, 32);
}

TEST(Simulation, RowsCarryTheTenantsOfTheirTime) {
  const TempFolder temp;
  ASSERT_TRUE(run_scenario_into(temp.path(), handed_over(hand_over), {}));
  std::ifstream rows(temp.path() / "jobs.csv");
  std::map<std::string, int> jobs;
  std::string row;
  for (std::getline(rows, row); std::getline(rows, row);) {
    std::vector<std::string> cells;
    std::istringstream in(row);
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    ++jobs[cells.at(5)];
  }
  const auto result = run_scenario(handed_over(hand_over), {});
  ASSERT_TRUE(result);
  EXPECT_EQ(jobs.size(), 2u);
  EXPECT_EQ(jobs["o/a"], static_cast<int>(result->summary.owners[0].jobs));
  EXPECT_EQ(jobs["b"], static_cast<int>(result->summary.owners[1].jobs));
}

TEST(Simulation, TenantsThatHaveJobsMustStayLeaves) {
  const auto result = run_scenario(handed_over("then: [{at: 2d, tenants: [{name: b, children: [{name: c}]}]}]\n"), {});
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message.starts_with("over.yaml: then, at 2026-01-07T00:00:00Z: tenant b has job "))
      << result.error().message;
}

TEST(Simulation, CountsUseByOwnerAndProgramme) {
  auto scenario = read_scenario_text(
      "scenario: use\n"
      "fleet: {sites: [{name: h, pools: [{name: g, gpu: {model: G, per_node: 8}, node: {cpus: 64}, nodes: 4}]}]}\n"
      "tenants:\n"
      "- {name: a, children: [{name: p, guarantee: {h/g: 8}, children: [{name: l}, {name: m}]}, {name: q}]}\n"
      "- {name: b, guarantee: {h/g: 24}}\n"
      "demand:\n"
      "  jobs: 300\n"
      "  duration: 4d\n"
      "  classes: [{name: x, tenants: {a/p/l: 1, a/p/m: 1, a/q: 1}, per_task: {gpus: 8}, run_time: {median: 1h}}]\n",
      "use.yaml", ".");
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto result = run_scenario(*scenario, {});
  ASSERT_TRUE(result) << result.error().message;
  const Summary& summary = result->summary;
  ASSERT_EQ(summary.owners.size(), 2u);
  ASSERT_EQ(summary.programmes.size(), 2u);
  const TenantUse& a = summary.owners[0];
  EXPECT_EQ(a.path, "a");
  EXPECT_EQ(a.jobs, 300u);
  EXPECT_NEAR(a.gpu_hours, summary.gpu_hours, 1e-6);
  EXPECT_NEAR(a.guaranteed_gpu_hours, 8 * summary.makespan_s / 3600, 1e-6);
  EXPECT_GT(a.beyond_gpu_hours, 0);
  EXPECT_LT(a.beyond_gpu_hours, a.gpu_hours);
  EXPECT_EQ(a.p50_wait_s, summary.p50_wait_s);
  EXPECT_EQ(a.p95_wait_s, summary.p95_wait_s);
  EXPECT_EQ(summary.owners[1].jobs, 0u);
  EXPECT_EQ(summary.owners[1].gpu_hours, 0);
  EXPECT_EQ(summary.programmes[0].path, "a/p");
  EXPECT_EQ(summary.programmes[1].path, "a/q");
  EXPECT_EQ(summary.programmes[0].jobs + summary.programmes[1].jobs, 300u);
  EXPECT_NEAR(summary.programmes[0].gpu_hours + summary.programmes[1].gpu_hours, a.gpu_hours, 1e-6);
  // Nothing is guaranteed to a/q: all of it is borrowed.
  EXPECT_NEAR(summary.programmes[1].beyond_gpu_hours, summary.programmes[1].gpu_hours, 1e-6);
}

// Two owners of halves. Of the state's projects one uses all that it has, one nothing, and one waits.
constexpr const char* awards = R"(scenario: awards
fleet:
  fleet: f
  sites:
  - name: s
    pools:
    - name: p
      gpu: {model: H, memory: 80Gi, per_node: 8}
      node: {cpus: 64, memory: 512Gi}
      nodes: 4
      owners: {state: 16, firm: 16}
tenants:
- name: state
  children:
  - {name: busy, guarantee: {s/p: 8}}
  - {name: idle, guarantee: {s/p: 8}}
  - {name: next, limit: {s/p: 8}}
- {name: firm, guarantee: {s/p: 16}}
policy: {name: dure, reclaim: true}
ledger:
  rates: {H: 1}
  programmes:
  - {name: large, tenant: state, burst: true, use: [{at: 50%, least: 40%, second_notice: 1d, appeal: 2d}]}
  rounds:
  - {call: first, programme: large, months: 1, awarded: state, waiting: state/next}
demand:
  start: 2026-03-01T00:00:00Z
  duration: 30d
  jobs: 2000
  classes:
  - name: work
    share: 7
    tenants: {state/busy: 1, firm: 3}
    pools: [s/p]
    per_task: {gpus: 4, cpus: 8}
    run_time: {median: 3h, sigma: 0.5}
  - name: later
    share: 2
    tenants: {state/next: 1}
    pools: [s/p]
    per_task: {gpus: 4, cpus: 8}
    run_time: {median: 2h, sigma: 0.5}
    from: 20d
)";

RunResult awards_with(const std::string& more) {
  const auto scenario = read_scenario_text(awards + more, "awards.yaml", ".");
  EXPECT_TRUE(scenario) << scenario.error().message;
  if (!scenario) return {};
  const auto result = run_scenario(*scenario, {.verify = true});
  EXPECT_TRUE(result) << result.error().message;
  return result ? *result : RunResult{};
}

TEST(Simulation, TakesBackWhatIsNotUsedAndGivesItToWhoWaits) {
  const RunResult result = awards_with("");
  EXPECT_EQ(result.summary.invariants.violated, 0u);
  ASSERT_TRUE(result.summary.ledger);
  const TakenBack& taken = result.summary.ledger->taken_back;
  EXPECT_EQ(taken.warned, 1u);
  EXPECT_EQ(taken.reduced, 1u);
  EXPECT_EQ(taken.cards_freed, 8);
  EXPECT_EQ(taken.cards_reawarded, 8);
  EXPECT_GT(taken.used_gpu_hours, 0);
  EXPECT_EQ(result.summary.jobs_unfinished, 0u);
  EXPECT_NE(to_json(result.summary).find("\"cards_reawarded\": 8"), std::string::npos);
  const ProgrammeLine& large = result.summary.ledger->programmes.at(0);
  EXPECT_EQ(large.tenant, "state");
  EXPECT_EQ(large.cards, 16) << "eight each, and not what was awarded again";
  EXPECT_EQ(large.grants, 3u);
}

TEST(Simulation, TakesNothingBackWhereItIsNotTo) {
  const RunResult result = awards_with("take_back_unused: false\n");
  ASSERT_TRUE(result.summary.ledger);
  EXPECT_EQ(result.summary.ledger->taken_back.reduced, 0u);
  EXPECT_GT(result.summary.jobs_unfinished, 0u) << "who waits has no credits";
}

TEST(Simulation, LoansNetToZero) {
  const RunResult result = awards_with("");
  ASSERT_TRUE(result.summary.ledger);
  double net = 0;
  double lent = 0;
  for (const OwnerLine& owner : result.summary.ledger->owners) {
    net += owner.lent - owner.borrowed;
    lent += owner.lent;
  }
  EXPECT_GT(lent, 0);
  EXPECT_NEAR(net, 0, 1e-6);
}

TEST(Simulation, RefusesALedgerThatCannotBe) {
  const auto refusal = [](const std::string& text) -> std::string {
    const auto scenario = read_scenario_text(text, "awards.yaml", ".");
    if (!scenario) return scenario.error().message;
    const auto result = run_scenario(*scenario, {});
    return result ? "none" : result.error().message;
  };
  std::string text = awards;
  text.replace(text.find("awarded: state,"), 15, "awarded: stat,");
  EXPECT_NE(refusal(text).find("ledger.rounds[0].awarded: found the unknown tenant 'stat'"), std::string::npos)
      << refusal(text);
  text = awards;
  text.replace(text.find("programme: large, months"), 16, "programme: small");
  EXPECT_NE(refusal(text).find("programme small does not exist"), std::string::npos) << refusal(text);
}

}  // namespace
}  // namespace dure::simulate

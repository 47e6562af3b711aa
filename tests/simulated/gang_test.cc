// Gangs of 512 nodes within one block of a hall that is full of small jobs (scenarios/gang.yaml), with a promise,
// without one, and under EASY, which knows neither nodes nor blocks: when they start, and what is idle meanwhile.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "dure/base/test_folder.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

constexpr double capacity = 4 * 16 * 40 * 8;  // GPUs
constexpr double gang_gpus = 512 * 8;

// Seconds since the first submission.
struct Run {
  double submitted = 0;
  double started = 0;
  double ended = 0;
  double gpus = 0;
  bool is_gang() const { return gpus >= gang_gpus; }
};

std::vector<Run> runs_of(const fs::path& jobs_csv) {
  std::vector<Run> runs;
  std::ifstream file(jobs_csv);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    runs.push_back({std::stod(cells.at(1)), std::stod(cells.at(2)), std::stod(cells.at(3)), std::stod(cells.at(6))});
  }
  double first = runs.front().submitted;
  for (const Run& run : runs) first = std::min(first, run.submitted);
  for (Run& run : runs) run.submitted -= first, run.started -= first, run.ended -= first;
  return runs;
}

struct Outcome {
  double utilisation = 0;  // while work keeps arriving, once the hall is full
  double mean_wait_h = 0;  // of the gangs
  double longest_wait_h = 0;
  std::size_t gangs = 0;
  std::size_t in_time = 0;  // gangs that start while work keeps arriving
};

Outcome outcome_of(const std::vector<Run>& runs) {
  constexpr double from = 12 * 3600;
  constexpr double until = 72 * 3600;
  Outcome outcome;
  double used = 0;
  for (const Run& run : runs) {
    used += std::max(0.0, std::min(run.ended, until) - std::max(run.started, from)) * run.gpus;
    if (!run.is_gang()) continue;
    const double wait_h = (run.started - run.submitted) / 3600;
    ++outcome.gangs;
    outcome.in_time += run.started < until ? 1u : 0u;
    outcome.mean_wait_h += wait_h;
    outcome.longest_wait_h = std::max(outcome.longest_wait_h, wait_h);
  }
  outcome.mean_wait_h /= static_cast<double>(outcome.gangs);
  outcome.utilisation = used / (capacity * (until - from));
  return outcome;
}

Outcome play(const std::vector<std::string>& overrides, bool verify) {
  const auto scenario = read_scenario(fs::path(DURE_SOURCE_DIR) / "scenarios/gang.yaml", overrides);
  if (!scenario) throw std::runtime_error(scenario.error().message);
  const TempFolder folder;
  const auto run = run_scenario_into(folder.path(), *scenario, {.verify = verify});
  if (!run) throw std::runtime_error(run.error().message);
  for (const std::string& violation : run->violations) ADD_FAILURE() << violation;
  EXPECT_EQ(run->summary.jobs_unfinished, 0u);
  return outcome_of(runs_of(folder.path() / "jobs.csv"));
}

void print(const char* policy, const Outcome& outcome) {
  fmt::print(
      "{:<22} {} gangs, {} of them before the last arrival; wait {:.1f} h mean, {:.1f} h longest; utilisation {:.1f} "
      "%\n",
      policy, outcome.gangs, outcome.in_time, outcome.mean_wait_h, outcome.longest_wait_h, outcome.utilisation * 100);
}

// `verify`: no gang starts later than the first time that it was promised.
TEST(Gangs, StartAsPromisedInAFullHall) {
  const std::string flat_classes =
      "demand.classes=["
      "{name: small, share: 32000, tenants: {everybody: 1}, per_task: {cpus: 1}, tasks: {1: 50, 2: 25, 4: 15, 8: 10},"
      " run_time: {median: 3h, sigma: 1.0, min: 1m, max: 24h}, overestimate: 2},"
      "{name: pretrain, share: 1, tenants: {foundation: 1}, per_task: {cpus: 1}, tasks: 4096,"
      " run_time: {median: 6h, sigma: 0.3, min: 1h, max: 24h}, overestimate: 1.5}]";
  const Outcome promised = play({}, true);
  const Outcome unpromised = play({"policy={name: dure, reservations: 0}"}, false);
  const Outcome easy = play({"fleet={flat: {slots: 20480}}", flat_classes, "policy=easy"}, false);
  print("dure", promised);
  print("dure, no promises", unpromised);
  print("easy, flat machine", easy);

  EXPECT_GT(promised.gangs, 3u);
  EXPECT_EQ(promised.gangs, unpromised.gangs);
  EXPECT_EQ(promised.gangs, easy.gangs);
  EXPECT_EQ(unpromised.in_time, 0u);  // what is freed is taken at once
  EXPECT_GT(promised.in_time, 0u);
  EXPECT_GT(unpromised.utilisation, 0.95);
}

}  // namespace
}  // namespace dure::simulate

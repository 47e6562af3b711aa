// Gangs that each want a rack of a hall that is full of small jobs (scenarios/fragments.yaml), with jobs moved for them
// and without: how long they wait, and what that costs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "dure/base/test_folder.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

constexpr double gang_gpus = 40;

struct Outcome {
  std::uint64_t gangs = 0;
  double mean_wait_min = 0;  // of the gangs
  double longest_wait_min = 0;
  double small_wait_min = 0;  // of the others, mean
  std::uint64_t moves = 0;
  double lost_gpu_hours = 0;
  double used_gpu_hours = 0;
};

void add_jobs(const fs::path& jobs_csv, Outcome& outcome) {
  std::ifstream file(jobs_csv);
  std::string line;
  std::getline(file, line);
  std::uint64_t small = 0;
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    const double wait_min = std::stod(cells.at(4)) / 60;
    const double gpus = std::stod(cells.at(6));
    outcome.used_gpu_hours += (std::stod(cells.at(3)) - std::stod(cells.at(2))) / 3600 * gpus;
    if (gpus < gang_gpus) {
      ++small;
      outcome.small_wait_min += wait_min;
      continue;
    }
    ++outcome.gangs;
    outcome.mean_wait_min += wait_min;
    outcome.longest_wait_min = std::max(outcome.longest_wait_min, wait_min);
  }
  outcome.mean_wait_min /= static_cast<double>(outcome.gangs);
  outcome.small_wait_min /= static_cast<double>(small);
}

void add_moves(const fs::path& evictions_csv, Outcome& outcome) {
  std::ifstream file(evictions_csv);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    EXPECT_NE(line.find(",defragment,"), std::string::npos) << line;
    ++outcome.moves;
    outcome.lost_gpu_hours += std::stod(line.substr(line.rfind(',') + 1)) / 3600;
  }
}

Outcome play(const std::string& override) {
  const std::vector<std::string> overrides{override};
  const auto scenario = read_scenario(fs::path(DURE_SOURCE_DIR) / "scenarios/fragments.yaml", overrides);
  if (!scenario) throw std::runtime_error(scenario.error().message);
  const TempFolder folder;
  const auto run = run_scenario_into(folder.path(), *scenario, {.verify = true});
  if (!run) throw std::runtime_error(run.error().message);
  for (const std::string& violation : run->violations) ADD_FAILURE() << violation;
  Outcome outcome;
  add_jobs(folder.path() / "jobs.csv", outcome);
  add_moves(folder.path() / "evictions.csv", outcome);
  fmt::print(
      "{:<25} {} gangs wait {:.0f} min mean, {:.0f} longest; others {:.1f} min; {} moves lose {:.0f} of {:.0f} "
      "GPU-hours\n",
      override, outcome.gangs, outcome.mean_wait_min, outcome.longest_wait_min, outcome.small_wait_min, outcome.moves,
      outcome.lost_gpu_hours, outcome.used_gpu_hours);
  return outcome;
}

TEST(Fragments, AreMovedOutOfTheWayForLittle) {
  const Outcome without = play("policy.defragment=false");
  const Outcome with = play("policy.defragment=true");
  EXPECT_EQ(without.moves, 0u);
  EXPECT_GT(with.moves, 0u);
  EXPECT_GT(without.gangs, 20u);
  EXPECT_EQ(with.gangs, without.gangs);
  EXPECT_LT(with.mean_wait_min * 10, without.mean_wait_min);
  EXPECT_LT(with.small_wait_min, without.small_wait_min + 5);
  EXPECT_LT(with.lost_gpu_hours * 500, with.used_gpu_hours);
}

}  // namespace
}  // namespace dure::simulate

// Answers that others published, met to the last digit, and real traces under Dure's own policy.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "dure/base/test_folder.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"
#include "dure/simulate/trace/test_data.h"
#include "dure/simulate/trace/text_source.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(std::string_view line, char separator) {
  std::vector<std::string> cells;
  std::string cell;
  for (char c : line) {
    if (c != separator) {
      cell += c;
    } else if (!cell.empty() || separator != ' ') {
      cells.push_back(std::move(cell));
      cell.clear();
    }
  }
  if (!cell.empty()) cells.push_back(std::move(cell));
  return cells;
}

// Wait in seconds by job number, as somebody else's simulator printed it.
std::map<std::string, std::string> published_waits(const fs::path& path) {
  std::map<std::string, std::string> waits;
  auto source = TextSource::open(path.string());
  if (!source) throw std::runtime_error(source.error().message);
  for (auto line = source->next_line(); line && *line; line = source->next_line()) {
    if ((*line)->starts_with(';')) continue;
    const auto cells = split(**line, ' ');
    waits[cells.at(0)] = cells.at(2);
  }
  return waits;
}

std::map<std::string, std::string> our_waits(const fs::path& jobs_csv) {
  std::map<std::string, std::string> waits;
  std::ifstream file(jobs_csv);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const auto cells = split(line, ',');
    waits[cells.at(0)] = cells.at(4);
  }
  return waits;
}

struct Published {
  const char* log;
  int processors;
  const char* policy;
  const char* estimates;
  double slowdown;
  const char* waits;  // the file with the wait of every job; nullptr: none was published
};

void PrintTo(const Published& published, std::ostream* out) {
  *out << published.log << ' ' << published.policy << ' ' << published.estimates;
}

class Sc15 : public testing::TestWithParam<Published> {};

TEST_P(Sc15, IsMetToTheLastDigit) {
  const auto data = test_data();
  if (!data) GTEST_SKIP() << "skipped: no data";
  const Published& published = GetParam();
  std::ostringstream text;
  text << "scenario: sc15\nfleet: {flat: {slots: " << published.processors << "}}\ntenants: {from: trace}\n"
       << "trace: {format: swf, path: " << (*data / "swf" / published.log).string() << ".input.swf.xz}\n"
       << "policy: {name: " << published.policy << ", estimates: " << published.estimates << "}\n";
  const auto scenario = read_scenario_text(text.str(), "sc15", ".");
  ASSERT_TRUE(scenario) << scenario.error().message;
  const TempFolder folder;
  const auto run = run_scenario_into(folder.path(), *scenario, {});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(std::round(run->summary.avg_bounded_slowdown * 1e4) / 1e4, published.slowdown);
  EXPECT_EQ(run->summary.jobs_unfinished, 0u);
  if (published.waits == nullptr) return;

  const auto theirs = published_waits(*data / "swf/published" / published.waits);
  const auto ours = our_waits(folder.path() / "jobs.csv");
  EXPECT_EQ(ours.size(), theirs.size());
  std::size_t different = 0;
  for (const auto& [job, wait] : theirs) {
    const auto found = ours.find(job);
    if (found != ours.end() && found->second == wait) continue;
    if (++different > 5) continue;
    ADD_FAILURE() << "job " << job << " waits " << (found == ours.end() ? "for ever" : found->second)
                  << ", published: " << wait;
  }
  EXPECT_EQ(different, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Kth, Sc15,
    testing::Values(Published{"KTH-SP2", 100, "easy", "requested", 92.5765, "KTH-SP2.easy-reqtime.swf.xz"},
                    Published{"KTH-SP2", 100, "easy-sjbf", "requested", 69.4054, nullptr},
                    Published{"KTH-SP2", 100, "easy", "last-2", 65.7236, nullptr},
                    Published{"KTH-SP2", 100, "easy-sjbf", "last-2", 62.8569, nullptr},
                    Published{"KTH-SP2", 100, "easy", "exact", 71.7224, "KTH-SP2.easy-clairvoyant.swf.xz"},
                    Published{"KTH-SP2", 100, "easy-sjbf", "exact", 49.8477, "KTH-SP2.easysjbf-clairvoyant.swf.xz"}));
INSTANTIATE_TEST_SUITE_P(
    Sdsc, Sc15,
    testing::Values(Published{"SDSC-SP2", 128, "easy", "requested", 87.8703, "SDSC-SP2.easy-reqtime.swf.xz"},
                    Published{"SDSC-SP2", 128, "easy-sjbf", "requested", 84.8889, nullptr},
                    Published{"SDSC-SP2", 128, "easy", "last-2", 79.2121, nullptr},
                    Published{"SDSC-SP2", 128, "easy-sjbf", "last-2", 65.0636, nullptr},
                    Published{"SDSC-SP2", 128, "easy", "exact", 70.4779, "SDSC-SP2.easy-clairvoyant.swf.xz"},
                    Published{"SDSC-SP2", 128, "easy-sjbf", "exact", 56.8362, "SDSC-SP2.easysjbf-clairvoyant.swf.xz"}));

// Dure's own policy, shortest first, against the best that was published without knowledge of run times, and against
// how long anybody waits under EASY. One configuration for all five logs; the last three have no published figure.
struct Own {
  const char* log;
  int processors;
  double slowdown;      // below it
  double longest_wait;  // of EASY with requested times, in seconds
};

void PrintTo(const Own& own, std::ostream* out) { *out << own.log; }

class OwnPolicy : public testing::TestWithParam<Own> {};

TEST_P(OwnPolicy, IsBetterThanThePublishedOnesAndLetsNobodyStarve) {
  const auto data = test_data();
  if (!data) GTEST_SKIP() << "skipped: no data";
  const Own& own = GetParam();
  std::ostringstream text;
  text << "scenario: own\nfleet: {flat: {slots: " << own.processors
       << "}}\ntrace: {format: swf, path: " << (*data / "swf" / own.log).string()
       << ".input.swf.xz}\npolicy: {name: dure, order: shortest}\n";
  const auto scenario = read_scenario_text(text.str(), "own", ".");
  ASSERT_TRUE(scenario) << scenario.error().message;
  const TempFolder folder;
  const auto run = run_scenario_into(folder.path(), *scenario, {.verify = true});
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->summary.invariants.violated, 0u);
  EXPECT_EQ(run->summary.jobs_unfinished, 0u);
  EXPECT_LT(run->summary.avg_bounded_slowdown, own.slowdown);
  double longest = 0;
  for (const auto& [job, wait] : our_waits(folder.path() / "jobs.csv")) {
    longest = std::max(longest, std::stod(wait));
  }
  EXPECT_LE(longest, 1.5 * own.longest_wait);
}

INSTANTIATE_TEST_SUITE_P(Logs, OwnPolicy,
                         testing::Values(Own{"KTH-SP2", 100, 62.8569, 262'194}, Own{"SDSC-SP2", 128, 65.0636, 459'740},
                                         Own{"CTC-SP2", 338, 26.53, 303'954}, Own{"SDSC-BLUE", 1152, 16.83, 428'774},
                                         Own{"CEA-curie", 80'640, 202.13, 254'229}));

struct RealTrace {
  const char* scenario;
  std::vector<std::string> overrides;
  std::uint64_t jobs;
};

void PrintTo(const RealTrace& trace, std::ostream* out) {
  *out << trace.scenario;
  for (const std::string& word : trace.overrides) *out << ' ' << word;
}

class OnRealTraces : public testing::TestWithParam<RealTrace> {};

// `verify` checks the invariants, and runs a second time for the digest.
TEST_P(OnRealTraces, EveryJobEndsAndNothingIsViolated) {
  if (!test_data()) GTEST_SKIP() << "skipped: no data";
  const RealTrace& trace = GetParam();
  const auto scenario = read_scenario(fs::path(DURE_SOURCE_DIR) / "scenarios" / trace.scenario, trace.overrides);
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto run = run_scenario(*scenario, {.verify = true});
  ASSERT_TRUE(run) << run.error().message;
  for (const std::string& violation : run->violations) ADD_FAILURE() << violation;
  const Summary& summary = run->summary;
  EXPECT_EQ(summary.invariants.violated, 0u);
  EXPECT_GT(summary.invariants.checked, 5 * trace.jobs);
  EXPECT_EQ(summary.jobs_total, trace.jobs);
  EXPECT_EQ(summary.jobs_rejected, 0u);
  EXPECT_EQ(summary.jobs_unfinished, 0u);
  EXPECT_EQ(summary.jobs_completed + summary.jobs_timed_out, trace.jobs);
}

INSTANTIATE_TEST_SUITE_P(Itp, OnRealTraces,
                         testing::Values(RealTrace{"itp.yaml", {}, 5'778},
                                         RealTrace{"itp.yaml", {"trace.path=data:itp/cluster05.csv.xz"}, 3'629},
                                         RealTrace{"itp.yaml", {"trace.path=data:itp/cluster06.csv.xz"}, 2'396},
                                         RealTrace{"itp.yaml", {"trace.path=data:itp/cluster08.csv.xz"}, 13'047},
                                         RealTrace{"itp.yaml", {"policy={name: dure, reservations: 4}"}, 5'778},
                                         RealTrace{"itp.yaml", {"policy={name: dure, order: shortest}"}, 5'778},
                                         RealTrace{"itp.yaml", {"faults.node_mtbf=30d", "faults.repair=6h"}, 5'778}));
INSTANTIATE_TEST_SUITE_P(Philly, OnRealTraces, testing::Values(RealTrace{"philly.yaml", {}, 52'849}));

}  // namespace
}  // namespace dure::simulate

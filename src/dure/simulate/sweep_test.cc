#include "dure/simulate/sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "dure/simulate/scenario_reader.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

std::vector<SweepRun> runs() {
  std::vector<SweepRun> all;
  for (std::uint64_t seed : {1u, 2u, 3u, 4u}) {
    auto scenario = read_scenario_text(
        "scenario: sweep\n"
        "fleet: {sites: [{name: s, pools: [{name: p, gpu: {model: X, per_node: 4}, node: {cpus: 16}, nodes: 3}]}]}\n"
        "tenants: [{name: a}]\n"
        "demand: {jobs: 200, duration: 1d, start: 2026-11-23T00:00:00Z, classes: [{name: c, per_task: {gpus: 1}, "
        "tasks: {1: 1, 4: 1}, run_time: {median: 1h, sigma: 1.2, min: 1m, max: 7d}}]}\n",
        "sweep", ".");
    if (!scenario) {
      ADD_FAILURE() << scenario.error().message;
      return {};
    }
    scenario->seed = seed;
    all.push_back({std::to_string(seed), *scenario});
  }
  return all;
}

TEST(Sweep, ResultsDoNotDependOnTheNumberOfThreads) {
  const auto one = run_sweep(runs(), {}, {});
  ASSERT_TRUE(one) << one.error().message;
  ASSERT_EQ(one->size(), 4u);
  for (unsigned threads : {2u, 9u}) {
    const auto more = run_sweep(runs(), {}, {.threads = threads});
    ASSERT_TRUE(more);
    for (std::size_t i = 0; i < one->size(); ++i) {
      EXPECT_EQ((*more)[i].summary.digest, (*one)[i].summary.digest);
      EXPECT_EQ((*more)[i].summary.seed, i + 1);
    }
  }
  EXPECT_NE((*one)[0].summary.digest, (*one)[1].summary.digest);
}

TEST(Sweep, TellsTheFirstErrorInOrder) {
  auto broken = runs();
  ASSERT_EQ(broken.size(), 4u);
  for (std::size_t i : {1u, 3u}) broken[i].scenario.work = TraceSpec{.path = "/not/there/" + std::to_string(i)};
  const auto result = run_sweep(broken, {}, {.threads = 3});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("/not/there/1"), std::string::npos) << result.error().message;
}

TEST(Sweep, TellsHowManyRunsAreDone) {
  std::vector<std::size_t> told;
  ASSERT_TRUE(run_sweep(runs(), {}, {.threads = 3, .on_done = [&](std::size_t done) { told.push_back(done); }}));
  EXPECT_EQ(told, (std::vector<std::size_t>{1, 2, 3, 4}));
}

class SweepFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "dure-sweep-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(folder_).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path folder_;
};

TEST_F(SweepFolder, HasTheOutputsOfEveryRunAndTheirSummaries) {
  auto all = runs();
  all.resize(2);
  ASSERT_TRUE(run_sweep(all, {}, {.out = folder_ / "new", .threads = 2}));
  EXPECT_EQ(files(), (std::vector<std::string>{"new/1/evictions.csv", "new/1/jobs.csv", "new/1/report.html",
                                               "new/1/summary.json", "new/2/evictions.csv", "new/2/jobs.csv",
                                               "new/2/report.html", "new/2/summary.json", "new/sweep.json"}));
}

TEST_F(SweepFolder, StaysAsItWasIfARunFails) {
  for (unsigned threads : {1u, 3u}) {
    auto broken = runs();
    for (SweepRun& run : broken) run.folder = "easy/" + run.folder;
    broken[2].scenario.work = TraceSpec{.path = "/not/there"};
    EXPECT_FALSE(run_sweep(broken, {}, {.out = folder_ / "new" / "er", .threads = threads}));
    EXPECT_TRUE(fs::is_empty(folder_));
  }
}

TEST_F(SweepFolder, StaysAsItWasIfOneFileCannotBePutIntoPlace) {
  fs::create_directories(folder_ / "1");
  std::ofstream(folder_ / "1/jobs.csv") << "old";
  fs::create_directories(folder_ / "4/report.html");
  const auto result = run_sweep(runs(), {}, {.out = folder_});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("4/report.html: found a folder"), std::string::npos) << result.error().message;
  EXPECT_EQ(files(), std::vector<std::string>{"1/jobs.csv"});
  EXPECT_EQ(fs::file_size(folder_ / "1/jobs.csv"), 3u);
  EXPECT_FALSE(fs::exists(folder_ / "2"));
}

}  // namespace
}  // namespace dure::simulate

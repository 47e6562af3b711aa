// A whole import of what Slurm 22.05 said of a made-up hall: tests/slurm/hall.
#include "dure/import/import_slurm.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "dure/base/test_folder.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"
#include "dure/spec/file.h"

namespace dure::importing {
namespace {

namespace fs = std::filesystem;

const fs::path hall = fs::path(DURE_SOURCE_DIR) / "tests/slurm/hall";

class ImportSlurm : public testing::Test {
 protected:
  Result<ImportReport> import(const fs::path& from = hall) {
    SlurmFiles files(from);
    return import_slurm(files, {.out = out_, .slurm_config = {}});
  }
  // A copy of the hall, to be changed.
  fs::path copy() {
    fs::create_directories(folder_.path() / "copy");
    for (const auto& file : fs::directory_iterator(hall)) {
      if (file.is_regular_file()) fs::copy(file.path(), folder_.path() / "copy" / file.path().filename());
    }
    return folder_.path() / "copy";
  }

  TempFolder folder_;
  fs::path out_ = folder_.path() / "out";
};

TEST_F(ImportSlurm, WritesWhatIsExpected) {
  auto report = import();
  ASSERT_TRUE(report) << report.error().message;
  for (const std::string& file : report->files) {
    EXPECT_EQ(spec::read_file(out_ / file).value(), spec::read_file(hall / "expected" / file).value()) << file;
  }
  EXPECT_EQ(report->files.size(), 5u);
  std::string text = to_text(*report);
  const std::size_t at = text.find(hall.string());
  ASSERT_NE(at, std::string::npos);
  text.erase(at, hall.string().size() + 1);
  EXPECT_EQ(text, spec::read_file(hall / "expected/report.txt").value());
}

TEST_F(ImportSlurm, ItsScenarioIsPlayedWithoutAnEdit) {
  ASSERT_TRUE(import());
  const auto scenario = simulate::read_scenario(out_ / "scenario.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto played = simulate::run_scenario(*scenario, {.verify = true});
  ASSERT_TRUE(played) << played.error().message;
  EXPECT_EQ(played->summary.jobs_total, 8u);
  EXPECT_EQ(played->summary.jobs_rejected, 0u);
  EXPECT_EQ(played->summary.jobs_unfinished, 0u);
  EXPECT_TRUE(played->violations.empty());
}

TEST_F(ImportSlurm, WithoutAccountingThereIsATenantAndNoTrace) {
  const fs::path from = copy();
  std::ofstream(from / "config.txt") << "ClusterName = hall\nAccountingStorageType = accounting_storage/none\n";
  for (const char* file : {"accounts.txt", "qos.txt", "jobs.txt", "topology.txt"}) fs::remove(from / file);
  const auto report = import(from);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->files, (std::vector<std::string>{"fleet.yaml", "tenants.yaml", "server.yaml"}));
  EXPECT_EQ(spec::read_file(out_ / "tenants.yaml").value(), "tenants:\n- {name: default}\n");
  EXPECT_FALSE(fs::exists(out_ / "trace.csv"));
}

TEST_F(ImportSlurm, LeavesNothingBehindWhenAFileIsWrong) {
  const fs::path from = copy();
  std::ofstream(from / "accounts.txt", std::ios::app) << "hall|cut";
  const auto report = import(from);
  ASSERT_FALSE(report);
  EXPECT_TRUE(report.error().message.starts_with((from / "accounts.txt").string() + ":16: the row has 2 fields"))
      << report.error().message;
  EXPECT_FALSE(fs::exists(out_));
}

// Wherever a file is cut off, the import fails and names a file, or tells of a line, or has less; it never breaks.
TEST_F(ImportSlurm, TakesOrRefusesWhatIsCutOffAnywhere) {
  const fs::path from = copy();
  std::size_t refused = 0;
  std::size_t taken = 0;
  for (const char* name : {"config.txt", "nodes.txt", "partitions.txt", "topology.txt", "accounts.txt", "qos.txt",
                           "reservations.txt", "licenses.txt", "jobs.txt"}) {
    const std::string whole = spec::read_file(hall / name).value();
    const std::size_t step = whole.size() / 40 + 1;
    for (std::size_t size = 0; size < whole.size(); size += step) {
      std::ofstream(from / name) << whole.substr(0, size);
      const auto report = import(from);
      ++(report ? taken : refused);
      if (report) continue;
      EXPECT_NE(report.error().message.find(".txt"), std::string::npos)
          << name << ' ' << size << ": " << report.error().message;
      EXPECT_EQ(report.error().code, Code::invalid_argument) << report.error().message;
    }
    std::ofstream(from / name) << whole;
  }
  EXPECT_GT(refused, 50u);
  EXPECT_GT(taken, 50u);
}

}  // namespace
}  // namespace dure::importing

// The published curves of five ways to pack pods (FGD, USENIX ATC'23): ten traces, five orders each.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"
#include "dure/simulate/trace/csv_rows.h"
#include "dure/simulate/trace/test_data.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t points = 131;
constexpr std::uint64_t first_seed = 42;
constexpr std::uint64_t last_seed = 46;

// By workload, policy and seed, as the file names them.
using Curves = std::map<std::tuple<std::string, std::string, std::int64_t>, std::vector<double>>;

const Curves& published_curves(const fs::path& data) {
  static const Curves curves = [&] {
    std::vector<std::string> names{"workload", "sc_policy", "seed"};
    for (std::size_t x = 0; x < points; ++x) names.push_back(std::to_string(x));
    const std::vector<std::string_view> columns(names.begin(), names.end());
    Curves read;
    const auto done = for_each_csv_row(
        (data / "openb/published_allocated_percent.csv.xz").string(), columns, columns.size(), [&](CsvRow& row) {
          auto& curve = read[{std::string(row.text(0)), std::string(row.text(1)), row.number(2)}];
          for (std::size_t x = 0; x < points; ++x) curve.push_back(std::stod(std::string(row.text(3 + x))));
        });
    if (!done) throw std::runtime_error(done.error().message);
    return read;
  }();
  return curves;
}

Result<std::vector<double>> our_curve(const fs::path& data, const std::string& trace, const std::string& policy,
                                      std::uint64_t seed) {
  const fs::path openb = data / "openb";
  const std::string text = fmt::format(
      "scenario: {0}\nprotocol: pack\nfleet: {{openb: {{nodes: {1}/openb_node_list_gpu_node.csv}}}}\n"
      "trace: {{format: openb, path: {1}/openb_pod_list_{0}.csv.xz, order: {1}/orders/{0}.orders.txt.xz}}\n"
      "policy: {2}\nseed: {3}\n",
      trace, openb.string(), policy, seed);
  return read_scenario_text(text, trace, ".").and_then([](const Scenario& scenario) {
    return run_scenario(scenario, {}).map([](RunResult run) { return run.summary.pack->allocated_percent; });
  });
}

using Case = std::tuple<std::string, std::string>;  // trace, policy as published

class Atc23 : public testing::TestWithParam<Case> {};

TEST_P(Atc23, IsMetAtEveryPointOfEveryOrder) {
  const auto data = test_data();
  if (!data) GTEST_SKIP() << "skipped: no data";
  static const std::map<std::string, std::string> names{{"02-DotProd", "dotprod"},
                                                        {"03-GpuClustering", "clustering"},
                                                        {"04-GpuPacking", "packing"},
                                                        {"05-BestFit", "bestfit"},
                                                        {"06-FGD", "fgd"}};
  const auto& [trace, policy] = GetParam();
  for (std::uint64_t seed = first_seed; seed <= last_seed; ++seed) {
    const auto found = published_curves(*data).find({"openb_pod_list_" + trace, policy, std::int64_t(seed)});
    ASSERT_NE(found, published_curves(*data).end()) << seed;
    const auto ours = our_curve(*data, trace, names.at(policy), seed);
    ASSERT_TRUE(ours) << ours.error().message;
    ASSERT_EQ(ours->size(), points);
    for (std::size_t x = 0; x < points; ++x) {
      EXPECT_NEAR((*ours)[x], found->second[x], 0.01 + 1e-9) << "seed " << seed << " at " << x << " %";
    }
  }
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return std::get<0>(info.param) + "_" + std::get<1>(info.param).substr(3);
}

INSTANTIATE_TEST_SUITE_P(
    All, Atc23,
    testing::Combine(testing::Values("default", "cpu050", "cpu100", "cpu200", "gpushare40", "gpushare60", "gpuspec10",
                                     "gpuspec20", "multigpu20", "multigpu30"),
                     testing::Values("02-DotProd", "03-GpuClustering", "04-GpuPacking", "05-BestFit", "06-FGD")),
    name_of);

// Of one pair; all are in docs/design/0021-packing.md.
TEST(OwnPacking, IsFullerThanFgd) {
  const auto data = test_data();
  if (!data) GTEST_SKIP() << "skipped: no data";
  const auto fgd = our_curve(*data, "multigpu30", "fgd", first_seed);
  for (const std::string policy : {"dure", "{name: dure, demand: seen}"}) {
    const auto dure = our_curve(*data, "multigpu30", policy, first_seed);
    ASSERT_TRUE(dure) << dure.error().message;
    EXPECT_GT((*dure)[100], (*fgd)[100]) << policy;
    EXPECT_GT((*dure)[130], (*fgd)[130]) << policy;
  }
}

}  // namespace
}  // namespace dure::simulate

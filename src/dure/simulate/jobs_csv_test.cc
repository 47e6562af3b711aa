#include "dure/simulate/jobs_csv.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "dure/base/test_folder.h"
#include "dure/fleet/folded_nodes.h"

namespace dure::simulate {
namespace {

// Nodes 1 to 3 in rack 1, 4 to 6 in rack 2.
struct Written {
  State state;
  Written() {
    PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 2, .racks_per_block = 2, .nodes_per_rack = 3};
    state.apply({{}, FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}}});
    state.apply({{}, TenantsDeclared{{.roots = {{.name = "a, \"b\""}}}}});
  }
  std::string fold(std::initializer_list<std::uint32_t> nodes) const {
    Allocation allocation;
    for (std::uint32_t node : nodes) allocation.push_back({.node = NodeId{node}, .tasks = 1});
    return folded_nodes(state.fleet(), allocation);
  }
  std::string row(Time submitted, Time start, Time end) const {
    const TempFolder folder;
    const std::filesystem::path path = folder / "jobs.csv";
    auto csv = JobsCsv::create(path, state);
    const Job job{.id = JobId{7}, .submitted = submitted, .allocation = {{.node = NodeId{0}, .tasks = 2}}};
    csv->add({.job = job, .source_id = "x", .start = start, .end = end, .size_milli = 1500});
    EXPECT_TRUE(csv->close());
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, "job,submit_s,start_s,end_s,wait_s,tenant,size,tasks,outcome,evictions,where");
    std::getline(file, line);
    return line;
  }
};

TEST(FoldedNodes, JoinNeighboursOfOneRack) {
  Written w;
  EXPECT_EQ(w.fold({}), "");
  EXPECT_EQ(w.fold({1}), "s-p-b01-r01-n2");
  EXPECT_EQ(w.fold({0, 1, 2}), "s-p-b01-r01-n[1-3]");
  EXPECT_EQ(w.fold({1, 2, 3, 4}), "s-p-b01-r01-n[2-3],s-p-b01-r02-n[1-2]");
  EXPECT_EQ(w.fold({0, 2}), "s-p-b01-r01-n1,s-p-b01-r01-n3");
  EXPECT_EQ(w.fold({1, 1, 2}), "s-p-b01-r01-n[2-3]");  // two devices of one node
}

TEST(JobsCsv, QuotesWhatMustBe) {
  Written w;
  EXPECT_EQ(w.row(Time{}, Time{} + seconds(5), Time{} + seconds(9)),
            "x,0,5,9,5,\"a, \"\"b\"\"\",1.5,2,completed,0,s-p-b01-r01-n1");
}

// More than are handed to the thread that writes at a time, of one and of two nodes by turns.
TEST(JobsCsv, KeepsTheOrderOfRowsAndTheNodesOfEach) {
  const Written w;
  const TempFolder folder;
  const std::filesystem::path path = folder / "jobs.csv";
  auto csv = JobsCsv::create(path, w.state);
  const auto place_of = [](std::uint32_t id) { return id % 2 == 0 ? "n1" : "n[2-3]"; };
  for (std::uint32_t id = 0; id < 3000; ++id) {
    Allocation allocation{{.node = NodeId{0}, .tasks = 1}};
    if (id % 2 == 1) allocation = {{.node = NodeId{1}, .tasks = 1}, {.node = NodeId{2}, .tasks = 1}};
    const Job job{.id = JobId{id}, .allocation = std::move(allocation)};
    csv->add({.job = job, .source_id = ""});
  }
  ASSERT_TRUE(csv->close());
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  for (std::uint32_t id = 0; id < 3000; ++id) {
    ASSERT_TRUE(std::getline(file, line));
    ASSERT_TRUE(line.starts_with(std::to_string(id) + ",")) << line;
    ASSERT_TRUE(line.ends_with(place_of(id))) << line;
  }
  EXPECT_FALSE(std::getline(file, line));
}

TEST(JobsCsv, TellsWhyItCouldNotBeWrittenThoughMoreHappenedSince) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no disk that is always full";
  Written w;
  auto csv = JobsCsv::create("/dev/full", w.state);
  ASSERT_TRUE(csv);
  const Job job{.id = JobId{7}, .allocation = {{.node = NodeId{0}, .tasks = 2}}};
  const std::string id(4096, 'x');
  const FinishedJob finished{.job = job, .source_id = id, .size_milli = 1500};
  for (int row = 0; row < 600; ++row) csv->add(finished);
  errno = 0;
  const auto closed = csv->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().message, "/dev/full: cannot be written: No space left on device");
}

TEST(JobsCsv, WritesTimesExactlyOnCalendarDatesToo) {
  Written w;
  const Time date = Time{} + seconds(1'761'955'200);
  EXPECT_EQ(w.row(date, date + Duration{1'500'000'000}, date + Duration{2'000'000'001}).substr(0, 52),
            "x,1761955200,1761955201.5,1761955202.000000001,1.5,\"");
}

}  // namespace
}  // namespace dure::simulate

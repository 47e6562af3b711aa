// Reading and playing small worlds under the protocol `pack`.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "dure/base/random.h"
#include "dure/base/test_folder.h"
#include "dure/simulate/node_list.h"
#include "dure/simulate/pod_list.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

class Pack : public testing::Test {
 protected:
  Pack() {
    write("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\na,8000,1000,2,T4\nb,8000,1000,1,P100\nc,8000,1000,2,T4\n");
    write("pods.csv", pods_);
    write("orders.txt", "pods 1 0 1 2 3 4 5\nnodes 1 2 1 0\npods 2 5\nnodes 2 0 1 2\n");
  }

  void write(const fs::path& name, std::string_view text) const { std::ofstream(folder_ / name) << text; }
  std::string path(const fs::path& name) const { return (folder_ / name).string(); }

  NodeList nodes(std::uint32_t copies = 1) const { return *read_node_list(path("nodes.csv"), copies); }
  Result<PodOrder> order(std::string_view text) const {
    write("orders.txt", text);
    return read_pod_order(path("orders.txt"), 1, 6, 3);
  }
  std::string pod_mistake(std::string_view row) const {
    write("pods.csv", "cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n1,1,0,0,\n" + std::string(row) + "\n");
    const auto read = read_pod_list(path("pods.csv"), Fleet(nodes().fleet));
    return read ? "" : read.error().message.substr(folder_.string().size() + 1);
  }
  RunResult run(std::vector<std::string> overrides = {}) const {
    const auto scenario = read_scenario_text(
        "{scenario: s, protocol: pack, fleet: {openb: {nodes: nodes.csv}}, policy: bestfit, seed: 1,\n"
        "trace: {format: openb, path: pods.csv, order: orders.txt}}",
        "s.yaml", folder_, overrides);
    if (!scenario) throw std::runtime_error(scenario.error().message);
    auto run = run_scenario(*scenario, {.verify = true});
    if (!run) throw std::runtime_error(run.error().message);
    return std::move(*run);
  }

  TempFolder temp_;
  const fs::path folder_ = temp_.path();
  const std::string_view pods_ =
      "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n"
      "two,1000,10,2,1000,\n"
      "share,1000,10,1,300,P100\n"
      "much,7500,10,1,1000,T4\n"
      "lost,1000,10,2,1000,\n"
      "cpus,500,10,0,0,\n"
      "fat,1000,995,1,500,T4|P100\n";
};

TEST_F(Pack, NodesOfAKindAreAPool) {
  const NodeList list = nodes(2);
  const Fleet fleet(list.fleet);
  EXPECT_EQ(fleet.pool_paths(),
            (std::vector<std::string>{"openb-1/T4-1", "openb-1/P100-1", "openb-2/T4-1", "openb-2/P100-1"}));
  EXPECT_EQ(fleet.gpu_count(), 10);
  EXPECT_EQ(list.node(1, 0), NodeId{2});
  EXPECT_EQ(list.node(2, 0), NodeId{1});
  EXPECT_EQ(list.node(2, 1), NodeId{4});
}

TEST_F(Pack, TypicalPodsCoverNinetyFivePercentAndFallInEveryRespect) {
  std::string text = "cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n";
  for (int i = 0; i < 93; ++i) text += "2000,1,1,1000,\n";
  text += "1000,1,1,300,P100\n1000,1,1,300,T4\n";  // equal but for the text: T4 is the larger
  text += "1000,1,1,500,\n";                       // a larger share
  text += "3000,1,0,0,\n";                         // more CPUs
  text += "500,1,0,0,\n400,1,0,0,\n300,1,0,0,\n";
  write("pods.csv", text);
  const auto pods = read_pod_list(path("pods.csv"), Fleet(nodes().fleet));
  ASSERT_TRUE(pods) << pods.error().message;
  const TypicalPods typical = typical_pods(*pods);
  EXPECT_EQ(typical.total, 100u);
  EXPECT_EQ(typical.covered(), 95u);
  ASSERT_EQ(typical.pods.size(), 3u);
  EXPECT_EQ(typical.pods[1].demand.cpu_milli, 3'000);
  EXPECT_EQ(typical.pods[2].demand.gpu_milli, 500);
}

TEST_F(Pack, APodThatCannotBeIsNamedWithItsPlace) {
  EXPECT_EQ(pod_mistake("1,1,2,1000,"), "");
  EXPECT_EQ(pod_mistake("x,1,0,0,"), "pods.csv:3: cpu_milli is 'x'; write a whole number from 0 to 1000000000");
  EXPECT_EQ(pod_mistake("1,1,2,500,"),
            "pods.csv:3: gpu_milli is '500'; write 1000, or from 1 to 999 for a share of one GPU");
  EXPECT_EQ(pod_mistake("1,1,1,0,"),
            "pods.csv:3: gpu_milli is '0'; write 1000, or from 1 to 999 for a share of one GPU");
  EXPECT_EQ(pod_mistake("1,1,65,1000,"), "pods.csv:3: num_gpu is '65'; a pod has 0 to 64 GPUs");
  EXPECT_EQ(pod_mistake("1,1,1,1000,H100"),
            "pods.csv:3: gpu_spec is 'H100'; name models of the fleet, with | between them");
}

TEST_F(Pack, ANodeThatCannotBeIsNamedWithItsPlace) {
  write("nodes.csv", "cpu_milli,memory_mib,gpu,model\n0,1000,1,T4\n");
  const auto read = read_node_list(path("nodes.csv"), 1);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, path("nodes.csv") + ":2: cpu_milli is '0'; write thousandths of a CPU, above zero");
  write("nodes.csv", "cpu_milli,gpu,model\n1,1,T4\n");
  EXPECT_EQ(
      read_node_list(path("nodes.csv"), 1).error().message,
      path("nodes.csv") + ":1: the header needs the column 'memory_mib'; it has, split at ',': cpu_milli gpu model");
}

TEST_F(Pack, AnOrderHasBothLinesOfItsSeed) {
  EXPECT_EQ(order("pods 1 5 5 0\nnodes 1 0 2 1\npods 2 0\n")->pods, (std::vector<std::uint32_t>{5, 5, 0}));
  EXPECT_EQ(order("nodes 1 0 2 1\n").error().message,
            path("orders.txt") + ": there are no pods and nodes of seed 1; name a seed that it has");
  EXPECT_EQ(order("pods 1 6\n").error().message,
            path("orders.txt") + ":1: found the pod '6'; write its row, from 0 to 5");
  EXPECT_EQ(order("pods 1 0\nnodes 1 0 2 2\n").error().message,
            path("orders.txt") + ": the nodes of seed 1 are not the 3 of the fleet; name each once");
  EXPECT_EQ(order("pods 1 0\npods 1 0\n").error().message,
            path("orders.txt") + ":2: seed 1 has pods already; leave out one of the two");
}

// `two` goes to c, the first of the order; `share` to b; `much` to a, and leaves 500 CPUs; `lost` finds no two; `cpus`
// goes to the fullest; `fat` to b, whose memory holds it not, and a has no CPUs: it is dropped.
TEST_F(Pack, WhatDoesNotFitIsDroppedAndHasArrived) {
  const RunResult result = run();
  EXPECT_EQ(result.violations, std::vector<std::string>{});
  const PackSummary& pack = *result.summary.pack;
  EXPECT_EQ(result.summary.jobs_total, 6u);
  EXPECT_EQ(result.summary.jobs_unfinished, 0u);
  EXPECT_EQ(pack.dropped, 2u);
  ASSERT_EQ(pack.allocated_percent.size(), 131u);
  EXPECT_EQ(pack.allocated_percent[40], 40);   // 2 of 5
  EXPECT_EQ(pack.allocated_percent[46], 46);   // and 0.3
  EXPECT_EQ(pack.allocated_percent[66], 66);   // and 1
  EXPECT_EQ(pack.allocated_percent[106], 66);  // `lost` and `cpus`
  EXPECT_EQ(pack.allocated_percent[116], 66);
  EXPECT_TRUE(std::isnan(pack.allocated_percent[130]));
}

// Idle are one GPU on a, for want of CPUs, and 0.7 on b. Five pods ask for GPUs: two, share, much, lost and fat.
TEST_F(Pack, WhatIsIdleIsCountedByTheFirstThingInTheWay) {
  const Stranded idle = run().summary.pack->stranded;
  EXPECT_EQ(idle.wrong_model, (1'000 * 1 + 700 * 1) / 5);  // share on a; much on b
  EXPECT_EQ(idle.no_memory, 700 * 1 / 5 + 1'000 * 1 / 5);  // fat, which asks for 995 of the 990 MiB that are left
  EXPECT_EQ(idle.no_cpu, 1'000 * 3 / 5);                   // two, much and lost on a
  EXPECT_EQ(idle.fragment, 700 * 2 / 5);                   // two and lost on b
  EXPECT_EQ(idle.wrong_model + idle.no_memory + idle.no_cpu + idle.fragment + idle.usable, 1'700);
}

// One GPU is idle on a or c: of use to `one`, and too few for `two`, of which one came.
TEST_F(Pack, AllOfTooFewDevicesIsAFragment) {
  write("pods.csv", "cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n1000,10,1,1000,\n1000,10,2,1000,\n");
  write("orders.txt", "pods 1 0 1 0\nnodes 1 2 1 0\n");
  const Stranded idle = run().summary.pack->stranded;
  EXPECT_EQ(idle.fragment, 1'000 / 3);
  EXPECT_EQ(idle.usable, 1'000 - 1'000 / 3);
}

// Fifty nodes of three kinds, and pods of ten kinds, which ask for 1.3 times their 240 GPUs.
class MadeTrace : public Pack {
 protected:
  MadeTrace() {
    std::string nodes = "cpu_milli,memory_mib,gpu,model\n";
    for (int i = 0; i < 20; ++i) nodes += "32000,128000,2,T4\n";
    for (int i = 0; i < 20; ++i) nodes += "96000,400000,8,G2\n";
    for (int i = 0; i < 10; ++i) nodes += "64000,256000,4,P100\n";
    write("nodes.csv", nodes);
    write("pods.csv",
          "cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n"
          "12000,50000,1,1000,\n3000,6000,1,810,\n12000,40000,1,470,\n4000,20000,1,320,T4|P100\n6000,11000,1,160,\n"
          "32000,90000,4,1000,\n24000,60000,2,1000,G2\n12500,50000,0,0,\n4000,16000,0,0,\n9000,30000,1,650,\n");
    Random random(1);
    std::string pods = "pods 1";
    for (int i = 0; i < 360; ++i) pods += " " + std::to_string(random.below(10));
    std::string ties = "nodes 1";
    for (int i = 0; i < 50; ++i) ties += " " + std::to_string(i * 7 % 50);
    write("orders.txt", pods + "\n" + ties + "\n");
  }
  // In the end, of all GPUs.
  double allocated_percent(const std::string& policy) const {
    const RunResult result = run({"policy=" + policy});
    EXPECT_EQ(result.violations, std::vector<std::string>{});
    return result.summary.pack->allocated_percent.back();
  }
};

// The same choices on any machine: whoever means to make others writes down what becomes of them. 96.96 by fgd.
TEST_F(MadeTrace, IsPackedByWhatWouldBeStrandedAsEver) {
  EXPECT_EQ(allocated_percent("dure"), 98.09);
  EXPECT_EQ(allocated_percent("{name: dure, demand: seen}"), 96.96);
}

TEST_F(Pack, CopiesAreOneFleetAndEachRowComesAsOften) {
  const RunResult result = run({"copies=3"});
  EXPECT_EQ(result.violations, std::vector<std::string>{});
  EXPECT_EQ(result.summary.jobs_total, 18u);
  EXPECT_EQ(result.summary.pack->allocated_percent[40], 40);
}

TEST_F(Pack, TheSeedChoosesTheOrderUnlessTheTraceDoes) {
  EXPECT_EQ(run({"seed=2"}).summary.jobs_total, 1u);
  EXPECT_EQ(run({"trace.order_seed=2"}).summary.jobs_total, 1u);
}

}  // namespace
}  // namespace dure::simulate

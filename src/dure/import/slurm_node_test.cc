#include "dure/import/slurm_node.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace dure::importing {
namespace {

Result<std::vector<SlurmNode>> read_nodes(const std::string& text) {
  return read_slurm_nodes({.name = "nodes.txt", .text = text});
}

TEST(SlurmNode, CountsItsGpusHoweverGresIsWritten) {
  struct Case {
    const char* gres;
    std::uint32_t gpus;
    const char* model;
    std::vector<std::string> others;
  };
  const std::vector<Case> cases{{"gpu:2", 2, "gpu", {}},
                                {"gpu", 1, "gpu", {}},
                                {"gpu:h100:8(S:0-1)", 8, "h100", {}},
                                {"gpu:h100:8(S:0,2),nic:4", 8, "h100", {"nic"}},
                                {"gpu:a100:no_consume:4", 4, "a100", {}},
                                {"gpu:a100:4,gpu:v100:2", 6, "a100+v100", {}},
                                {"gpu:a100:0", 0, "", {}},
                                {"shard:16,mps:200", 0, "", {"shard", "mps"}},
                                {"(null)", 0, "", {}}};
  for (const Case& c : cases) {
    const auto nodes = read_nodes(fmt::format("NodeName=n1 CPUTot=8 Gres={} RealMemory=1024 Partitions=a,b\n", c.gres));
    ASSERT_TRUE(nodes) << c.gres << ": " << nodes.error().message;
    EXPECT_EQ(nodes->front().gpus, c.gpus) << c.gres;
    EXPECT_EQ(nodes->front().gpu_model, c.model) << c.gres;
    EXPECT_EQ(nodes->front().other_gres, c.others) << c.gres;
  }
}

TEST(SlurmNode, HasWhatJobsMayHave) {
  const auto nodes = read_nodes(
      "NodeName=n1 CPUEfctv=14 CPUTot=16 RealMemory=64000 MemSpecLimit=1000 State=IDLE+DRAIN\n"
      "NodeName=n2 CPUTot=16 RealMemory=1 State=FUTURE AvailableFeatures=ib,new Partitions=a\n");
  ASSERT_TRUE(nodes);
  EXPECT_EQ((*nodes)[0].cpus, 14u);
  EXPECT_EQ((*nodes)[0].memory_mib, 63'000);
  EXPECT_FALSE((*nodes)[0].is_future);
  EXPECT_TRUE((*nodes)[0].partitions.empty());
  EXPECT_EQ((*nodes)[1].cpus, 16u);
  EXPECT_EQ((*nodes)[1].memory_mib, 0);  // a MiB is what Slurm says that was told none
  EXPECT_TRUE((*nodes)[1].is_future);
  EXPECT_EQ((*nodes)[1].features, (std::vector<std::string>{"ib", "new"}));
}

TEST(SlurmNode, ReadsSeveralLinesOfANodeAsOne) {
  const auto nodes = read_nodes(
      "NodeName=n1 Arch=x86_64 CoresPerSocket=1 \n   CPUAlloc=0 CPUEfctv=16 CPUTot=16\n"
      "   OS=Linux 6.1 #1 SMP\n   RealMemory=512 AllocMem=0\n   Partitions=a \n\n");
  ASSERT_TRUE(nodes) << nodes.error().message;
  EXPECT_EQ(nodes->front().memory_mib, 512);
}

TEST(SlurmNode, RefusesWhatIsNoNodeWithItsLineAndTheCommand) {
  struct Case {
    const char* text;
    const char* error;
  };
  const char* const good = "NodeName=n1 CPUTot=8 RealMemory=512\n";
  for (const Case& c :
       {Case{"", "nodes.txt: found no node"},
        Case{"slurm_load_node error: Unable to contact slurm controller\n", "nodes.txt:1: found no NodeName="},
        Case{"NodeName=n2 CPUTot=8 RealMem", "nodes.txt:2: found node n2 without CPUTot= and RealMemory=, or cut off"},
        Case{"NodeName=n[2-9] CPUTot=8 RealMemory=512", "nodes.txt:2: found NodeName=n[2-9], which is not one node"},
        Case{"NodeName=n2 CPUTot=0 RealMemory=512", "nodes.txt:2: found node n2 without"},
        Case{"NodeName=n2 CPUTot=8 RealMemory=512 Gres=gpu:h100:many",
             "nodes.txt:2: found Gres=gpu:h100:many of node n2"}}) {
    const bool is_second = std::string_view(c.error).find(":2:") != std::string_view::npos;
    const auto nodes = read_nodes((is_second ? good : "") + std::string(c.text));
    ASSERT_FALSE(nodes) << c.text;
    EXPECT_TRUE(nodes.error().message.starts_with(c.error)) << nodes.error().message;
    EXPECT_NE(nodes.error().message.find("scontrol -a show node -o"), std::string::npos);
    EXPECT_EQ(nodes.error().code, Code::invalid_argument);
  }
}

}  // namespace
}  // namespace dure::importing

#include "dure/import/slurm_network.h"

#include <gtest/gtest.h>

namespace dure::importing {
namespace {

Result<SlurmNetwork> read_network(const std::string& text) {
  return read_slurm_network({.name = "topology.conf", .text = text});
}

// `leaf1@pod1:2 leaf2@pod1:2`: names, what they lie in, and how many nodes they have.
std::string told(const std::string& text) {
  const auto network = read_network(text);
  if (!network) return network.error().message;
  std::string said;
  for (const SlurmRack& rack : network->racks) {
    said += (said.empty() ? "" : " ") + rack.name + '@' + rack.block + ':' + std::to_string(rack.nodes.size());
  }
  return said;
}

TEST(SlurmNetwork, LeavesOfATreeAreRacksAndWhatIsAboveThemIsBlocks) {
  EXPECT_EQ(told("SwitchName=leaf1 Nodes=n[1-2] # the old one\nSwitchName=leaf2 Nodes=n[3-4]\n"), "leaf1@:2 leaf2@:2");
  EXPECT_EQ(
      told("SwitchName=leaf1 Level=0 LinkSpeed=1 Nodes=n[1-2]\nSwitchName=leaf2 Level=0 LinkSpeed=1 Nodes=n[3-4]\n"
           "SwitchName=top Level=1 LinkSpeed=1 Nodes=n[1-4] Switches=leaf[1-2]\n"),
      "leaf1@top:2 leaf2@top:2");
  EXPECT_EQ(told("switchname=a nodes=n1\nswitchname=b nodes=n2\nswitchname=c nodes=n3\nswitchname=d nodes=n4\n"
                 "switchname=x switches=a,c\nswitchname=y switches=b,d\nswitchname=top switches=x,y\n"),
            "a@x:1 c@x:1 b@y:1 d@y:1");  // together, whatever their order
}

TEST(SlurmNetwork, TellsWhatDividesBlocksFurther) {
  const std::string two =
      "SwitchName=a Nodes=n1\nSwitchName=b Nodes=n2\nSwitchName=x Switches=a\nSwitchName=y Switches=b\n";
  EXPECT_TRUE(read_network(two + "SwitchName=top Switches=x,y\n")->beyond.empty());
  EXPECT_EQ(
      read_network(two + "SwitchName=p Switches=x\nSwitchName=q Switches=y\nSwitchName=top Switches=p,q\n")->beyond,
      (std::vector<std::string>{"p", "q"}));
}

TEST(SlurmNetwork, BlocksAreRacksAndAggregatedOnesAreBlocks) {
  const std::string four =
      "BlockName=b1 Nodes=n[1-2]\nBlockName=b2 Nodes=n[3-4]\nBlockName=b3 Nodes=n[5-6]\nBlockName=b4 Nodes=n[7-8]\n";
  EXPECT_EQ(told(four), "b1@:2 b2@:2 b3@:2 b4@:2");
  EXPECT_EQ(told(four + "BlockSizes=2\n"), "b1@:2 b2@:2 b3@:2 b4@:2");
  EXPECT_EQ(told(four + "BlockSizes=2,4\n"), "b1@b1:2 b2@b1:2 b3@b3:2 b4@b3:2");
  EXPECT_EQ(told(four + "BlockLevels=0,1\n"), "b1@:2 b2@:2 b3@:2 b4@:2");
  EXPECT_TRUE(read_network(four + "BlockSizes=2,4\n")->beyond.empty());
  EXPECT_EQ(read_network(four + "BlockSizes=2,4,8\n")->beyond.size(), 1u);
  // As `scontrol show topology` of newer versions.
  EXPECT_EQ(
      told("BlockName=b1 BlockIndex=0 Nodes=n[1-2] BlockSize=2\nBlockName=b2 BlockIndex=1 Nodes=n[3-4] BlockSize=2\n"
           "BlockName=b3 BlockIndex=2 Nodes=n[5-6] BlockSize=2\nBlockName=b4 BlockIndex=3 Nodes=n[7-8] BlockSize=2\n"
           "AggregatedBlock=b[1-2] BlockIndex=4 Nodes=n[1-4] BlockSize=4\n"
           "AggregatedBlock=b[3-4] BlockIndex=5 Nodes=n[5-8] BlockSize=4\n"
           "AggregatedBlock=b[1-4] BlockIndex=6 Nodes=n[1-8] BlockSize=8\n"),
      "b1@b[1-2]:2 b2@b[1-2]:2 b3@b[3-4]:2 b4@b[3-4]:2");
}

TEST(SlurmNetwork, RefusesOtherLinesWithTheirPlace) {
  EXPECT_EQ(told(""), "");
  EXPECT_TRUE(told("SwitchName=a Nodes=n1\nhello\n")
                  .starts_with("topology.conf:2: found neither SwitchName= nor BlockName=; "));
  EXPECT_TRUE(told("SwitchName=a Nodes=n[1-\n").starts_with("topology.conf:1: Nodes=: found a '['"));
  EXPECT_TRUE(told("SwitchName=a Switches=n]\n").starts_with("topology.conf:1: Switches=: found"));
}

}  // namespace
}  // namespace dure::importing

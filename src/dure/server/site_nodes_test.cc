#include "dure/server/site_nodes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

namespace dure::server {
namespace {

// Two sites with two nodes each: n1 and n2 at `hall`, and the same names at `other`, of another cluster.
class SiteNodes : public testing::Test {
 protected:
  SiteNodes() {
    const PoolSpec pool{.name = "gpu",
                        .gpu_model = "X",
                        .gpus_per_node = 2,
                        .cpu_milli = 8000,
                        .nodes_per_rack = 2,
                        .hosts = {"n1", "n2"}};
    const PoolSpec far{.name = "gpu",
                       .gpu_model = "X",
                       .gpus_per_node = 2,
                       .cpu_milli = 8000,
                       .nodes_per_rack = 2,
                       .hosts = {"m1", "m2"}};
    apply(
        FleetDeclared{{.name = "f", .sites = {{.name = "hall", .pools = {pool}}, {.name = "other", .pools = {far}}}}});
  }

  void apply(const Change& change) {
    ASSERT_TRUE(state_.check(change));
    if (const auto* drained = std::get_if<NodeDrained>(&change)) reasons_[drained->node] = drained->reason;
    state_.apply({state_.now(), change});
  }
  // What the site's news change, one a line; and that then.
  std::string hear(const engine::SiteNews& news, const std::string& site = "hall") {
    std::string text;
    const auto why = [&](NodeId node) { return state_.health(node).drained ? reasons_[node] : std::string(); };
    for (const Change& change : node_changes(state_, site, news, why)) {
      if (const auto* c = std::get_if<NodeDrained>(&change)) {
        text += fmt::format("drain {}: {}\n", state_.fleet().node_name(c->node), c->reason);
      } else if (const auto* resumed = std::get_if<NodeResumed>(&change)) {
        text += fmt::format("resume {}\n", state_.fleet().node_name(resumed->node));
      } else if (const auto* lost = std::get_if<NodeLost>(&change)) {
        text += fmt::format("lose {}\n", state_.fleet().node_name(lost->node));
      } else if (const auto* back = std::get_if<NodeReturned>(&change)) {
        text += fmt::format("return {}\n", state_.fleet().node_name(back->node));
      }
      apply(change);
    }
    return text;
  }

  State state_;
  std::map<NodeId, std::string> reasons_;
};

engine::SiteNews nodes(std::vector<engine::SiteNode> nodes) { return {.away = {}, .nodes = std::move(nodes)}; }

TEST_F(SiteNodes, ThatTakeNoWorkAreDrainedWithSlurmsReasonUntilTheyDo) {
  EXPECT_EQ(hear(nodes({{.name = "n1"}, {.name = "n2"}})), "");
  EXPECT_EQ(hear(nodes({{.name = "n1", .why = "fan"}, {.name = "n2"}})), "drain n1: in Slurm: fan\n");
  EXPECT_EQ(hear(nodes({{.name = "n1", .why = "fan"}, {.name = "n2"}})), "") << "said before";
  EXPECT_EQ(hear(nodes({{.name = "n1", .why = "disk"}, {.name = "n2"}})), "drain n1: in Slurm: disk\n");
  EXPECT_EQ(hear(nodes({{.name = "n1"}, {.name = "n2"}})), "resume n1\n");
}

TEST_F(SiteNodes, ThatAreGoneAreLostUntilTheyAreBack) {
  EXPECT_EQ(hear(nodes({{.name = "n1", .is_down = true, .why = "down"}, {.name = "n2"}})), "lose n1\n");
  EXPECT_EQ(hear(nodes({{.name = "n1"}, {.name = "n2"}})), "return n1\n");
  EXPECT_EQ(hear(nodes({{.name = "n1"}})), "drain n2: in Slurm: there is no such node\n");
}

TEST_F(SiteNodes, OfASiteThatIsAwayTakeNoNewWorkAndAreNotLost) {
  EXPECT_EQ(hear({.away = "no answer", .nodes = {}}), "drain n1: in Slurm: no answer\ndrain n2: in Slurm: no answer\n");
  EXPECT_EQ(hear(nodes({{.name = "n1"}, {.name = "n2"}})), "resume n1\nresume n2\n");
  EXPECT_EQ(hear(nodes({{.name = "n1", .is_down = true}, {.name = "n2"}})), "lose n1\n");
  EXPECT_EQ(hear({.away = "no answer", .nodes = {}}).find("return n1"), std::string::npos) << "nobody has seen it";
}

TEST_F(SiteNodes, ThatAnOperatorDrainedStaySoWhateverSlurmSays) {
  apply(NodeDrained{NodeId{0}, "mine"});
  EXPECT_EQ(hear(nodes({{.name = "n1", .why = "fan"}, {.name = "n2"}})), "");
  EXPECT_EQ(hear(nodes({{.name = "n1"}, {.name = "n2"}})), "");
  EXPECT_EQ(hear(nodes({{.name = "m1", .why = "fan"}, {.name = "m2"}}), "other"), "drain m1: in Slurm: fan\n");
}

}  // namespace
}  // namespace dure::server

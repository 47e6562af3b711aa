#include "dure/engine/slurm/command_link.h"

#include "dure/engine/slurm/test_slurm.h"

namespace dure::engine {
namespace {

class command_link : public WithSlurm {};

TEST_F(command_link, drains_a_node_and_resumes_it) {
  CommandLink link(slurm_->config());
  ASSERT_TRUE(link.drain("n2", "dure: a fan is broken"));
  auto nodes = link.nodes();
  ASSERT_TRUE(nodes);
  EXPECT_FALSE(nodes->at(1).takes_work);
  EXPECT_TRUE(nodes->at(1).why.starts_with("dure: a fan is broken")) << nodes->at(1).why;
  ASSERT_TRUE(link.resume("n2"));
  nodes = link.nodes();
  ASSERT_TRUE(nodes);
  EXPECT_TRUE(nodes->at(1).takes_work);
  const auto drained = link.drain("n9", "dure: gone");
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().code, Code::failed);
}

}  // namespace
}  // namespace dure::engine

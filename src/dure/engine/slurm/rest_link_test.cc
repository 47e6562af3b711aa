#include "dure/engine/slurm/rest_link.h"

#include "dure/engine/slurm/test_slurm.h"

namespace dure::engine {
namespace {

// Of an error whose message holds `part`.
void expect_unavailable(const Result<void>& result, const std::string& part) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::unavailable);
  EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
}

class rest_link : public WithSlurm {};

TEST_F(rest_link, a_token_is_read_again_for_each_call) {
  const RestOptions options = slurm_->by_token();
  const std::string good = slurm_->read("token");
  RestLink link(options);
  EXPECT_TRUE(link.check("dure"));
  slurm_->write("token", "SLURM_JWT=wrong\n");
  expect_unavailable(link.check("dure"), "renew the token");
  slurm_->write("token", "");
  expect_unavailable(link.check("dure"), "token is empty; write a token");
  slurm_->write("token", good);
  const auto checked = link.check("dure");
  EXPECT_TRUE(checked) << checked.error().message;
  const auto submitted = link.submit({.name = "train",
                                      .comment = {},
                                      .partition = "dure",
                                      .qos = {},
                                      .script = "#!/bin/sh\n",
                                      .log = slurm_->file("log"),
                                      .folder = slurm_->file(""),
                                      .components = {{.nodes = {"n1"}, .memory_mib_per_node = 100}}});
  ASSERT_TRUE(submitted) << submitted.error().message;
  EXPECT_EQ(link.jobs()->front().id, *submitted);
  EXPECT_EQ(link.jobs()->front().user, "root");
}

TEST_F(rest_link, a_way_that_leads_nowhere_says_what_to_do) {
  RestOptions options = slurm_->by_token();
  options.token_file = slurm_->file("none");
  expect_unavailable(RestLink(options).check("dure"), "write one with scontrol token");
  options.token_file.clear();
  expect_unavailable(RestLink(options).check("dure"), "does not know this server's user");
  options = slurm_->by_token();
  options.url += "/other";
  expect_unavailable(RestLink(options).check("dure"), "has no v0.0.38");
  slurm_->kill("slurmrestd");
  expect_unavailable(RestLink(slurm_->by_socket()).check("dure"), "start slurmrestd");
}

TEST(rest_link_alone, says_by_which_command_a_node_is_drained) {
  RestLink link({.socket = "/none", .url = {}, .user = {}, .token_file = {}});
  const auto drained = link.drain("n1", "dure: a fan is broken");
  ASSERT_FALSE(drained);
  EXPECT_EQ(drained.error().code, Code::failed);
  EXPECT_NE(drained.error().message.find("scontrol update nodename=n1 state=drain reason=\"dure: a fan is broken\""),
            std::string::npos);
  EXPECT_FALSE(link.resume("n1"));
}

}  // namespace
}  // namespace dure::engine

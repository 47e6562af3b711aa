#include "dure/engine/slurm/refusal.h"

#include <gtest/gtest.h>

#include <array>

namespace dure::engine {
namespace {

// What Slurm 22.05.8 was seen to say.
TEST(refusal, tells_a_site_that_is_ill_from_a_job_that_does_not_fit) {
  struct Case {
    const char* said;
    Code code;
    const char* remedy;
  };
  for (const Case& c : std::array{
           Case{"Unable to contact slurm controller (connect failure)", Code::unavailable, "start slurmctld"},
           Case{"Batch job submission failed: Socket timed out on send/recv operation", Code::unavailable,
                "overloaded"},
           Case{"Batch job submission failed: Protocol authentication error", Code::unavailable, "munge key"},
           Case{"Batch job submission failed: Zero Bytes were transmitted or received", Code::unavailable, "broke off"},
           Case{"slurmctld config is unable to load", Code::unavailable, "renew the token"},
           Case{"invalid partition specified: nope", Code::failed, "create the partition"},
           Case{"Invalid partition name specified", Code::failed, "create the partition"},
           Case{"Partition nope not found", Code::failed, "create the partition"},
           Case{"Invalid qos specification", Code::failed, "leave `qos` out"},
           Case{"Access/permission denied", Code::failed, "operator's rights"},
           Case{"Requested node configuration is not available", Code::failed, ""},
           Case{"Invalid node name specified", Code::failed, ""},
           Case{"Memory specification can not be satisfied", Code::failed, ""}}) {
    const Error error = refusal_of(c.said);
    EXPECT_EQ(error.code, c.code) << c.said;
    EXPECT_TRUE(error.message.starts_with(c.said)) << error.message;
    EXPECT_NE(error.message.find(c.remedy), std::string::npos) << error.message;
  }
}

TEST(refusal, of_several_lines_the_one_that_says_why_is_told) {
  EXPECT_EQ(refusal_of("sbatch: error: invalid partition specified: nope\n"
                       "sbatch: error: Batch job submission failed: Invalid partition name specified\n")
                .message.find("sbatch"),
            std::string::npos);
  const Error plugin = refusal_of(
      "scontrol: error: Couldn't find the specified plugin name for auth/nosuch looking at all files\n"
      "scontrol: error: cannot create auth context for auth/nosuch\n"
      "slurm_load_partitions error: Protocol authentication error\n");
  EXPECT_TRUE(plugin.message.starts_with("Couldn't find the specified plugin name for auth/nosuch")) << plugin.message;
  EXPECT_NE(plugin.message.find("install the plugin"), std::string::npos);
  EXPECT_EQ(refusal_of("sbatch: warning: hm\nsbatch: error: something else\n\n").message, "something else");
  EXPECT_EQ(refusal_of("").message, "");
}

}  // namespace
}  // namespace dure::engine

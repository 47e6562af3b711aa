#include "dure/simulate/trace/tres.h"

#include <gtest/gtest.h>

namespace dure::simulate {
namespace {

TEST(Tres, ReadsWhatItNeedsAndPassesOverTheRest) {
  const auto tres =
      read_tres("billing=4,cpu=4,energy=12,fs/disk=1,gres/gpu:a100=2,gres/gpu=2,license/x=1,mem=16G,node=2");
  ASSERT_TRUE(tres);
  EXPECT_EQ(tres->cpus, 4);
  EXPECT_EQ(tres->gpus, 2);
  EXPECT_EQ(tres->nodes, 2);
  EXPECT_EQ(tres->memory_mib, 16'384);
  EXPECT_EQ(tres->gpu_model, "a100");
}

TEST(Tres, NamesTheModelWhereThereIsOne) {
  EXPECT_EQ(read_tres("gres/gpu=2")->gpu_model, "");
  EXPECT_EQ(read_tres("gres/gpu:a100=0,gres/gpu:h100=2")->gpu_model, "h100");
  EXPECT_EQ(read_tres("gres/gpu:a100=1,gres/gpu:h100=2")->gpu_model, "");
}

TEST(Tres, AddsUpModelsWhereNoTotalIsGiven) { EXPECT_EQ(read_tres("gres/gpu:a100=2,gres/gpu:h100=1")->gpus, 3); }

TEST(Tres, IsZeroWhereTheListDoesNotSay) {
  EXPECT_EQ(read_tres("")->cpus, 0);
  EXPECT_EQ(read_tres("node=1")->gpus, 0);
}

TEST(Tres, RefusesWhatIsNotAList) {
  for (const char* text : {"cpu", "=4", "cpu=", "cpu=4,,mem=1G", "cpu=4;mem=1G", "cpu=-1", "cpu=nan", "mem=1X",
                           "gres/gpu=1.5", "gres/gpu:a100=99999999999"}) {
    EXPECT_FALSE(read_tres(text)) << text;
  }
}

}  // namespace
}  // namespace dure::simulate

#include "dure/import/slurm_records.h"

#include <gtest/gtest.h>

namespace dure::importing {
namespace {

SlurmRecord only(std::string_view text) {
  const auto records = slurm_records(text);
  EXPECT_EQ(records.size(), 1u) << text;
  return records.empty() ? SlurmRecord("", 0) : records.front();
}

TEST(SlurmRecords, FindsWordsByTheirWholeKey) {
  const SlurmRecord record =
      only("NodeName=n1 CPUTot=16 OS=Linux 6.1 #1 SMP CfgTRES=cpu=16,gres/gpu=2 Gres=(null) reason=x");
  EXPECT_EQ(record.find("NodeName"), "n1");
  EXPECT_EQ(record.find_count("CPUTot"), 16);
  EXPECT_EQ(record.find("CfgTRES"), "cpu=16,gres/gpu=2");
  EXPECT_EQ(record.find("REASON"), "x");  // as in topology.conf, in any case
  EXPECT_EQ(record.find("Gres"), std::nullopt);
  EXPECT_EQ(record.find("Tot"), std::nullopt);
  EXPECT_EQ(record.find("cpu"), std::nullopt);
  EXPECT_EQ(record.find_count("OS"), std::nullopt);
}

TEST(SlurmRecords, TakesTheFirstOfAKeySoThatAReasonCannotSpeakForANode) {
  EXPECT_EQ(only("NodeName=n1 Gres=gpu:2 Reason=lost Gres=gpu:8").find("Gres"), "gpu:2");
}

TEST(SlurmRecords, JoinsWhatIsIndentedAndWhatABackslashContinues) {
  const auto records = slurm_records("# topology\nA=1\n   B=2\n\nA=3 \\\nB=4\r\nA=5");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].find("B"), "2");
  EXPECT_EQ(records[0].line(), 2u);
  EXPECT_EQ(records[1].find("B"), "4");
  EXPECT_EQ(records[1].line(), 5u);
  EXPECT_EQ(records[2].find("B"), std::nullopt);
}

TEST(SlurmRecords, SplitsAtCommasOutsideOfBrackets) {
  EXPECT_EQ(comma_parts("gpu:h100:8(S:0,1),nic:4"), (std::vector<std::string>{"gpu:h100:8(S:0,1)", "nic:4"}));
  EXPECT_EQ(comma_parts("a[1,3],b"), (std::vector<std::string>{"a[1,3]", "b"}));
  EXPECT_TRUE(comma_parts("").empty());
}

}  // namespace
}  // namespace dure::importing

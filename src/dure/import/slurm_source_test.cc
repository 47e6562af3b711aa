#include "dure/import/slurm_source.h"

#include <gtest/gtest.h>

#include <fstream>

#include "dure/base/test_folder.h"

namespace dure::importing {
namespace {

TEST(SlurmSource, AJobIsInTheTableOfTheDayOnWhichItEnded) {
  const HistorySpan day{.begin = *parse_time("2026-01-02T00:00:00Z"), .end = *parse_time("2026-01-03T00:00:00Z")};
  const std::string table =
      "JobID|End\n1|2026-01-01T23:59:59\n2|2026-01-02T00:00:00\n3|2026-01-02T23:59:59\n4|2026-01-03T00:00:00\n"
      "5|Unknown\n6\n";
  EXPECT_EQ(ending_within(table, day, Unended::left_out),
            "JobID|End\n2|2026-01-02T00:00:00\n3|2026-01-02T23:59:59\n6\n");
  EXPECT_EQ(ending_within(table, day, Unended::kept),
            "JobID|End\n2|2026-01-02T00:00:00\n3|2026-01-02T23:59:59\n5|Unknown\n6\n");
}

TEST(SlurmSource, FilesThatMustBeThereAreNamedWithTheirCommand) {
  const TempFolder folder;
  SlurmFiles files(folder.path());
  const auto nodes = files.read(SlurmOutput::nodes);
  ASSERT_FALSE(nodes);
  EXPECT_EQ(nodes.error().code, Code::not_found);
  EXPECT_EQ(nodes.error().message,
            (folder.path() / "nodes.txt").string() +
                ": there is no such file; write there what `scontrol -a show node -o` prints (all "
                "of them: dure import slurm --script)");
  EXPECT_EQ(files.read(SlurmOutput::qos).value().text, std::nullopt);
  EXPECT_FALSE(files.read_history([](simulate::TextSource) -> Result<void> { return {}; }).value());
  std::ofstream(folder.path() / "topology.conf") << "SwitchName=a\n";
  EXPECT_EQ(files.read(SlurmOutput::topology).value().text->text, "SwitchName=a\n");
  std::ofstream(folder.path() / "topology.txt") << "SwitchName=b\n";
  EXPECT_EQ(files.read(SlurmOutput::topology).value().text->text, "SwitchName=b\n");
}

}  // namespace
}  // namespace dure::importing

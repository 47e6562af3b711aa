#include "dure/import/history_import.h"

#include <gtest/gtest.h>

#include "dure/base/test_folder.h"
#include "dure/spec/file.h"

namespace dure::importing {
namespace {

const std::string header =
    "JobID|Submit|Start|End|ElapsedRaw|TimelimitRaw|State|AllocTRES|ReqTRES|User|Account|Partition\n";
const std::string good =
    "|2026-10-05T08:00:00|2026-10-05T08:00:02|2026-10-05T09:00:02|3600|UNLIMITED|COMPLETED|cpu=8,gres/gpu=4,gres/"
    "gpu:h100=4,mem=64G,node=1||kim|phy/sics|gpu\n";

class History : public testing::Test {
 protected:
  Result<void> add(const std::string& table) {
    return simulate::TextSource::from_bytes("jobs.txt", table).and_then([&](simulate::TextSource text) {
      return history_.add(std::move(text));
    });
  }

  TempFolder folder_;
  HistoryImport history_{[this] { return folder_.path() / "trace.csv"; }};
};

TEST_F(History, ARowIsAJobWithItsGpusCountedOnce) {
  ASSERT_TRUE(add(header + "1" + good));
  ASSERT_TRUE(history_.close());
  EXPECT_EQ(spec::read_file(folder_.path() / "trace.csv").value(),
            "id,submit,run_time,time_limit,gpus,cpus,memory,user,tenant,gpu_model,partition\n"
            "1,2026-10-05T08:00:00Z,3600,,4,8,65536,kim,phy-sics,h100,gpu\n");
  EXPECT_EQ(history_.jobs(), 1u);
  EXPECT_EQ(history_.jobs_with_gpus(), 1u);
  EXPECT_EQ(history_.longest_unlimited(), hours(1));
  EXPECT_EQ(history_.accounts(), std::set<std::string>{"phy/sics"});
}

TEST_F(History, TablesAreAddedUpAndWhatIsNoJobIsCounted) {
  ASSERT_TRUE(add(header + "1" + good + "1.batch" + good));
  ASSERT_TRUE(add(header + "2" + good +
                  "3|2026-10-05T08:00:00|Unknown|Unknown|0|60|PENDING||cpu=1|kim|eng|gpu\n"
                  "4|2026-10-05T08:00:00|None|2026-10-05T08:01:00|0|60|CANCELLED by 0||cpu=1|kim|eng|gpu\n"
                  "5|2026-10-05T08:00:00|2026-"));
  ASSERT_TRUE(history_.close());
  EXPECT_EQ(history_.jobs(), 2u);
  Notes notes;
  history_.tell(notes);
  const Notes wanted{
      {"1 job", "had not ended, and left out", ""},
      {"1 job", "no run time, and left out", ""},
      {"1 line of sacct", "could not be read, and left out: jobs.txt:5: the row has 3 columns; the header has 12",
       "take the output again if it was cut off"}};
  EXPECT_EQ(notes, wanted);
}

TEST_F(History, RefusesWhatHasNoJobAndNoHeader) {
  ASSERT_TRUE(add(header + "1|what\n"));
  const auto closed = history_.close();
  ASSERT_FALSE(closed);
  EXPECT_TRUE(
      closed.error().message.starts_with("jobs.txt:2: the row has 2 columns; the header has 12; no line is a job"))
      << closed.error().message;
  const auto added = add("1" + good);
  ASSERT_FALSE(added);
  EXPECT_TRUE(added.error().message.starts_with("jobs.txt:1: the header needs the columns")) << added.error().message;
}

}  // namespace
}  // namespace dure::importing

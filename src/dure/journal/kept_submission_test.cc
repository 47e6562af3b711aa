#include "dure/journal/kept_submission.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

using Jobs = std::vector<std::optional<KeptJobs>>;

TEST(KeptSubmission, IsReadAsItWasWritten) {
  const KeptJobs one{JobId{12}, 1};
  const KeptJobs many{JobId{4'294'967'295}, 100'000};
  for (const auto& [jobs, text] : {std::pair<Jobs, const char*>{{}, ""},
                                   {{one}, "12:1"},
                                   {{std::nullopt}, "-"},
                                   {{one, std::nullopt, many}, "12:1,-,4294967295:100000"}}) {
    EXPECT_EQ(to_text(jobs), text);
    EXPECT_EQ(parse_kept_jobs(text), jobs);
  }
}

TEST(KeptSubmission, IsNothingElse) {
  for (const char* text :
       {",", "12", "12:", ":1", "12:1,", "12:1x", "12:-1", "--", "4294967296:1", "12:1:1", " 12:1"}) {
    EXPECT_EQ(parse_kept_jobs(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace dure

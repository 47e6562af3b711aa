#include "dure/engine/slurm/shelf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <filesystem>
#include <thread>

#include "dure/base/test_folder.h"
#include "dure/engine/record.h"
#include "dure/engine/slurm/attempt_files.h"
#include "dure/engine/slurm/program.h"

namespace dure::engine {
namespace {

DecisionId decision(std::int64_t ordered) { return {{JobId{12}, 3}, Time{ordered}}; }

class shelf : public testing::Test {
 protected:
  // Begins as a Slurm job does, by the script that is submitted; it writes of what it goes on with where it was first.
  void begin(const DecisionId& which, int job) const {
    const Shelf& s = *shelf_;
    const std::string script = batch_script_of(attempt_, {s.folder_of(which), s.home_of(which.attempt.job)});
    const auto end = run_program(
        {"sh", "-c", script},
        {{"PATH", "/usr/bin:/bin"}, {"SLURM_JOB_ID", std::to_string(job)}, {"SLURMD_NODENAME", "n1"}}, seconds(60));
    ASSERT_TRUE(end);
    EXPECT_EQ(end->exit_code, 0) << end->error;
  }

  void put(const DecisionId& which) const {
    const auto put =
        shelf_->put(which, files_of(attempt_, {shelf_->folder_of(which), shelf_->home_of(which.attempt.job)}));
    ASSERT_TRUE(put) << put.error().message;
  }

  std::string output() const { return read_file((folder_ / "output").string()).value_or(""); }

  TempFolder folder_;
  Result<Shelf> shelf_ = Shelf::open((folder_ / "shelf").string(), "test");
  Attempt attempt_{.id = {JobId{12}, 3},
                   .nodes = {"n1"},
                   .text = {.launch = dure::Launch::once,
                            .script = "echo ran",
                            .arguments = {},
                            .environment = {},
                            .directory = {},
                            .output = (folder_ / "output").string(),
                            .error = {},
                            .early_signal = {}},
                   .tasks = {{.devices = {}}}};
};

TEST_F(shelf, an_attempt_runs_once_and_leaves_its_end) {
  put(decision(5));
  EXPECT_FALSE(shelf_->begun_by(decision(5)));
  EXPECT_FALSE(shelf_->exit_of(decision(5)));
  begin(decision(5), 41);
  begin(decision(5), 42);
  EXPECT_EQ(shelf_->begun_by(decision(5)), 41u);
  ASSERT_TRUE(shelf_->exit_of(decision(5)));
  EXPECT_EQ(shelf_->exit_of(decision(5))->code, 0);
  EXPECT_EQ(output(), "ran\n");
  EXPECT_FALSE(shelf_->take_back(decision(5)).value());
}

TEST_F(shelf, what_was_taken_back_never_runs) {
  put(decision(5));
  EXPECT_TRUE(shelf_->take_back(decision(5)).value());
  EXPECT_TRUE(shelf_->take_back(decision(5)).value());
  begin(decision(5), 41);
  EXPECT_TRUE(shelf_->is_taken_back(decision(5)));
  EXPECT_FALSE(shelf_->begun_by(decision(5)));
  EXPECT_EQ(output(), "");
  // The next decision is another.
  EXPECT_FALSE(shelf_->is_taken_back(decision(6)));
  put(decision(6));
  begin(decision(6), 42);
  EXPECT_EQ(output(), "ran\n");
}

TEST_F(shelf, of_those_that_claim_at_once_one_wins) {
  constexpr int rounds = 200;
  std::size_t taken = 0;
  for (int round = 0; round < rounds; ++round) {
    const DecisionId which = decision(round);
    put(which);
    const std::string claim = shelf_->folder_of(which) + "/claim";
    std::barrier both(2);
    bool is_begun = false;
    std::thread job([&] {
      both.arrive_and_wait();
      std::error_code error;
      std::filesystem::create_symlink("job-7", claim, error);  // as `ln -sT` in batch.sh
      is_begun = !error;
    });
    both.arrive_and_wait();
    const bool is_taken = shelf_->take_back(which).value();
    job.join();
    EXPECT_NE(is_begun, is_taken) << round;
    EXPECT_EQ(shelf_->begun_by(which).has_value(), is_begun);
    taken += is_taken ? 1 : 0;
  }
  RecordProperty("taken_back", static_cast<int>(taken));
}

TEST_F(shelf, decisions_are_those_with_a_folder) {
  put(decision(5));
  put(decision(6));
  std::filesystem::create_directory(folder_ / "shelf" / "attempts" / "else");
  auto found = shelf_->decisions();
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<DecisionId>{decision(5), decision(6)}));
  shelf_->remove(decision(5));
  EXPECT_EQ(shelf_->decisions(), std::vector<DecisionId>{decision(6)});
  EXPECT_TRUE(std::filesystem::exists(shelf_->home_of(JobId{12})));
}

TEST_F(shelf, an_end_that_was_cut_off_is_none) {
  put(decision(5));
  for (const char* text : {"", "0", "0 ", "x 5\n", "7 y\n"}) {
    ASSERT_TRUE(write_file(shelf_->folder_of(decision(5)), "exit", text, Sync::no));
    EXPECT_FALSE(shelf_->exit_of(decision(5))) << text;
  }
  ASSERT_TRUE(write_file(shelf_->folder_of(decision(5)), "exit", "7 99\n", Sync::no));
  EXPECT_EQ(shelf_->exit_of(decision(5))->code, 7);
  EXPECT_EQ(shelf_->exit_of(decision(5))->at, Time{} + seconds(99));
}

}  // namespace
}  // namespace dure::engine

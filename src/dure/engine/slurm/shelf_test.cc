#include "dure/engine/slurm/shelf.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <filesystem>
#include <functional>
#include <thread>

#include "dure/base/test_folder.h"
#include "dure/engine/process.h"
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
  Result<Shelf> shelf_ = Shelf::open((folder_ / "shelf").string(), "test", "hall");
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
  EXPECT_FALSE(shelf_->is_spoilt(decision(5)));
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

TEST_F(shelf, an_end_that_was_cut_off_or_made_up_is_none) {
  put(decision(5));
  for (const char* text :
       {"", "0", "0 ", "x 5\n", "7 y\n", "256 99\n", "-1 99\n", "7 -99\n", "7 99 nobody\n", "7 99 srun srun\n",
        "7  99\n", "7 9000000001\n", "7 99999999999\n", "7 9223372036854775807\n"}) {
    ASSERT_TRUE(write_file(shelf_->folder_of(decision(5)), "exit", text, Sync::no));
    EXPECT_FALSE(shelf_->exit_of(decision(5))) << text;
  }
  ASSERT_TRUE(write_file(shelf_->folder_of(decision(5)), "exit", "7 99\n", Sync::no));
  EXPECT_EQ(shelf_->exit_of(decision(5))->code, 7);
  EXPECT_EQ(shelf_->exit_of(decision(5))->at, Time{} + seconds(99));
  EXPECT_TRUE(shelf_->exit_of(decision(5))->is_by_script);
}

TEST_F(shelf, an_end_lies_between_its_order_and_now) {
  const DecisionId late = decision(seconds(100).ns);
  put(late);
  ASSERT_TRUE(write_file(shelf_->folder_of(late), "exit", "0 99 script\n", Sync::no));
  EXPECT_EQ(shelf_->exit_of(late)->at, late.ordered);
  ASSERT_TRUE(write_file(shelf_->folder_of(late), "exit", "0 8999999999 srun\n", Sync::no));
  const auto early = shelf_->exit_of(late);
  ASSERT_TRUE(early);
  EXPECT_LE(early->at, wall_time());
  EXPECT_FALSE(early->is_by_script);
}

TEST_F(shelf, last_words_are_one_line_of_text) {
  put(decision(5));
  const std::string log = shelf_->folder_of(decision(5));
  EXPECT_EQ(shelf_->last_words_of(decision(5)), "");
  ASSERT_TRUE(write_file(log, "slurm.log", std::string(100'000, 'x') + "\nat the end\n\n", Sync::no));
  EXPECT_EQ(shelf_->last_words_of(decision(5)), "at the end");
  ASSERT_TRUE(write_file(log, "slurm.log",
                         "a\x1b[2J\xff"
                         "b",
                         Sync::no));
  EXPECT_EQ(shelf_->last_words_of(decision(5)), "a?[2J?b");
}

TEST_F(shelf, a_claim_that_no_script_writes_is_taken_back) {
  namespace fs = std::filesystem;
  const auto tampered = [&](const DecisionId& which, const std::function<void(const std::string&)>& tamper) {
    put(which);
    tamper(shelf_->folder_of(which) + "/claim");
    EXPECT_FALSE(shelf_->begun_by(which));
    EXPECT_FALSE(shelf_->is_taken_back(which));
    EXPECT_TRUE(shelf_->is_spoilt(which));
    EXPECT_TRUE(shelf_->take_back(which).value());
    EXPECT_FALSE(shelf_->is_spoilt(which));
    EXPECT_TRUE(shelf_->is_taken_back(which));
    begin(which, 41);
  };
  tampered(decision(1), [](const std::string& claim) { fs::create_symlink("nonsense", claim); });
  tampered(decision(2), [](const std::string& claim) { fs::create_symlink("job-x-1", claim); });
  tampered(decision(3), [](const std::string& claim) { fs::create_symlink(std::string(1'000, 'a'), claim); });
  tampered(decision(4), [](const std::string& claim) { fs::create_directories(claim + "/full"); });
  tampered(decision(5), [](const std::string& claim) { ::mkfifo(claim.c_str(), 0600); });
  EXPECT_EQ(output(), "");
}

TEST_F(shelf, what_is_put_for_an_account_is_its_own_and_closed_to_all_others) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give folders away";
  ::chmod(folder_.path().c_str(), 0711);
  const Account account = nameless_account(62'001);
  const auto opened = shelf_->open_to_accounts(account.uid);
  ASSERT_TRUE(opened) << opened.error().message;
  for (int i = 0; i < 2; ++i) {
    const auto put = shelf_->put(decision(5), {{.name = "script", .text = "true", .is_program = true}}, &account);
    ASSERT_TRUE(put) << put.error().message;
  }
  EXPECT_EQ(shelf_->owner_of(decision(5)), account.uid);
  struct stat status{};
  for (const auto& [path, mode] :
       {std::pair(shelf_->folder_of(decision(5)), 0700u), std::pair(shelf_->home_of(JobId{12}), 0700u),
        std::pair(shelf_->folder_of(decision(5)) + "/script", 0755u)}) {
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, account.uid) << path;
    EXPECT_EQ(status.st_mode & 07777, mode) << path;
  }
  for (const char* part : {"attempts", "jobs"}) {
    ASSERT_EQ(::stat((folder_ / "shelf" / part).c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 0u);
    EXPECT_EQ(status.st_mode & 07777, 0711u);
  }
  const Account other = nameless_account(62'002);
  EXPECT_FALSE(shelf_->put(decision(6), {}, &other)) << "the job's own folder is another's";
  EXPECT_TRUE(shelf_->take_back(decision(5)).value());
  shelf_->remove(decision(5));
  EXPECT_EQ(shelf_->decisions(), std::vector<DecisionId>{decision(6)});
}

TEST_F(shelf, what_was_taken_back_is_not_put_again) {
  EXPECT_TRUE(shelf_->take_back(decision(5)).value());
  put(decision(5));
  EXPECT_FALSE(std::filesystem::exists(shelf_->folder_of(decision(5)) + "/script"));
}

TEST(shelf_of_a_site, is_of_one_server_and_one_site) {
  const TempFolder folder;
  const std::string path = (folder / "shelf").string();
  ASSERT_TRUE(Shelf::open(path, "word", "hall"));
  EXPECT_TRUE(Shelf::open(path, "word", "hall"));
  EXPECT_NE(Shelf::open(path, "other", "hall").error().message.find("belongs to the server word;"), std::string::npos);
  EXPECT_NE(Shelf::open(path, "word", "annex").error().message.find("is the folder of the site hall;"),
            std::string::npos);
  // As earlier versions signed it.
  ASSERT_TRUE(write_file(path, "server", "word\n", Sync::no));
  EXPECT_FALSE(Shelf::open(path, "other", "annex"));
  EXPECT_TRUE(Shelf::open(path, "word", "annex"));
  EXPECT_FALSE(Shelf::open(path, "word", "hall"));
}

}  // namespace
}  // namespace dure::engine

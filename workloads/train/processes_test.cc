// Whole trainings of several processes: evicted, torn, alone. They use the first images of the dataset; with
// DURE_TRAIN_FULL=1 in the environment the evicted ones use all, and must be right in 87 of 100 test images.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "dataset.h"
#include "dure/base/random.h"
#include "options.h"
#include "test_ranks.h"

namespace dure::train {
namespace {

constexpr std::uint32_t width = 2;
constexpr int gone_status = 5;  // as Code::unavailable is told

struct Size {
  std::uint32_t images = 2000;
  std::uint32_t batch = 50;
  std::uint32_t epochs = 2;

  std::uint32_t steps() const { return (images + batch - 1) / batch * epochs; }
};

bool is_full() { return std::getenv("DURE_TRAIN_FULL") != nullptr; }

Size size_of_eviction_test() { return is_full() ? Size{.images = 60'000, .batch = 128, .epochs = 6} : Size{}; }

Words arguments_of(const Size& size) {
  return {"--limit",  std::to_string(size.images), "--batch", std::to_string(size.batch),
          "--epochs", std::to_string(size.epochs)};
}

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string everything(const std::vector<Outcome>& outcomes) {
  std::string text;
  for (const Outcome& outcome : outcomes) {
    text += "status " + std::to_string(outcome.status) + "\n" + outcome.out + outcome.err;
  }
  return text;
}

class Processes : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(Options{}.data)) GTEST_SKIP() << "skipped: no data";
  }

  std::filesystem::path checkpoints() const { return folder_.path() / "checkpoints"; }
  std::filesystem::path newest() const { return checkpoints() / "train.checkpoint"; }
  Words keep() const { return {"--checkpoint", checkpoints().string()}; }

  // Trains to the end and returns the bytes of the weights.
  std::string weights_of(const Words& arguments) const {
    const std::filesystem::path out = folder_.path() / "weights";
    std::filesystem::remove(out);
    const auto outcomes = run_ranks(width, arguments + Words{"--out", out.string()});
    for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.status, 0) << everything(outcomes);
    last_out_ = outcomes[0].out;
    return read_text(out);
  }

  TestFolder folder_;
  mutable std::string last_out_;  // of rank 0
};

// --- evictions

std::string raise(std::uint64_t step, const char* signal) { return std::to_string(step) + ":" + signal; }

// One start that is evicted: a checkpoint is asked for in [begin, end), of one rank or of both at different steps, and
// then one or both ranks are killed, or all are told to stop.
struct Eviction {
  std::uint64_t last_checkpoint = 0;  // how many steps it holds
  std::vector<Words> own{width};

  void at(std::uint64_t rank, std::uint64_t step, const char* signal) {
    own[rank].insert(own[rank].end(), {"--raise", raise(step, signal)});
  }
};

Eviction make_eviction(Random& random, std::uint64_t begin, std::uint64_t end) {
  Eviction eviction;
  const std::uint64_t asked = begin + random.below(end - begin);
  const std::uint64_t evicted = asked + random.below(end - asked);
  const std::uint64_t first = random.below(width);
  eviction.at(first, asked, "USR1");
  eviction.last_checkpoint = asked + 1;
  if (evicted > asked + 1 && random.below(2) == 0) {
    const std::uint64_t again = asked + 1 + random.below(evicted - asked - 1);
    eviction.at(1 - first, again, "USR1");
    eviction.last_checkpoint = again + 1;
  }
  if (evicted == asked || random.below(2) == 0) {
    eviction.at(random.below(width), evicted, "TERM");
    eviction.last_checkpoint = evicted + 1;
  } else {
    eviction.at(random.below(width), evicted, "KILL");
  }
  return eviction;
}

class Evictions : public Processes, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(Evictions, EndInTheSameWeights) {
  const char* given = std::getenv("DURE_TRAIN_SEED");
  const std::uint64_t seed = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  SCOPED_TRACE("replay: DURE_TRAIN_SEED=" + std::to_string(seed) + " ctest -R train.*Evictions");
  Random random(seed * 100 + GetParam());
  const Size size = size_of_eviction_test();
  const Words arguments = arguments_of(size);
  const Words kept = arguments + keep() + Words{"--checkpoint-every", "0"};
  const std::uint64_t window = size.steps() / (GetParam() + 1);
  for (std::uint64_t i = 0; i < GetParam(); ++i) {
    const Eviction eviction = make_eviction(random, i * window, (i + 1) * window);
    const auto outcomes = run_ranks(width, kept, eviction.own);
    for (const Outcome& outcome : outcomes) ASSERT_NE(outcome.status, 0) << everything(outcomes);
    ASSERT_TRUE(has(outcomes[0].out, "checkpoint after step " + std::to_string(eviction.last_checkpoint) + "\n"))
        << everything(outcomes);
    ASSERT_EQ(has(outcomes[0].out, "going on from the checkpoint"), i > 0) << everything(outcomes);
  }
  const std::string evicted = weights_of(kept);
  const std::string evicted_out = last_out_;
  const std::string uninterrupted = weights_of(arguments);
  ASSERT_FALSE(uninterrupted.empty());
  EXPECT_TRUE(evicted == uninterrupted) << evicted_out << last_out_;
  EXPECT_EQ(evicted_out.substr(evicted_out.find("weights SHA256")), last_out_.substr(last_out_.find("weights SHA256")));
  const std::size_t accuracy = last_out_.find("test accuracy ");
  ASSERT_NE(accuracy, std::string::npos) << last_out_;
  EXPECT_GE(std::strtod(last_out_.c_str() + accuracy + 14, nullptr), is_full() ? 87.0 : 70.0);
  if (is_full()) std::fputs(last_out_.c_str(), stdout);
}

INSTANTIATE_TEST_SUITE_P(Times, Evictions, testing::Values(0, 3, 10), testing::PrintToStringParamName());

TEST_F(Processes, ASignalFromOutsideMakesACheckpointAndTheTrainingGoesOn) {
  const Words arguments = arguments_of({.images = 1000, .batch = 50, .epochs = 30});
  {
    const TestPort port;
    const Words kept = arguments + keep() + Words{"--checkpoint-every", "0"};
    TestRank leader(kept, place_of(0, width, port));
    TestRank other(kept, place_of(1, width, port));
    ASSERT_TRUE(leader.wait_for("epoch 1 of"));
    other.send(SIGUSR1);
    other.send(SIGUSR1);
    ASSERT_TRUE(leader.wait_for("checkpoint after step") || leader.wait_for("test accuracy"));
    ASSERT_TRUE(leader.wait_for("epoch"));
    other.send(SIGKILL);
    leader.send(SIGKILL);
  }
  const std::string evicted = weights_of(arguments + keep());
  EXPECT_TRUE(has(last_out_, "going on from the checkpoint after step")) << last_out_;
  EXPECT_TRUE(evicted == weights_of(arguments));
}

TEST_F(Processes, AnotherSignalCanBeNamed) {
  const TestPort port;
  Words alone = place_of(0, 1, port);
  alone.insert(alone.end(), {"DURE_CHECKPOINT_SIGNAL=USR2", "DURE_CHECKPOINT_DIR=" + checkpoints().string()});
  TestRank rank(arguments_of({}) + Words{"--raise", "3:USR2"}, alone);
  const Outcome outcome = rank.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(has(outcome.out, "checkpoint after step 4\n")) << outcome.out;
}

TEST_F(Processes, ToldToStopAllEndWith143) {
  const auto outcomes = run_ranks(3, arguments_of({}) + keep(), {{}, {}, {"--raise", "7:TERM"}});
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.status, 143) << everything(outcomes);
  EXPECT_TRUE(std::filesystem::exists(newest()));
}

TEST_F(Processes, ACompleteTrainingGivesTheSameAgain) {
  const std::string first = weights_of(arguments_of({}) + keep());
  EXPECT_TRUE(first == weights_of(arguments_of({}) + keep()));
  EXPECT_TRUE(has(last_out_, "going on from the checkpoint after step 80\n")) << last_out_;
}

TEST_F(Processes, PeriodicCheckpointsNeedNoSignal) {
  run_ranks(width, arguments_of({}) + keep() + Words{"--checkpoint-every", "10"}, {{}, {"--raise", "35:KILL"}});
  weights_of(arguments_of({}) + keep());
  EXPECT_TRUE(has(last_out_, "going on from the checkpoint after step 30\n")) << last_out_;
}

// --- what goes wrong

TEST_F(Processes, TheOthersSayWhichRankIsGone) {
  const auto without_1 = run_ranks(width, arguments_of({}), {{}, {"--raise", "5:KILL"}});
  EXPECT_EQ(without_1[0].status, gone_status);
  EXPECT_TRUE(has(without_1[0].err, "rank 1 is gone")) << everything(without_1);
  const auto without_0 = run_ranks(width, arguments_of({}), {{"--raise", "5:KILL"}, {}});
  EXPECT_EQ(without_0[1].status, gone_status);
  EXPECT_TRUE(has(without_0[1].err, "rank 0 is gone")) << everything(without_0);
}

TEST_F(Processes, ARankThatDoesNotComeIsNamed) {
  const TestPort port;
  TestRank leader(arguments_of({}) + Words{"--patience", "1"}, place_of(0, 2, port));
  const Outcome outcome = leader.wait();
  EXPECT_EQ(outcome.status, gone_status);
  EXPECT_TRUE(has(outcome.err, "rank 1 did not come")) << outcome.err;
}

TEST_F(Processes, RanksOfOtherOptionsAreRefused) {
  const auto outcomes = run_ranks(width, arguments_of({}), {{}, {"--seed", "7"}});
  EXPECT_TRUE(has(outcomes[0].err, "rank 1 has other options")) << everything(outcomes);
  EXPECT_NE(outcomes[0].status, 0);
  EXPECT_NE(outcomes[1].status, 0);
}

TEST_F(Processes, ACheckpointOfAnotherTrainingIsRefusedAndStays) {
  run_ranks(width, arguments_of({}) + keep(), {{"--raise", "5:TERM"}});
  const std::string before = read_text(newest());
  const auto alone = run_ranks(1, arguments_of({}) + keep());
  EXPECT_EQ(alone[0].status, 2);
  EXPECT_TRUE(has(alone[0].err, "width 2 instead of 1")) << alone[0].err;
  const auto other = run_ranks(width, arguments_of({}) + keep() + Words{"--hidden", "64", "--seed", "2"});
  EXPECT_TRUE(has(other[0].err, "seed 1 instead of 2, hidden 128 instead of 64")) << other[0].err;
  EXPECT_TRUE(before == read_text(newest()));
}

TEST_F(Processes, ATornCheckpointIsPassedOverForTheOneBefore) {
  run_ranks(width, arguments_of({}) + keep(), {{"--raise", "5:USR1", "--raise", "9:USR1"}, {"--raise", "12:KILL"}});
  const std::string whole = read_text(newest());
  write_text(newest(), whole.substr(0, whole.size() / 2));
  const std::string evicted = weights_of(arguments_of({}) + keep());
  EXPECT_TRUE(has(last_out_, "going on from the checkpoint after step 6\n")) << last_out_;
  EXPECT_TRUE(evicted == weights_of(arguments_of({})));
}

TEST_F(Processes, ATornCheckpointAloneIsRefused) {
  std::filesystem::create_directories(checkpoints());
  write_text(newest(), "DURETRN\n");
  const auto outcomes = run_ranks(width, arguments_of({}) + keep());
  EXPECT_EQ(outcomes[0].status, 1);
  EXPECT_TRUE(has(outcomes[0].err, "train.checkpoint is torn")) << outcomes[0].err;
  EXPECT_NE(outcomes[1].status, 0);
}

TEST_F(Processes, EveryCompilerGivesTheSameBits) {
  const auto outcomes = run_ranks(1, {"--limit", "1000", "--epochs", "1"});
  EXPECT_TRUE(has(outcomes[0].out, "dc4f601b7f5fc3171cb4e742ebd8e578508746f0c16386552275f29dfc67eba2"))
      << outcomes[0].out << "If the training was changed on purpose, so is this hash.";
}

TEST(ProcessesWithoutData, AMissingDatasetIsOneSentenceThatNamesThePackage) {
  const auto outcomes = run_ranks(1, {"--data", "nowhere"});
  EXPECT_EQ(outcomes[0].status, 4);
  EXPECT_EQ(outcomes[0].err,
            "dure-train: rank 0: there is no nowhere/train-images-idx3-ubyte.gz; install the Debian package "
            "dataset-fashion-mnist, or name another folder with --data\n");
  EXPECT_EQ(outcomes[0].out, "");
}

}  // namespace
}  // namespace dure::train

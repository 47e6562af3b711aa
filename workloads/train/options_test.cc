#include "options.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace dure::train {
namespace {

using Variables = std::vector<std::pair<const char*, const char*>>;

Result<Options> read(std::vector<std::string> words, const Variables& variables = {}) {
  for (const char* name : {"RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_NTASKS", "MASTER_ADDR", "MASTER_PORT",
                           "DURE_CHECKPOINT_DIR", "DURE_CHECKPOINT_SIGNAL"}) {
    ::unsetenv(name);
  }
  for (const auto& [name, value] : variables) ::setenv(name, value, 1);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return read_options(arguments);
}

std::string complaint(const std::vector<std::string>& words, const Variables& variables = {}) {
  const auto options = read(words, variables);
  return options ? "none" : options.error().message;
}

TEST(Options, AloneWithoutAnEnvironment) {
  const auto options = read({});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->place.rank, 0u);
  EXPECT_EQ(options->place.width, 1u);
  EXPECT_EQ(options->checkpoint_signal, SIGUSR1);
  EXPECT_FALSE(options->checkpoint);
}

TEST(Options, TakePlaceAndFolderFromTheEnvironment) {
  const auto options = read({}, {{"RANK", "2"},
                                 {"WORLD_SIZE", "3"},
                                 {"MASTER_ADDR", "n7"},
                                 {"MASTER_PORT", "4711"},
                                 {"DURE_CHECKPOINT_DIR", "kept"},
                                 {"DURE_CHECKPOINT_SIGNAL", "SIGUSR2"}});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->place.rank, 2u);
  EXPECT_EQ(options->place.width, 3u);
  EXPECT_EQ(to_text(options->place.master), "n7:4711");
  EXPECT_EQ(options->checkpoint, "kept");
  EXPECT_EQ(options->checkpoint_signal, SIGUSR2);
}

TEST(Options, UnderSlurmTakeItsVariables) {
  const auto options = read({}, {{"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "2"}});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->place.rank, 1u);
  EXPECT_EQ(options->place.width, 2u);
}

TEST(Options, OfTheCommandLineGoBeforeTheEnvironment) {
  const auto options = read({"--checkpoint", "given", "--epochs=3", "--json"}, {{"DURE_CHECKPOINT_DIR", "kept"}});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->checkpoint, "given");
  EXPECT_EQ(options->epochs, 3u);
  EXPECT_TRUE(options->json);
}

TEST(Options, ThatCannotBeAreRefusedWithTheWayOut) {
  EXPECT_EQ(complaint({"--batch", "0"}), "--batch: found '0'; write a whole number from 1 to 60000");
  EXPECT_EQ(complaint({"--batch"}), "--batch needs a whole number from 1 to 60000 after it");
  EXPECT_EQ(complaint({"--learning-rate", "nan"}), "--learning-rate: found 'nan'; write a number from 0.000001 to 10");
  EXPECT_EQ(complaint({"--fast"}), "unknown option '--fast'; --help lists the options");
  EXPECT_EQ(complaint({}, {{"RANK", "1"}}), "WORLD_SIZE is not set; set both the rank and the number of ranks");
  EXPECT_EQ(complaint({}, {{"RANK", "2"}, {"WORLD_SIZE", "2"}}), "RANK: found '2'; write a whole number from 0 to 1");
  EXPECT_EQ(complaint({}, {{"DURE_CHECKPOINT_SIGNAL", "KILL"}}),
            "DURE_CHECKPOINT_SIGNAL: found 'KILL'; write USR1, USR2, TERM, INT, HUP or CONT");
}

TEST(Options, HelpNeedsNoEnvironment) { EXPECT_EQ(complaint({"--help"}, {{"RANK", "x"}}), "none"); }

}  // namespace
}  // namespace dure::train

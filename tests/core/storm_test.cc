// Storms: random worlds, random histories, and the laws of the scheduler after every turn.
// DURE_SEED=n runs that one seed; DURE_SEEDS=n so many from DURE_FIRST_SEED on; DURE_TURNS=n turns of each.
// DURE_EVERY=n tries one of n, where a slow build need not try them all.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "storm.h"

namespace dure {
namespace {

std::optional<std::uint64_t> number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::optional(std::strtoull(text, nullptr, 10)) : std::nullopt;
}

// Twenty to sixty, unless the environment says otherwise.
std::uint64_t turns_of(std::uint64_t seed) { return number_in_environment("DURE_TURNS").value_or(20 + seed % 41); }

// An assertion of the core ends the program: what replays it is said all the same.
std::string command_at_hand;

void say_command(int) {
  const std::string line = command_at_hand + "\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

std::string replay_command(std::uint64_t seed) {
  const auto turns = number_in_environment("DURE_TURNS");
  return fmt::format("to replay: DURE_SEED={}{} tests/core/storm_test", seed,
                     turns ? fmt::format(" DURE_TURNS={}", *turns) : "");
}

void add(StormReport& sum, const StormReport& one) {
  sum.turns += one.turns;
  sum.starts += one.starts;
  sum.promises += one.promises;
  sum.evictions += one.evictions;
  sum.reclaims += one.reclaims;
  sum.cleared += one.cleared;
  sum.starts_beside += one.starts_beside;
  sum.starts_inside += one.starts_inside;
  sum.drops_for_windows += one.drops_for_windows;
  sum.narrowed += one.narrowed;
  sum.moves += one.moves;
  sum.swaps += one.swaps;
  sum.unswapped += one.unswapped;
  sum.preemptions += one.preemptions;
  sum.holes += one.holes;
  sum.leavers += one.leavers;
  sum.fair_evictions += one.fair_evictions;
  sum.racks_asked += one.racks_asked;
  sum.from_racks += one.from_racks;
  sum.refused += one.refused;
  sum.checks += one.checks;
}

// Returns whether all is well. One seed in eight is played again with restarts, which must change nothing.
bool try_seed(std::uint64_t seed, StormReport& sum) {
  command_at_hand = replay_command(seed);
  SCOPED_TRACE(command_at_hand);
  const StormReport report = Storm(seed, Restarts::never).play(turns_of(seed));
  for (const std::string& complaint : report.complaints) ADD_FAILURE() << complaint;
  if (report.complaints.empty() && seed % 8 == 0) {
    const StormReport again = Storm(seed, Restarts::often).play(turns_of(seed));
    for (const std::string& complaint : again.complaints) ADD_FAILURE() << "with restarts: " << complaint;
    EXPECT_EQ(report.digest, again.digest) << "invariant 9: a policy made from the state alone decides otherwise";
  }
  add(sum, report);
  return !testing::Test::HasFailure();
}

TEST(Storm, NoLawIsBroken) {
  std::signal(SIGABRT, say_command);
  StormReport sum;
  if (const auto seed = number_in_environment("DURE_SEED")) {
    try_seed(*seed, sum);
    return;
  }
  const std::uint64_t first = number_in_environment("DURE_FIRST_SEED").value_or(1);
  const std::uint64_t seeds =
      number_in_environment("DURE_SEEDS").value_or(10'000 / number_in_environment("DURE_EVERY").value_or(1));
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    if (!try_seed(seed, sum)) break;
  }
  fmt::print(
      "{} seeds, {} turns: {} starts, {} promises, {} reclaims and {} preemptions of {} jobs, {} narrowed, {} moves "
      "off "
      "sick devices, {} changes refused, {} checks\n",
      seeds, sum.turns, sum.starts, sum.promises, sum.reclaims, sum.preemptions, sum.evictions, sum.narrowed, sum.moves,
      sum.refused, sum.checks);
  EXPECT_GT(sum.starts, seeds * 5);
  EXPECT_GT(sum.promises, seeds);
  fmt::print("windows: {} starts beside, {} inside, {} evictions, {} promises dropped\n", sum.starts_beside,
             sum.starts_inside, sum.cleared, sum.drops_for_windows);
  EXPECT_GT(sum.reclaims, seeds / 10);
  EXPECT_GT(sum.starts_beside, seeds / 10);
  EXPECT_GT(sum.starts_inside, seeds / 200);
  EXPECT_GT(sum.cleared, seeds / 20);
  EXPECT_GT(sum.drops_for_windows, seeds / 200);
  EXPECT_GT(sum.narrowed, seeds / 200);
  EXPECT_GT(sum.moves, seeds / 10);
  EXPECT_GT(sum.preemptions, seeds / 20);
  fmt::print("gangs with failed nodes: {} swaps, {} without a spare\n", sum.swaps, sum.unswapped);
  EXPECT_GT(sum.swaps, seeds / 10);
  EXPECT_GT(sum.unswapped, seeds / 10);
  fmt::print("{} holes, for which {} jobs moved\n", sum.holes, sum.leavers);
  EXPECT_GT(sum.holes, seeds / 200);
  fmt::print("fairness: {} jobs evicted\n", sum.fair_evictions);
  EXPECT_GT(sum.fair_evictions, seeds / 20);
  fmt::print("racks: asked for {} times, {} guests evicted\n", sum.racks_asked, sum.from_racks);
  EXPECT_GT(sum.racks_asked, seeds / 10);
  EXPECT_GT(sum.from_racks, seeds / 200);
}

TEST(Storm, TheSameSeedTellsTheSameStory) {
  const StormReport once = Storm(7, Restarts::never).play(200);
  const StormReport twice = Storm(7, Restarts::never).play(200);
  EXPECT_EQ(once.digest, twice.digest);
  EXPECT_NE(once.digest, Storm(8, Restarts::never).play(200).digest);
}

// Drivers see to it that their clock does not go back; the fold refuses it all the same.
TEST(StormDeathTest, AFactFromThePastIsRefused) {
  State state;
  state.apply({Time{} + seconds(10), FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {{.name = "p"}}}}}}});
  EXPECT_DEATH(state.apply({Time{} + seconds(9), UserDeclared{UserId{0}, "kim"}}), "internal error");
}

}  // namespace
}  // namespace dure

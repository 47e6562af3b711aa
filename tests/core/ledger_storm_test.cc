// Storms over the ledger: random worlds, random histories, and its nine rules at every fact.
// DURE_SEED=n or --seed n runs that one seed; DURE_SEEDS=n so many from DURE_FIRST_SEED on; DURE_BLOWS=n blows of each.
// DURE_EVERY=n tries one of n, where a slow build need not try them all. The whole is 10,000 seeds.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "ledger_storm.h"

namespace dure {
namespace {

std::optional<std::uint64_t> asked_seed;

std::optional<std::uint64_t> number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::optional(std::strtoull(text, nullptr, 10)) : std::nullopt;
}

std::uint64_t blows_of(std::uint64_t seed) { return number_in_environment("DURE_BLOWS").value_or(20 + seed % 81); }

std::string command_at_hand;

void say_command(int) {
  const std::string line = command_at_hand + "\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

void add(LedgerStormReport& sum, const LedgerStormReport& one) {
  sum.facts += one.facts;
  sum.starts += one.starts;
  sum.ends += one.ends;
  sum.swaps += one.swaps;
  sum.borrowed += one.borrowed;
  sum.notices += one.notices;
  sum.reduced += one.reduced;
  sum.passed_on += one.passed_on;
  sum.lapsed += one.lapsed;
  sum.refunds += one.refunds;
  sum.refused += one.refused;
  sum.loans += one.loans;
  sum.reclaims += one.reclaims;
  sum.crashes += one.crashes;
  for (std::size_t i = 0; i < sum.waived.size(); ++i) sum.waived[i] += one.waived[i];
  for (std::size_t i = 0; i < sum.checks.size(); ++i) sum.checks[i] += one.checks[i];
}

// Returns whether all is well. One seed in four is played again with restarts, which must change nothing.
bool try_seed(std::uint64_t seed, LedgerStormReport& sum) {
  command_at_hand = fmt::format("to replay: tests/core/ledger_storm_test --seed {}", seed);
  SCOPED_TRACE(command_at_hand);
  const LedgerStormReport report = LedgerStorm(seed, Restarts::never).play(blows_of(seed));
  for (const std::string& complaint : report.complaints) ADD_FAILURE() << complaint;
  add(sum, report);
  if (report.complaints.empty() && seed % 4 == 0) {
    const LedgerStormReport again = LedgerStorm(seed, Restarts::often).play(blows_of(seed));
    for (const std::string& complaint : again.complaints) ADD_FAILURE() << "with restarts: " << complaint;
    EXPECT_EQ(report.digest, again.digest) << "a crash changes what comes after";
    sum.crashes += again.crashes;
  }
  return !testing::Test::HasFailure();
}

TEST(LedgerStorm, NoRuleIsBroken) {
  std::signal(SIGABRT, say_command);
  LedgerStormReport sum;
  if (asked_seed) {
    try_seed(*asked_seed, sum);
    return;
  }
  const std::uint64_t first = number_in_environment("DURE_FIRST_SEED").value_or(1);
  const std::uint64_t seeds =
      number_in_environment("DURE_SEEDS").value_or(10'000 / number_in_environment("DURE_EVERY").value_or(7));
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    if (!try_seed(seed, sum)) break;
  }
  fmt::print("{} seeds, {} facts: {} starts, {} of them borrowed, {} swaps, {} ends, {} crashes, {} changes refused\n",
             seeds, sum.facts, sum.starts, sum.borrowed, sum.swaps, sum.ends, sum.crashes, sum.refused);
  fmt::print("{} notices, {} grants reduced, {} passed on, {} lots lapsed, {} refunds, {} loans, {} reclaims\n",
             sum.notices, sum.reduced, sum.passed_on, sum.lapsed, sum.refunds, sum.loans, sum.reclaims);
  for (std::size_t why = 0; why < sum.waived.size(); ++why) {
    fmt::print("waived ({}): {}\n", to_text(static_cast<ledger::Waiver>(why)), sum.waived[why]);
  }
  for (std::size_t rule = 1; rule < sum.checks.size(); ++rule) {
    fmt::print("rule {}: {} checks\n", rule, sum.checks[rule]);
    EXPECT_GT(sum.checks[rule], seeds / 2);
  }
  EXPECT_GT(sum.borrowed, seeds / 4);
  EXPECT_GT(sum.swaps, seeds / 100);
  EXPECT_GT(sum.reduced, seeds / 10);
  EXPECT_GT(sum.passed_on, seeds / 200);
  EXPECT_GT(sum.lapsed, seeds);
  EXPECT_GT(sum.refunds, seeds / 20);
  EXPECT_GT(sum.loans, seeds);
  EXPECT_GT(sum.reclaims, seeds / 50);
}

}  // namespace
}  // namespace dure

int main(int count, char** words) {
  testing::InitGoogleTest(&count, words);
  for (int i = 1; i < count; ++i) {
    if (std::string_view(words[i]) == "--seed" && i + 1 < count) {
      dure::asked_seed = std::strtoull(words[i + 1], nullptr, 10);
    }
  }
  if (const auto seed = dure::number_in_environment("DURE_SEED")) dure::asked_seed = *seed;
  return RUN_ALL_TESTS();
}

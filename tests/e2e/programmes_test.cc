// A programme from its call to its settlement, as docs/operating/programmes.md has it; and `kill -9` while it spends.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <time.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli.h"
#include "dure/base/random.h"
#include "dure/base/test_folder.h"
#include "dure/core/state.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/recount/recount.h"
#include "events.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

namespace json = boost::json;

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// What stands between ```sh and ```, one block after the other.
std::string commands_of(const std::string& page) {
  const std::string begin = "```sh\n";
  std::string commands;
  for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at)) {
    at += begin.size();
    const std::size_t end = page.find("```", at);
    commands += page.substr(at, end - at);
    at = end;
  }
  return commands;
}

TEST(Programmes, ThePageDoesWhatItSays) {
  const TempFolder folder;
  const std::filesystem::path program = DURE_PROGRAM;
  std::ofstream(folder.path() / "page.sh")
      << "set -eux\ntrap 'kill $!; wait' EXIT\n"
      << fmt::format("export PATH='{}':$PATH HOME=$PWD\n", program.parent_path().string())
      << commands_of(text_of(std::filesystem::path(DURE_SOURCE_DIR) / "docs/operating/programmes.md"));
  const Ran ran = run({"/bin/bash", "page.sh"}, {}, folder.path());
  ASSERT_EQ(ran.code, 0) << ran.output << ran.errors << text_of(folder.path() / "serve.log");
  // In this order.
  std::size_t at = 0;
  for (const char* said :
       {"would be done: rates from now: emulated 1, cpu 0.01\n", "new programme large of nipa/large\n",
        "call spring of programme large\n", "application arm of nipa/large/arm for call spring\n",
        "reviewed arm: 91.5\n", "arm: 2 emulated for nipa/large/arm", "grant 0\n", "nipa/large/arm",
        "of them free and 0 held", "grant 1\n", "it may cost 4 credits and tenant nipa/large/lab has",
        "the same to the last unit", "closed grant 0\n", "settled"}) {
    const std::size_t found = ran.output.find(said, at);
    ASSERT_NE(found, std::string::npos) << "after byte " << at << " nothing said: " << said << "\n" << ran.output;
    at = found;
  }
}

// The moment of a kill is what is tested, so this is not a wait for anything.
void pass_microseconds(std::uint64_t count) {
  const timespec time{.tv_sec = static_cast<time_t>(count / 1'000'000),
                      .tv_nsec = static_cast<long>(count % 1'000'000) * 1000};
  ::nanosleep(&time, nullptr);
}

// What the journal says, recomputed by other means; and never more spent than awarded.
void check_accounts(const std::filesystem::path& data, std::uint64_t& runs) {
  auto journal = JournalReader::open(data);
  ASSERT_TRUE(journal) << journal.error().message;
  State state;
  recount::Recount recount;
  const auto never_too_much = [&](const Fact& fact) -> Result<void> {
    recount.add(fact);
    for (const ledger::Account& account : state.ledger().accounts()) {
      for (const ledger::Lot& lot : account.purse.lots) {
        EXPECT_LE(lot[ledger::Place::spent] + lot[ledger::Place::held], -lot[ledger::Place::awarded]);
        EXPECT_GE(lot[ledger::Place::free], 0);
      }
      EXPECT_EQ(account.purse.line[ledger::Place::spent], 0) << "beyond all lots";
    }
    return {};
  };
  const auto replayed = journal->replay(state, never_too_much);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(recount.differences(state), std::vector<std::string>{});
  EXPECT_EQ(state.ledger().violations(), std::vector<std::string>{});
  runs = 0;
  for (const ledger::Account& account : state.ledger().accounts()) {
    for (const ledger::MonthLine& month : account.months)
      for (const ledger::PoolLine& pool : month.pools) runs += pool.runs;
  }
}

TEST(Programmes, NoKillSpendsMoreThanWasAwarded) {
  const char* wanted = std::getenv("DURE_KILLS");
  const std::uint64_t kills = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 12;
  const TempFolder folder;
  const std::filesystem::path data = folder.path() / "data";
  ServerProcess server(data);
  ASSERT_EQ(server.start(), "");
  const Cli cli(server, folder.path());
  cli.write("tenants.yaml", "tenants:\n- name: p\n  children: [{name: t}]\n");
  ASSERT_EQ(cli.run({"apply", "tenants.yaml"}).code, 0);
  cli.write("programme.yaml", "rates: {emulated: 1}\nprogrammes: [{name: p, tenant: p}]\n");
  ASSERT_EQ(cli.run({"programme", "apply", "programme.yaml"}).code, 0);
  const std::string secret = cli.run({"token", "create", "officer", "programme:p"}).output;
  const auto officer_awards = [&](const std::string& credits) {
    return run({DURE_PROGRAM, "grants", "award", "p/t", "--programme", "p", "--credits", credits, "--for", "1d"},
               {{"DURE_SERVER", server.address()}, {"DURE_TOKEN", secret.substr(0, secret.find('\n'))}})
        .code;
  };
  // Three jobs at once may be held for: each may cost a hundredth.
  ASSERT_EQ(officer_awards("0.03"), 0);
  Random random(7);
  std::uint64_t runs = 0;
  for (std::uint64_t i = 0; i < kills; ++i) {
    SCOPED_TRACE(fmt::format("kill {}", i));
    for (int job = 0; job < 6; ++job)
      (void)cli.run({"submit", "--tenant", "p/t", "--gpus", "1", "--time", "36s", "--", "sleep", "0.2"});
    pass_microseconds(random.below(600'000));
    server.kill();
    check_accounts(data, runs);
    ASSERT_EQ(server.start(), "");
  }
  ASSERT_TRUE(wait_until_idle(server, in_seconds(120)));
  const std::string statement = json::serialize(cli.json({"statement", "p/t"}));
  server.kill();
  check_accounts(data, runs);
  EXPECT_GT(runs, kills);
  ASSERT_EQ(server.start(), "");
  EXPECT_EQ(json::serialize(cli.json({"statement", "p/t"})), statement);
  // What is left is less than what one more may cost: it waits for good.
  const std::string job = cli.submit({"--tenant", "p/t", "--gpus", "4", "--time", "1h", "--", "true"});
  EXPECT_NE(json::serialize(cli.json({"why", job})).find(R"("code":"credits")"), std::string::npos);
  EXPECT_EQ(cli.json({"show", job}).at("state").as_string(), "pending");
}

}  // namespace
}  // namespace dure::e2e

// The past of a real server again, with all decisions made anew.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "dure/journal/sqlite/turn_reader.h"
#include "dure/policy/dure_policy.h"
#include "dure/what_if/replay.h"
#include "events.h"
#include "load.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

constexpr const char* tenants =
    "tenants:\n"
    "- name: lender\n  guarantee: {local/gpu: 2}\n"
    "- name: borrower\n  guarantee: {local/gpu: 1}\n";

// A server of four devices and two tenants, one of which lends to the other.
class WhatIf : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(config_) << "devices: {emulated: 4}\ntrust_jobs: true\nsnapshot_every: 40\n" << tenants;
    server_.emplace(data_, std::vector<std::string>{"--config", config_.string()});
    ASSERT_EQ(server_->start(), "");
    cli_.emplace(*server_, folder_.path());
  }
  std::string submit(const std::string& tenant, const std::vector<std::string>& options, const std::string& script) {
    std::vector<std::string> words{"--tenant", tenant, "--time", "5m"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", "sh", "-c", script});
    return cli_->submit(words);
  }
  std::string until(const std::string& gate) const {
    return fmt::format("while [ ! -e {} ]; do sleep 0.02; done", (folder_.path() / gate).string());
  }
  void expect_ok(const std::vector<std::string>& words) {
    const Ran ran = cli_->run(words);
    EXPECT_EQ(ran.code, 0) << words[0] << ": " << ran.output << ran.errors;
  }

  // Loans that are taken back, cancellations, a drain, a window, an array, failures, and an end while nobody looks.
  void live_a_day() {
    const std::string long_one = submit("borrower", {"--gpus", "3"}, until("first"));
    ASSERT_TRUE(wait_until_started(*server_, std::stoull(long_one)));
    const std::string owed = submit("lender", {"--gpus", "2"}, until("second"));  // evicts it
    ASSERT_TRUE(wait_until_started(*server_, std::stoull(owed)));
    submit("borrower", {"--gpus", "1", "--array", "0-3"}, "true");
    const std::string doomed = submit("borrower", {"--gpus", "2", "--hold"}, "true");
    expect_ok({"cancel", doomed});
    submit("lender", {"--gpus", "1"}, "exit 3");
    submit("lender", {"--gpus", "1", "--after", "ok:" + owed}, "true");
    expect_ok({"drain", "local-gpu-b01-r01-n1", "--reason", "fan"});
    const std::string waiting = submit("lender", {"--gpus", "1", "-n", "waits"}, "true");
    expect_ok({"update", waiting, "--priority", "5"});
    expect_ok({"resume", "local-gpu-b01-r01-n1"});
    expect_ok({"window", "open", "cables", "--node", "local-gpu-b01-r01-n1", "--from", "3h", "--for", "1h"});
    server_->kill();
    cli_->write("second", "");
    cli_->write("first", "");
    ASSERT_EQ(server_->start_again(), "");
    ASSERT_TRUE(wait_until_idle(*server_, in_seconds(60)));
    expect_ok({"window", "close", "cables"});
    const std::string cancelled = submit("lender", {"--gpus", "4"}, until("never"));
    submit("borrower", {"--gpus", "4"}, "true");
    ASSERT_TRUE(wait_until_started(*server_, std::stoull(cancelled)));
    expect_ok({"cancel", cancelled});
    ASSERT_TRUE(wait_until_idle(*server_, in_seconds(60)));
  }

  TempFolder folder_;
  std::filesystem::path data_ = folder_.path() / "data";
  std::filesystem::path config_ = folder_.path() / "server.yaml";
  std::optional<ServerProcess> server_;
  std::optional<Cli> cli_;
};

// What the facts up to a turn lead to, and what all of them tell of work.
struct Learnt {
  what_if::WorkBook book;
  State start;
  State end;
  std::size_t turns = 0;
  std::size_t evictions = 0;
};

Learnt learn(TurnReader& reader, std::size_t before) {
  Learnt learnt;
  const auto read = reader.read({}, [&](const WrittenTurn& turn) -> Result<void> {
    if (learnt.turns++ == before) learnt.start = learnt.end;
    for (const Fact& fact : turn.facts) {
      learnt.end.apply(fact);
      learnt.book.note(learnt.end, fact);
      const auto* ended = std::get_if<Ended>(&fact.change);
      learnt.evictions += ended != nullptr && ended->outcome == Outcome::evicted ? 1u : 0u;
    }
    return {};
  });
  EXPECT_TRUE(read) << read.error().message;
  learnt.book.close(learnt.end);
  return learnt;
}

void expect_the_same(TurnReader& reader, std::size_t before) {
  SCOPED_TRACE(fmt::format("from turn {} on", before));
  Learnt learnt = learn(reader, before);
  const Link from{learnt.start.fact_count(), learnt.start.chain()};
  what_if::Replay replay(std::move(learnt.start),
                         std::make_unique<DurePolicy>(DureOptions{.reservations = 4, .reclaims = true}), learnt.book);
  const auto read = reader.read(from, [&](const WrittenTurn& turn) {
    return replay.follow({.facts = turn.facts, .sequence = turn.end.sequence, .chain = turn.end.chain});
  });
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_FALSE(replay.departure()) << "it decides otherwise at fact " << replay.departure()->fact;
  EXPECT_EQ(replay.state().digest(), learnt.end.digest());
  EXPECT_EQ(replay.passed_over(), 0u);
}

TEST_F(WhatIf, WithNothingChangedThePastComesOutAsTheJournalHasIt) {
  live_a_day();
  TurnReader reader = TurnReader::open(data_).value();  // beside the server
  const Learnt learnt = learn(reader, 0);
  EXPECT_GT(learnt.evictions, 0u) << "nothing was taken back";
  ASSERT_GT(learnt.turns, 30u);
  for (std::size_t before = 0; before < learnt.turns; before += learnt.turns / 10) expect_the_same(reader, before);
  EXPECT_EQ(server_->stop(), 0);
  expect_the_same(reader, learnt.turns / 2);
}

// Users who submit, cancel, hold and release, and a server that is killed under them time and again.
TEST(WhatIfReplay, ThroughCrashesThePastComesOutAsTheJournalHasIt) {
  const TempFolder folder;
  ServerProcess server(folder.path() / "data");
  ASSERT_EQ(server.start(), "");
  Load load(5, 3, folder.path() / "runs");
  for (int kill = 0; kill < 12; ++kill) {
    const std::uint64_t sent = load.sent();
    load.begin(server);
    load.sent().wait(sent);
    if (kill % 3 == 0) {
      ASSERT_TRUE(wait_until_idle(server, in_seconds(60)));
    }
    server.kill();
    ASSERT_EQ(server.start(), "") << "after kill " << kill;
  }
  (void)load.finish();
  ASSERT_TRUE(wait_until_idle(server, in_seconds(60)));
  TurnReader reader = TurnReader::open(folder.path() / "data").value();
  const std::size_t turns = learn(reader, 0).turns;
  const std::size_t step = std::max<std::size_t>(turns / 5, 1);
  for (std::size_t before = 0; before < turns; before += step) expect_the_same(reader, before);
}

// Before the loan is taken back, whenever that was.
Duration from_there_to_the_end(TurnReader& reader) {
  std::optional<Time> moment;
  Time end;
  const auto read = reader.read({}, [&](const WrittenTurn& turn) -> Result<void> {
    end = turn.facts.back().time;
    for (const Fact& fact : turn.facts) {
      if (!moment && std::holds_alternative<Started>(fact.change)) moment = end;
    }
    return {};
  });
  EXPECT_TRUE(read) << read.error().message;
  constexpr std::int64_t ms = 1'000'000;
  return Duration{(end - *moment).ns / ms * ms};
}

std::optional<double> changed(const boost::json::value& answer, std::string_view tenant, std::string_view figure) {
  for (const boost::json::value& row : answer.at("differences").as_array()) {
    const boost::json::value& path = row.at("tenant");
    const std::string_view name = path.is_null() ? std::string_view() : std::string_view(path.as_string());
    if (name != tenant || row.at("figure").as_string() != figure) continue;
    return row.at("changed").to_number<double>() - row.at("present").to_number<double>();
  }
  return std::nullopt;
}

TEST_F(WhatIf, TheCommandTriesChangesBesideTheServer) {
  live_a_day();
  TurnReader reader = TurnReader::open(data_).value();
  cli_->write("changes.yaml", "policy: {reclaim: false}\n");
  const std::vector<std::string> common{"forecast",       "--what-if", "changes.yaml", "--config",
                                        config_.string(), "--data",    data_.string()};
  std::vector<std::string> past = common;
  past.insert(past.end(), {"--at", to_text(from_there_to_the_end(reader))});
  const boost::json::value was = cli_->json(past);
  ASSERT_TRUE(was.is_object());
  EXPECT_TRUE(was.at("departure").is_null()) << boost::json::serialize(was);
  EXPECT_EQ(changed(was, "borrower", "evictions"), -1) << boost::json::serialize(was);

  std::vector<std::string> future = common;
  future.insert(future.end(), {"--until", "2h", "--draws", "2"});
  const boost::json::value drawn = cli_->json(future);
  ASSERT_TRUE(drawn.is_object());
  EXPECT_EQ(drawn.at("draws").to_number<int>(), 2);
  EXPECT_EQ(changed(drawn, "", "started"), 0);

  const TurnReader after = TurnReader::open(data_).value();
  EXPECT_EQ(after.end(), reader.end()) << "something was written";
  cli_->write("changes.yaml", "drain: [n7]\n");
  const Ran refused = cli_->run(common);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.errors.find("changes.yaml:1:9: drain[0]: found the unknown node 'n7'"), std::string::npos)
      << refused.errors;
  EXPECT_EQ(cli_->run({"forecast", "7", "--what-if", "changes.yaml"}).code, 2);
  EXPECT_EQ(cli_->run({"forecast", "--at", "1h"}).code, 2);
}

}  // namespace
}  // namespace dure::e2e

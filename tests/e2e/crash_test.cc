// `kill -9` at any moment: no acknowledged word is lost, no job runs twice, and every account is right.
//
//   DURE_KILLS=1000 DURE_SEED=7 build/test/tests/e2e/crash_test
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>

#include "dure/base/test_folder.h"
#include "dure/core/state.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/journal/tools.h"
#include "events.h"
#include "load.h"
#include "runs.h"
#include "server_process.h"

namespace dure::e2e {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

// The moment of a kill is what is tested, so this is not a wait for anything.
void pass_microseconds(std::uint64_t count) {
  const timespec time{.tv_sec = static_cast<time_t>(count / 1'000'000),
                      .tv_nsec = static_cast<long>(count % 1'000'000) * 1000};
  ::nanosleep(&time, nullptr);
}

// Kills servers one after the other at random moments of their lives.
class Killer {
 public:
  Killer(std::uint64_t seed, ServerProcess& server, Load& load) : random_(seed), server_(server), load_(load) {}

  // Returns what kept a server from coming up.
  std::string kill_one() {
    if (random_.below(5) == 0) {
      kill_while_starting();
      return {};
    }
    if (std::string problem = server_.start(); !problem.empty()) return problem;
    const std::uint64_t sent = load_.sent();
    load_.begin(server_);
    if (random_.below(2) == 0) {
      // While a request is on its way, in a turn, or being answered.
      load_.sent().wait(sent);
      pass_microseconds(random_.below(4000));
    } else {
      pass_microseconds(random_.below(80'000));
      // However slow the machine.
      const std::uint64_t enough = sent + random_.below(4);  // each of the three sends one at least
      for (std::uint64_t now = load_.sent(); now < enough; now = load_.sent()) load_.sent().wait(now);
    }
    server_.kill();
    return {};
  }

 private:
  void kill_while_starting() {
    server_.launch();
    pass_microseconds(random_.below(40'000));
    server_.kill();
  }

  Random random_;
  ServerProcess& server_;
  Load& load_;
};

std::map<std::uint32_t, EndedJob> ended_jobs(const std::filesystem::path& data) {
  auto reader = JournalReader::open(data);
  EXPECT_TRUE(reader);
  std::map<std::uint32_t, EndedJob> ended;
  const auto rows = reader->latest_ended("", std::nullopt, 10'000'000);
  EXPECT_TRUE(rows);
  for (const EndedJob& row : *rows) ended[row.id.value] = row;
  return ended;
}

std::uint64_t digest_of_replay(const std::filesystem::path& data) {
  auto journal = SqliteJournal::open(data);
  EXPECT_TRUE(journal) << journal.error().message;
  State state;
  const auto replayed = (*journal)->replay(state);
  EXPECT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(state.jobs().size(), 0u);
  return state.digest();
}

double used_gpu_seconds(const ServerProcess& server) {
  http::Client client = server.client();
  const boost::json::value usage = get(client, "/v1/usage");
  return usage.at("tenants").at(0).at("pools").at(0).at("hours").to_number<double>() * 3600;
}

double seconds_between(Time from, Time to) { return static_cast<double>((to - from).ns) / 1e9; }

// What was found to be true, and how far off it was.
struct Findings {
  std::size_t lost = 0;
  std::size_t twice = 0;
  std::size_t cancelled = 0;
  double off_most = 0;   // of a start or an end, in seconds
  double lifetimes = 0;  // of all processes, in seconds
};

void check_promised(const Promises& promises, const std::map<std::uint32_t, EndedJob>& ended, Findings& findings) {
  for (const auto& [id, promise] : promises.jobs) {
    const auto row = ended.find(id);
    if (row == ended.end() || row->second.name != promise.name) {
      ++findings.lost;
      ADD_FAILURE() << "job " << id << " (" << promise.name << ") was acknowledged and is lost";
      continue;
    }
    const EndedJob& job = row->second;
    EXPECT_EQ(job.evictions, 0u) << "job " << id;
    if (job.outcome == Outcome::cancelled) {
      ++findings.cancelled;
      EXPECT_TRUE(promise.may_be_cancelled) << "nobody cancelled job " << id;
      continue;
    }
    EXPECT_EQ(job.outcome, promise.exit_code == 0 ? Outcome::completed : Outcome::failed) << "job " << id;
    EXPECT_EQ(job.exit_code, promise.exit_code) << "job " << id;
    // One that was cancelled may have come to its own end first, but only if it had started.
    EXPECT_TRUE(!promise.is_cancelled || job.started) << "job " << id << " never started, and was not cancelled";
  }
}

// A request is done as a whole or not at all, acknowledged or not.
void check_whole(const Promises& promises, const std::map<std::uint32_t, EndedJob>& ended) {
  std::map<std::string, std::uint32_t> found;
  for (const auto& [id, job] : ended) ++found[job.name];
  for (const auto& [name, count] : found) {
    const auto asked = promises.asked.find(name);
    ASSERT_NE(asked, promises.asked.end()) << "nobody asked for " << name;
    EXPECT_EQ(count, asked->second) << "only a part of " << name;
  }
}

void check_runs(const std::map<std::uint32_t, EndedJob>& ended, const std::map<AttemptOf, Seen>& runs,
                Findings& findings) {
  for (const auto& [attempt, seen] : runs) {
    const auto row = ended.find(attempt.job);
    ASSERT_NE(row, ended.end()) << "job " << attempt.job << " ran, and nobody knows it";
    const EndedJob& job = row->second;
    if (seen.begins != 1 || seen.ends > 1 || attempt.restart > job.evictions) ++findings.twice;
    EXPECT_EQ(seen.begins, 1u) << "job " << attempt.job << " attempt " << attempt.restart;
    EXPECT_LE(seen.ends, 1u) << "job " << attempt.job << " attempt " << attempt.restart;
    EXPECT_LE(attempt.restart, job.evictions) << "job " << attempt.job;
    ASSERT_TRUE(job.started) << "job " << attempt.job << " ran, and has no start";
    // A process that was killed is gone when its supervisor says so.
    const Time end = seen.ends == 1 ? seen.ended : job.ended;
    const double off =
        std::max(std::abs(seconds_between(*job.started, seen.began)), std::abs(seconds_between(end, job.ended)));
    findings.off_most = std::max(findings.off_most, off);
    EXPECT_LE(off, 1.0) << "job " << attempt.job << " ran at another time than the journal says";
    findings.lifetimes += seconds_between(seen.began, end);
  }
  for (const auto& [id, job] : ended) {
    if (job.outcome == Outcome::cancelled) continue;
    EXPECT_TRUE(runs.contains({id, 0})) << "job " << id << " has ended as " << to_text(job.outcome) << " and never ran";
  }
}

TEST(Crash, NothingIsLostAndNothingRunsTwice) {
  const std::uint64_t kills = number_from("DURE_KILLS", 40);
  const std::uint64_t seed = number_from("DURE_SEED", 1);
  SCOPED_TRACE(fmt::format("again: DURE_KILLS={} DURE_SEED={} crash_test", kills, seed));
  const TempFolder folder;
  const std::filesystem::path data = folder.path() / "data";
  const std::filesystem::path runs_file = folder.path() / "runs";
  const std::filesystem::path config = folder.path() / "dure.yaml";
  std::ofstream(config) << "devices: {emulated: 4}\nsnapshot_every: 10\n";
  ServerProcess server(data, {"--config", config.string()});
  Load load(seed, 3, runs_file);
  Killer killer(seed, server, load);
  for (std::uint64_t i = 0; i < kills; ++i) {
    const std::string problem = killer.kill_one();
    ASSERT_EQ(problem, "") << "after kill " << i;
  }
  const Promises promises = load.finish();
  ASSERT_EQ(server.start(), "");
  ASSERT_TRUE(wait_until_idle(server, in_seconds(60 + static_cast<int>(kills))));
  const double used = used_gpu_seconds(server);
  EXPECT_EQ(server.stop(), 0);
  ASSERT_EQ(server.start(), "");
  EXPECT_NEAR(used_gpu_seconds(server), used, 1e-6) << "a replay counts otherwise";
  EXPECT_EQ(server.stop(), 0);

  Findings findings;
  const auto ended = ended_jobs(data);
  const auto runs = read_runs(runs_file);
  check_promised(promises, ended, findings);
  check_whole(promises, ended);
  check_runs(ended, runs, findings);
  constexpr double gpus = 0.25;  // of each job
  EXPECT_NEAR(used, findings.lifetimes * gpus, 1.0 * gpus * static_cast<double>(runs.size()));

  const auto verified = journal::verify(data);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_GT(verified->snapshots, 0u);
  EXPECT_EQ(digest_of_replay(data), digest_of_replay(data));
  fmt::print(
      "{} kills, seed {}: {} jobs acknowledged, {} lost; {} runs, {} twice; {} cancelled; {} facts, {} digests, {} "
      "snapshots\n"
      "starts and ends at most {:.3f} s off; used {:.3f} GPU seconds, lived {:.3f}\n",
      kills, seed, promises.jobs.size(), findings.lost, runs.size(), findings.twice, findings.cancelled,
      verified->facts, verified->digests, verified->snapshots, findings.off_most, used, findings.lifetimes * gpus);
}

}  // namespace
}  // namespace dure::e2e

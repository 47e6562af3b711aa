// From the start of a process to its first decision, durable, on the journal that another has left: a nation's fleet
// with jobs that run and jobs that wait. As `dure serve` starts, but for the machine and the network: the newest
// snapshot, the facts after it, the policy's indices, what readers see, then a turn in which a job has ended and the
// next starts. With `snapshot:0` every fact is replayed.
#include <benchmark/benchmark.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "child.h"
#include "crowd.h"
#include "dure/journal/snapshot.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/server/named_jobs.h"
#include "dure/server/publisher.h"
#include "folder.h"

namespace {

using namespace dure;
using namespace dure::bench;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t snapshot_every = 1'000'000;  // facts: what a server does that is told nothing else

// Keeps the facts, and a snapshot when there are as many as a server would have waited for.
class SnapshotJournal final : public Journal {
 public:
  explicit SnapshotJournal(const std::filesystem::path& folder)
      : folder_(folder), journal_(SqliteJournal::open(folder).value()) {}

  void append(const Fact& fact) override {
    journal_->append(fact);
    state_.apply(fact);
    publisher_.replay(state_, fact);
    ++facts_;
  }
  void commit() override {
    journal_->commit();
    if (facts_ < snapshot_every) return;
    facts_ = 0;
    DURE_ASSERT(save_snapshot(folder_, state_, publisher_.aside()));
  }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<SqliteJournal> journal_;
  State state_;  // of its own: the loop's applies a fact after it was appended
  server::Publisher publisher_;
  std::uint64_t facts_ = 0;
};

// What a server sets up before its loop turns, in that order.
class Restarted {
 public:
  Restarted(const std::filesystem::path& folder, bool reads_snapshot)
      : journal_(SqliteJournal::open(folder).value()), policy_({.reservations = 4, .reclaims = true}) {
    replay(folder, reads_snapshot);
    policy_.rebuild(state_);
    loop_.emplace(state_, policy_, changes_, *journal_, orders_);
    loop_->add_observer(publisher_);
    loop_->add_observer(names_);
    names_.rebuild(state_);
    publisher_.rebuild(state_);
    publisher_.publish(state_);
  }

  // One job ends where any runs, or one comes. Returns how many started.
  std::size_t decide(JobId job) {
    if (state_.jobs().find(job) != nullptr) {
      changes_.next = {Ended{job}};
    } else {
      changes_.next = {JobSubmitted{job,
                                    {.tenant = TenantId{1},
                                     .user = UserId{0},
                                     .shape = {.per_task = {.gpu_milli = whole}},
                                     .time_limit = hours(1)}}};
    }
    loop_->turn(state_.now());
    return orders_.starts.size();
  }

 private:
  void replay(const std::filesystem::path& folder, bool reads_snapshot) {
    if (reads_snapshot) {
      auto snapshot = newest_snapshot(folder, [this](Link link) { return journal_->has(link); });
      DURE_ASSERT(snapshot && publisher_.restore(snapshot->state, snapshot->aside));
      state_ = std::move(snapshot->state);
    }
    DURE_ASSERT(journal_->replay(state_, [this](const Fact& fact) { publisher_.replay(state_, fact); }));
    journal_->follow(state_);
  }

  std::unique_ptr<SqliteJournal> journal_;
  State state_;
  DurePolicy policy_;
  server::Publisher publisher_;
  server::NamedJobs names_;
  Changes changes_;
  Orders orders_;
  std::optional<Loop> loop_;
};

// Made once for each crowd, by a child: this process stays as small as a new one.
const std::filesystem::path& journal_of(const Crowd& crowd) {
  static std::map<std::pair<std::uint32_t, std::uint32_t>, Folder> made;
  const auto [at, is_new] = made.try_emplace({crowd.running, crowd.pending});
  const std::filesystem::path& folder = at->second.path();
  if (is_new) {
    in_child([&] {
      SnapshotJournal journal(folder);
      CrowdedEstate estate(crowd, &journal);
      return 0.0;
    });
  }
  return folder;
}

void restart(benchmark::State& bench) {
  const Crowd crowd{static_cast<std::uint32_t>(bench.range(0)), static_cast<std::uint32_t>(bench.range(1))};
  const std::filesystem::path& folder = journal_of(crowd);
  static std::uint32_t next_job = 1;  // each repetition goes on with the journal of the one before
  for (auto _ : bench) {
    const JobId job{next_job++};
    const auto began = Clock::now();
    bench.SetIterationTime(in_child([&] {
      Restarted restarted(folder, bench.range(2) == 1);
      DURE_ASSERT(restarted.decide(job) > 0);
      return std::chrono::duration<double>(Clock::now() - began).count();
    }));
  }
  bench.SetLabel("s");
}
BENCHMARK(restart)
    ->ArgNames({"running", "pending", "snapshot"})
    ->Args({0, 0, 0})
    ->Args({140'000, 1'000'000, 0})
    ->Args({140'000, 1'000'000, 1})
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(3);

}  // namespace

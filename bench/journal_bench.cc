// What it costs to make facts durable and to read them back.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "dure/base/assert.h"
#include "dure/core/state.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "estate.h"
#include "folder.h"

namespace {

using namespace dure;
using namespace dure::bench;

// Submissions, and jobs that start, run and end behind them: `alive` jobs at a time.
class Life {
 public:
  explicit Life(std::uint32_t alive) : alive_(alive) {
    facts_ = {FleetDeclared{fleet_of(650, 1)}, TenantsDeclared{tenants_of(fleet_of(650, 1), 1, 10, 1)},
              UserDeclared{UserId{0}, "bench"}};
  }
  Fact next() {
    if (at_ == facts_.size()) refill();
    now_ = now_ + Duration{1'000'000};
    return {now_, facts_[at_++]};
  }

 private:
  void refill() {
    facts_.clear();
    at_ = 0;
    const JobId job{next_job_++};
    facts_.push_back(JobSubmitted{job,
                                  {.name = "train-" + std::to_string(job.value),
                                   .tenant = TenantId{1},
                                   .shape = {.per_task = {.gpu_milli = whole, .cpu_milli = 8 * whole}},
                                   .time_limit = hours(4)}});
    if (job.value <= alive_) return;
    const JobId oldest{job.value - alive_};
    const Placement place{.node = NodeId{oldest.value % 650}, .tasks = 1, .gpus = 1, .gpu_milli = whole};
    facts_.push_back(StartOrdered{oldest, PoolId{0}, {place}});
    facts_.push_back(Started{oldest});
    facts_.push_back(Ended{oldest, Outcome::completed});
  }

  std::uint32_t alive_;
  std::vector<Change> facts_;
  std::size_t at_ = 0;
  std::uint32_t next_job_ = 1;
  Time now_;
};

// Turns of `facts` facts each. Counted are facts.
void commit(benchmark::State& bench) {
  Folder folder;
  auto journal = SqliteJournal::open(folder.path() / "j").value();
  Life life(1000);
  double worst_s = 0;
  for (auto _ : bench) {
    for (std::int64_t i = 0; i < bench.range(0); ++i) journal->append(life.next());
    const auto begin = std::chrono::steady_clock::now();
    journal->commit();
    worst_s = std::max(worst_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0));
  bench.SetLabel("facts/s");
  bench.counters["worst_ms"] = worst_s * 1e3;
}
BENCHMARK(commit)->ArgName("facts")->Arg(1)->Arg(100)->Arg(4000)->UseRealTime()->MinTime(2)->Repetitions(3);

// A submission with a text of its own, of 2 KiB, in turns of `jobs`.
void submit(benchmark::State& bench) {
  Folder folder;
  auto journal = SqliteJournal::open(folder.path() / "j").value();
  Life life(~0U);
  std::string text(2048, 'x');
  std::uint64_t next = 0;
  for (auto _ : bench) {
    for (std::int64_t i = 0; i < bench.range(0); ++i) {
      journal->append(life.next());
      text.replace(0, 20, std::to_string(10'000'000'000'000'000'000U + next++));
      const auto bytes = std::as_bytes(std::span(text));
      journal->put_blob(blob_id(bytes), bytes);
    }
    journal->commit();
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0));
  bench.SetLabel("jobs/s");
}
BENCHMARK(submit)->ArgName("jobs")->Arg(1)->Arg(100)->Arg(1000)->UseRealTime()->MinTime(2)->Repetitions(3);

// A million facts, written in turns of `facts`, read back and applied. In memory: it is read from there anyway, and a
// hundred thousand turns take long to write.
void replay(benchmark::State& bench) {
  constexpr std::int64_t count = 1'000'000;
  Folder folder("/dev/shm");
  {
    auto journal = SqliteJournal::open(folder.path() / "j").value();
    Life life(1000);
    State state;
    journal->follow(state);
    for (std::int64_t done = 0; done < count; done += bench.range(0)) {
      for (std::int64_t i = 0; i < bench.range(0); ++i) {
        const Fact fact = life.next();
        journal->append(fact);
        state.apply(fact);
      }
      journal->commit();
    }
  }
  for (auto _ : bench) {
    auto journal = SqliteJournal::open(folder.path() / "j").value();
    State state;
    DURE_ASSERT(journal->replay(state));
    DURE_ASSERT(state.fact_count() == static_cast<std::uint64_t>(count));
  }
  bench.SetItemsProcessed(bench.iterations() * count);
  bench.SetLabel("facts/s");
}
BENCHMARK(replay)->ArgName("facts")->Arg(10)->Arg(1000)->UseRealTime()->Iterations(1)->Repetitions(5);

}  // namespace

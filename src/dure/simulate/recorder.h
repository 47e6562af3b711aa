// Measures a run while it happens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dure/base/slab.h"
#include "dure/runtime/ports.h"
#include "dure/simulate/report.h"
#include "dure/simulate/summary.h"
#include "dure/simulate/use_by_tenant.h"
#include "dure/world/world.h"

namespace dure::simulate {

// A job that has come to its end.
struct FinishedJob {
  const Job& job;  // as it was just before its end
  std::string_view source_id;
  Time start;  // its first
  Time end;
  Outcome outcome = Outcome::completed;
  std::int64_t size_milli = 0;  // GPUs, or CPUs where the pool has none
};

// The fleet's state over time in a few hundred intervals, however long the run: when they are used up, neighbours are
// joined. O(1) per change.
class FleetHistory {
 public:
  void begin(Time start);
  // The amounts that held since the last call, up to `now`.
  void advance(Time now, std::int64_t busy_milli, std::uint64_t pending, std::uint64_t running);
  std::vector<Sample> samples(Time end, std::int64_t capacity_milli) const;

 private:
  struct Cell {
    double busy_ns = 0;  // thousandths x nanoseconds
    std::uint64_t pending = 0;
    std::uint64_t running = 0;
  };
  void join_neighbours();

  Time start_;
  Time now_;
  Duration width_ = minutes(1);
  std::vector<Cell> cells_;
};

class Recorder final : public Observer {
 public:
  // `world` must outlive this object. `on_finished` may be empty. `programmes`: tenants whose use is counted too.
  Recorder(const State& state, const World& world, std::function<void(const FinishedJob&)> on_finished,
           std::vector<std::string> programmes = {});

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State& state, bool is_settled) override;

  // The figures that it measured; the rest of the summary is the caller's.
  void fill(Summary& summary) const;
  void fill(const State& state, ReportInput& input) const;
  std::uint64_t finished() const { return finished_; }

 private:
  struct LeafUse {
    std::string path;
    double busy_ns = 0;
    double wait_s = 0;
    std::uint64_t jobs = 0;
  };
  struct SizedWait {
    std::int64_t size_milli = 0;
    double wait_s = 0;
  };

  void advance(Time now);
  void declare(const Tenants& tenants);
  LeafUse& use_of(TenantId tenant) { return leaves_[leaf_of_[tenant.index()]]; }
  void on_submitted(const State& state, const Job& job);
  void on_ended(const State& state, const Ended& change);
  double lost_ns(const State& state) const;
  void finish(const State& state, Outcome outcome);
  std::int64_t size_of(const State& state, const Job& job) const;

  const World& world_;
  std::function<void(const FinishedJob&)> on_finished_;
  bool counts_gpus_ = false;
  std::int64_t capacity_milli_ = 0;

  FleetHistory history_;
  Time first_submit_ = Time::never();
  Time last_submit_;
  Time last_end_;
  Time now_;
  std::int64_t busy_milli_ = 0;
  std::uint64_t pending_ = 0;
  std::uint64_t running_ = 0;
  std::uint64_t peak_pending_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t timed_out_ = 0;
  std::uint64_t evictions_ = 0;
  std::uint64_t swaps_ = 0;
  double busy_ns_ = 0;
  struct Lost {
    std::uint64_t times = 0;
    double milli_ns = 0;  // work: thousandths x nanoseconds
  };
  std::array<Lost, static_cast<std::size_t>(last_of(StopCause{})) + 1> evicted_;  // by StopCause
  double node_lost_ns_ = 0;
  double offered_ns_ = 0;
  double slowdowns_ = 0;
  double completion_s_ = 0;
  std::vector<SizedWait> waits_;
  std::vector<LeafUse> leaves_;
  std::vector<std::size_t> leaf_of_;  // by TenantId
  UseByTenant use_;
  Slab<JobId, Time> first_starts_;  // of jobs that were evicted
};

}  // namespace dure::simulate

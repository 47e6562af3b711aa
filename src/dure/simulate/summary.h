// The figures of one run: what summary.json holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dure/simulate/forecast_summary.h"
#include "dure/simulate/ledger_summary.h"

namespace dure::simulate {

struct InvariantCount {
  std::uint64_t checked = 0;
  std::uint64_t violated = 0;
};

// How often jobs were evicted for one cause, and what was lost.
struct EvictionCount {
  std::string cause;
  std::uint64_t times = 0;
  double lost_gpu_hours = 0;
};

// Idle GPU thousandths by what keeps pods from them (stranded.h).
struct Stranded {
  std::int64_t wrong_model = 0;
  std::int64_t no_memory = 0;
  std::int64_t no_cpu = 0;
  std::int64_t fragment = 0;
  std::int64_t usable = 0;
};

// What came of packing.
struct PackSummary {
  std::uint64_t dropped = 0;              // pods that did not fit when they came
  std::vector<double> allocated_percent;  // of all GPUs, when x % had arrived; not a number where there was no such x
  Stranded stranded;
};

// What a tenant used.
struct TenantUse {
  std::string path;
  std::uint64_t jobs = 0;           // that ended
  double gpu_hours = 0;             // used; as in the summary
  double guaranteed_gpu_hours = 0;  // what it was guaranteed, over the makespan
  double beyond_gpu_hours = 0;      // of gpu_hours: beyond what it is guaranteed in the pool
  double p50_wait_s = 0, p95_wait_s = 0;
};

// All waits and times in seconds.
struct Summary {
  std::string scenario;
  std::string policy;
  std::uint64_t seed = 0;
  std::uint64_t jobs_total = 0;
  std::uint64_t jobs_completed = 0;   // ended by themselves
  std::uint64_t jobs_timed_out = 0;   // ended at their time limit
  std::uint64_t jobs_unfinished = 0;  // could never start, and nothing more can happen; 0 as a rule
  std::uint64_t jobs_rejected = 0;
  std::vector<std::pair<std::string, std::uint64_t>> rejected_by_reason;
  std::uint64_t rows_skipped = 0;  // malformed rows passed over (trace.on_error: skip)
  double mean_wait_s = 0;
  double p50_wait_s = 0, p95_wait_s = 0, p99_wait_s = 0;
  double avg_bounded_slowdown = 0;  // mean of max((wait + run) / max(run, 10 s), 1); Feitelson and Rudolph, 1998
  double mean_completion_s = 0;     // from submission to end
  double makespan_s = 0;            // from the first submission to the last end
  double gpu_hours = 0;             // used; CPU hours where there are no GPUs
  double utilisation = 0;           // used / capacity over the makespan, 0..1
  double offered_load = 0;          // work submitted / capacity over the time in which jobs arrived
  std::uint64_t peak_pending = 0;
  std::uint64_t evictions = 0;                    // includes jobs that lost a node
  std::uint64_t swaps = 0;                        // gangs that went on with other nodes in place of failed ones
  double lost_gpu_hours_evicted = 0;              // of gpu_hours: work at stake (work/job.h) when jobs were evicted
  double lost_gpu_hours_faults = 0;               // and when they lost a node, also where that was swapped
  std::vector<EvictionCount> evictions_by_cause;  // in the order of causes, those that there were
  std::vector<TenantUse> owners;                  // root tenants
  std::vector<TenantUse> programmes;              // those right below them, and whom the ledger's programmes are of
  std::optional<PackSummary> pack;
  std::optional<ForecastSummary> forecasts;
  std::optional<LedgerSummary> ledger;
  std::uint64_t decisions = 0;
  InvariantCount invariants;
  std::string digest;  // 16 hex digits
  double wall_s = 0;
  double jobs_per_wall_s = 0;
};

// The JSON text, keys in the order above.
std::string to_json(const Summary& summary);

}  // namespace dure::simulate

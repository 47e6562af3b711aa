// Jobs made up by a demand model: what a scenario's `demand:` says, drawn from a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dure/base/random.h"
#include "dure/fleet/fleet.h"
#include "dure/simulate/arrivals.h"
#include "dure/simulate/scenario.h"
#include "dure/tenancy/tenants.h"
#include "dure/world/distribution.h"
#include "dure/world/job_source.h"

namespace dure::simulate {

// Makes the jobs of one class. All names are resolved once, here.
class JobMix {
 public:
  // Requires that the class's tenants and pools exist.
  JobMix(const DemandClass& spec, const Fleet& fleet, const Tenants& tenants);

  JobSpec draw_job(Random& random, Duration run_time) const;

 private:
  std::vector<TenantId> tenants_;
  WeightedChoice tenant_;
  std::vector<std::uint32_t> task_counts_;
  WeightedChoice task_count_;
  JobSpec job_;  // what all have in common
  double overestimate_;
};

// Log-normal between two bounds, in whole seconds and at least one.
class RunTimes {
 public:
  explicit RunTimes(const DemandClass& spec);

  Duration draw(Random& random) const;

 private:
  double log_median_;  // of seconds
  double sigma_;
  double min_s_, max_s_;
};

// Equal spec, fleet, tenants and seed give equal jobs with every compiler, on every machine. The arrivals
// depend on the seed, the rates and the number of jobs alone, so that a change of the classes leaves them
// where they were. There is one user for each tenant, with the same number.
class DemandSource : public JobSource {
 public:
  // Requires a spec that the scenario reader has checked: at least one class, rates above 0 somewhere in its
  // duration, known tenants and pools. Nothing is kept by reference.
  DemandSource(const DemandSpec& spec, const Fleet& fleet, const Tenants& tenants, std::uint64_t seed);

  std::optional<SourcedJob> next() override;
  std::uint64_t total() const override { return total_; }

 private:
  std::uint64_t total_;
  Arrivals arrivals_;
  Random random_;
  WeightedChoice class_;
  std::vector<JobMix> mixes_;        // by class
  std::vector<RunTimes> run_times_;  // by class
};

// The time limit that a user states who wants at least `wanted`: the next of 15m, 30m, 1h, 2h, 4h, 8h, 12h,
// 24h, 48h, 72h, 7d, 14d, 30d, or else whole days.
Duration round_time_limit(Duration wanted);

// The work that the classes bring in, as a part of what the fleet can do in that time: GPU time over GPU
// capacity, or CPU time where the fleet has no GPUs. For tuning a scenario; exact but for the mean run time
// of each class, which is taken from a sample of 100,000.
double expected_load(const DemandSpec& spec, const Fleet& fleet);

}  // namespace dure::simulate

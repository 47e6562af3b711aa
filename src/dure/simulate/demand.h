// Jobs made up by a demand model: what a scenario's `demand:` says, drawn from a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dure/base/random.h"
#include "dure/fleet/fleet.h"
#include "dure/simulate/arrivals.h"
#include "dure/simulate/scenario.h"
#include "dure/tenancy/tenants.h"
#include "dure/world/distribution.h"
#include "dure/world/job_source.h"

namespace dure::simulate {

// The tenants of a simulation from some time after its start on.
struct TenantsFrom {
  Duration at;
  Tenants tenants;
};

// All paths of all trees: those of the first in its order, then those that are new in each later one.
std::vector<std::string> paths_of(std::span<const TenantsFrom> trees);

// Whose the jobs of one class are. The leaves below an inner tenant share its weight by what they are guaranteed in the
// pools of the class, or alike if that is nothing.
class TenantMix {
 public:
  TenantMix(const DemandClass& spec, std::span<const PoolId> pools, const Fleet& fleet, const Tenants& tenants);

  TenantId draw(Random& random) const;

 private:
  struct Group {
    std::vector<TenantId> leaves;
    std::optional<WeightedChoice> leaf;  // where there are several
  };
  Group group_of(TenantId tenant, std::span<const PoolId> pools, const Fleet& fleet, const Tenants& tenants) const;

  std::vector<Group> groups_;
  WeightedChoice group_;
};

// Makes the jobs of one class. All names are resolved once, here.
class JobMix {
 public:
  // Requires that the class's tenants and pools exist. `users`: by TenantId.
  JobMix(const DemandClass& spec, const Fleet& fleet, const Tenants& tenants, std::vector<UserId> users);

  JobSpec draw_job(Random& random, Duration run_time) const;

 private:
  std::vector<UserId> users_;
  std::vector<std::uint32_t> task_counts_;
  WeightedChoice task_count_;
  JobSpec job_;  // what all have in common
  TenantMix tenant_;
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
// where they were. There is one user for each path of a tenant, numbered as in `paths_of`.
class DemandSource : public JobSource {
 public:
  // Requires a spec that the scenario reader has checked: at least one class at each time, rates above 0 somewhere in
  // its duration, known tenants and pools. The first of the trees is there from the start. Nothing is kept by
  // reference.
  DemandSource(const DemandSpec& spec, const Fleet& fleet, std::span<const TenantsFrom> trees, std::uint64_t seed);

  std::optional<SourcedJob> next() override;
  std::uint64_t total() const override { return total_; }

 private:
  // A time in which the tenants and the classes that bring jobs stay the same.
  struct Phase {
    Time until;
    WeightedChoice which;       // an index of the vectors
    std::vector<JobMix> mixes;  // by class that brings jobs
    std::vector<RunTimes> run_times;
  };
  static Phase phase(const DemandSpec& spec, const Fleet& fleet, const TenantsFrom& tree,
                     std::span<const std::string> paths, Duration from, Duration until);

  std::uint64_t total_;
  Arrivals arrivals_;
  Random random_;
  std::vector<Phase> phases_;
  std::size_t phase_ = 0;
};

// The time limit that a user states who wants at least `wanted`: the next of 15m, 30m, 1h, 2h, 4h, 8h, 12h,
// 24h, 48h, 72h, 7d, 14d, 30d, or else whole days.
Duration round_time_limit(Duration wanted);

// The work that the classes bring in, as a part of what the fleet can do in that time: GPU time over GPU
// capacity, or CPU time where the fleet has no GPUs. For tuning a scenario; exact but for the mean run time
// of each class, which is taken from a sample of 100,000, and for classes that come and go, as if arrivals were even.
double expected_load(const DemandSpec& spec, const Fleet& fleet);

}  // namespace dure::simulate

// What the journal says, in the ids of a fleet, of tenants and of jobs that are not the journal's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dure/base/random.h"
#include "dure/core/state.h"

namespace dure::what_if {

// How much of what a tenant and those below it submit there is to be: 2.5 is two of each job, and a third of every
// other one.
struct DemandFactor {
  std::string tenant;  // its path
  double factor = 1;   // >= 0
};

// Pools and tenants are known by their paths, nodes by their place in the pool. Not copyable state of one replay.
class Translation {
 public:
  // `journal` is the state from which the replay goes on, before any change. `declares_fleet`, `declares_tenants`:
  // the changes do, and what the journal declares of these later is left out.
  Translation(const State& journal, bool declares_fleet, bool declares_tenants, std::vector<DemandFactor> demand);

  // Appends what becomes of an outside fact in `ours`; nothing where its tenant, pools or nodes are not there, which is
  // counted. O(size of the fact).
  void translate(const Change& change, const State& ours, std::vector<Change>& out);

  // What a job of the journal is called, if it was not left out; its copies come after it.
  const std::vector<JobId>* jobs_of(JobId journal) const;
  std::optional<JobId> first_of(JobId journal) const;
  // How much was left out as what it is about is not there.
  std::uint64_t left_out() const { return left_out_; }
  // The job of the journal that ours was, and whether it is a copy beside that.
  std::pair<JobId, bool> original_of(JobId ours) const;

 private:
  double factor_of(TenantId tenant) const;
  std::uint32_t copies_of(const JobSubmitted& change);
  void submit(const JobSubmitted& change, const State& ours, std::vector<Change>& out);
  std::optional<JobSpec> spec_of(const JobSpec& spec, const State& ours) const;
  std::optional<PoolId> pool_of(PoolId journal, const State& ours) const;
  std::optional<NodeId> node_of(NodeId journal, const State& ours) const;
  std::optional<TenantId> tenant_of(TenantId journal, const State& ours) const;
  std::optional<Window> window_of(Window window, const State& ours) const;
  JobId copy_of(JobId journal, std::size_t copy) const;

  Fleet fleet_;      // the journal's
  Tenants tenants_;  // likewise
  bool declares_fleet_;
  bool declares_tenants_;
  std::vector<DemandFactor> demand_;
  Random random_{1};
  JobId next_job_;
  std::uint64_t left_out_ = 0;
  std::unordered_map<JobId, std::vector<JobId>> jobs_;           // of those submitted since, by the journal's id
  std::unordered_map<JobId, std::pair<JobId, bool>> originals_;  // by ours
};

}  // namespace dure::what_if

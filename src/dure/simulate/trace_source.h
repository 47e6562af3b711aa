// The jobs of a trace, fitted to a fleet.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dure/fleet/fleet.h"
#include "dure/simulate/trace/trace.h"
#include "dure/tenancy/tenants.h"
#include "dure/world/job_source.h"

namespace dure::simulate {

// One leaf tenant for each name that the rows carry, by name; slashes in a name become dashes.
TenantsSpec tenants_of(const Trace& trace);

// A row of n GPUs is one task if a node has that many, else whole-node tasks if n divides into them, else n tasks of
// one GPU each. Rows without GPUs are treated so by their CPUs. CPUs and memory are shared out evenly over the tasks.
class TraceSource final : public JobSource {
 public:
  // Takes the rows over. A row belongs to the leaf tenant whose path or last name it carries, or to the only one there
  // is; other rows are rejected. `time_limit` is for rows without one.
  TraceSource(Trace trace, const Fleet& fleet, const Tenants& tenants, Duration time_limit);

  std::optional<SourcedJob> next() override;
  std::uint64_t total() const override { return rows_.size(); }

  const std::vector<std::string>& users() const { return users_; }  // by UserId
  // Rows that cannot run, by reason: the trace's own and those without a tenant.
  const std::map<std::string, std::uint64_t>& rejected() const { return rejected_; }

 private:
  void keep_rows_with_a_tenant(const Tenants& tenants);
  void number_users();
  Shape shape_of(const TraceRow& row) const;

  std::vector<TraceRow> rows_;
  std::vector<TenantId> tenants_;  // by row
  std::vector<UserId> users_of_;   // by row
  std::vector<std::string> users_;
  std::map<std::string, std::uint64_t> rejected_;
  std::int64_t gpus_per_node_ = 0;
  std::int64_t cpus_per_node_ = 0;
  Duration time_limit_;
  std::size_t next_ = 0;
};

}  // namespace dure::simulate

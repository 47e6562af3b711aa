// The jobs of a trace, fitted to a fleet.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dure/fleet/fleet.h"
#include "dure/simulate/trace/trace.h"
#include "dure/tenancy/tenants.h"
#include "dure/world/job_source.h"

namespace dure::simulate {

// One leaf tenant for each name that the rows carry, by name; slashes in a name become dashes.
TenantsSpec tenants_of(const Trace& trace);

// A row of n GPUs is one task if a node has that many, else whole-node tasks if n divides into them, else n tasks of
// one GPU each. Rows without GPUs are treated so by their CPUs. CPUs and memory are shared out evenly over the tasks;
// where a node has too little of these, there are more tasks, the fewest that fit.
class TraceSource final : public JobSource {
 public:
  using Partitions = std::map<std::string, std::vector<PoolId>>;

  // Takes the rows over. A row belongs to the leaf tenant whose path or last name it carries, or to the only one there
  // is; other rows are rejected, and those that are larger than each pool that they may go to. `time_limit` is for rows
  // without one. Rows of a partition that is not named may go to any pool, those of a GPU model only to pools of it
  // where there are some.
  TraceSource(Trace trace, const Fleet& fleet, const Tenants& tenants, Duration time_limit,
              const Partitions& partitions = {});

  std::optional<SourcedJob> next() override;
  std::uint64_t total() const override { return rows_.size(); }

  const std::vector<std::string>& users() const { return users_; }  // by UserId
  // Rows that cannot run, by reason: the trace's own, those without a tenant and those that fit nowhere.
  const std::map<std::string, std::uint64_t>& rejected() const { return rejected_; }

 private:
  // Where rows may go, and the most that a node there has.
  struct Ground {
    std::vector<PoolId> ids;  // empty: any
    std::vector<Pool> pools;
    std::int64_t gpus_per_node = 0;
    std::int64_t cpus_per_node = 0;
  };
  // Equal tasks.
  struct Division {
    std::uint32_t tasks = 1;
    Demand per_task;
  };

  static Ground make_ground(const Fleet& fleet, std::vector<PoolId> ids, const std::string& gpu_model);
  // Requires a row that add_ground() was called for.
  const Ground& ground_of(const TraceRow& row) const;
  void add_ground(const TraceRow& row, const Fleet& fleet, const Partitions& partitions);
  static Division divided(const TraceRow& row, std::int64_t tasks);
  static bool fits(const Division& division, const Ground& ground);
  static std::optional<Division> division_of(const TraceRow& row, const Ground& ground);

  void keep_rows_that_can_run(const Fleet& fleet, const Tenants& tenants, const Partitions& partitions);
  void number_users();

  std::vector<TraceRow> rows_;
  std::vector<TenantId> tenants_;  // by row
  std::vector<UserId> users_of_;   // by row
  std::vector<std::string> users_;
  std::map<std::string, std::uint64_t> rejected_;
  std::map<std::pair<std::string, std::string>, Ground> grounds_;  // by partition and GPU model
  Duration time_limit_;
  std::size_t next_ = 0;
};

}  // namespace dure::simulate

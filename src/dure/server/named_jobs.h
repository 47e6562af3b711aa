// Which jobs of one name have not ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dure/core/state.h"
#include "dure/runtime/ports.h"

namespace dure::server {

// Kept up fact by fact, by the loop's thread. Some 120 bytes for each job or array.
class NamedJobs final : public Observer {
 public:
  // Forgets all, and takes what the state has. O(jobs log jobs).
  void rebuild(const State& state);
  void clear() { units_.clear(); }

  // A job that is not in it. O(log jobs), as is what a fact costs, but for new tenants: these take a rebuild.
  void add(JobId job, const JobSpec& spec) { ++units_[unit_of(job, spec, spec.tenant, spec.user)]; }

  // The first `most` jobs of that name, tenant and user, ascending, as what has to end, however: an array is one.
  // O(log jobs + most).
  std::vector<Dependency> find(UserId user, TenantId tenant, std::string_view name, std::size_t most) const;

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}

 private:
  struct Unit {
    UserId user;
    TenantId tenant;
    std::string name;
    JobId first;  // of an array; else the job
    bool is_array = false;
    auto operator<=>(const Unit&) const = default;
  };
  template <class Described>
  static Unit unit_of(JobId id, const Described& job, TenantId tenant, UserId user) {
    return {.user = user,
            .tenant = tenant,
            .name = job.name,
            .first = job.array ? job.array->array : id,
            .is_array = job.array.has_value()};
  }
  static Unit unit_of(const Job& job) { return unit_of(job.id, job, job.tenant, job.user); }
  void remove(const Job& job);

  std::map<Unit, std::uint32_t> units_;  // how many of its jobs are left, > 0
};

}  // namespace dure::server

// By when jobs that wait in one pool are owed a promise, where others may go before them because they are short.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/work/job.h"

namespace dure {

// Sixteen hours and four times its time limit, two days at most. Found by trying five logs of parallel machines
// (docs/design/0013): what matters is that it is long, and that long jobs are not due at once.
inline Time due_time(const Job& job) {
  return job.submitted + std::min(hours(16) + std::min(job.time_limit, hours(12)) * 4, hours(48));
}

// Invariant: `heads_` holds the first of each tenant that has any.
class DueJobs {
 public:
  // O(log jobs). The same job each time that it is told of.
  void insert(const Job& job) {
    change(job.tenant, [&](std::set<Entry>& jobs) { jobs.emplace(due_time(job), job.id); });
  }
  void erase(const Job& job) {
    change(job.tenant, [&](std::set<Entry>& jobs) { jobs.erase({due_time(job), job.id}); });
  }

  // Returns the first job that is due by `now` and pleases, of those that no other of its tenant is due before, but for
  // jobs to be skipped. Nullopt if there is none. O(tenants with jobs that are due + those
  // that are skipped).
  template <class Skips, class Pleases>
  std::optional<JobId> first(Time now, Skips&& skips, Pleases&& pleases) const {
    for (const auto& [due, head, tenant] : heads_) {
      if (due > now) return std::nullopt;
      const std::set<Entry>& jobs = by_tenant_.at(tenant);
      const auto is_settled = [&](const Entry& entry) { return entry.first > now || !skips(entry.second); };
      const auto job = std::find_if(jobs.begin(), jobs.end(), is_settled);
      if (job != jobs.end() && job->first <= now && pleases(job->second)) return job->second;
    }
    return std::nullopt;
  }
  bool has_any(Time now) const { return !heads_.empty() && std::get<Time>(*heads_.begin()) <= now; }
  // When the next job is due; never if there is none. O(tenants with jobs that are due).
  Time next_after(Time now) const {
    Time next = Time::never();
    for (const auto& [due, head, tenant] : heads_) {
      if (due > now) return std::min(next, due);
      const std::set<Entry>& jobs = by_tenant_.at(tenant);
      const auto later = jobs.lower_bound({now + Duration{1}, JobId{}});
      if (later != jobs.end()) next = std::min(next, later->first);
    }
    return next;
  }

 private:
  using Entry = std::pair<Time, JobId>;

  template <class Change>
  void change(TenantId tenant, Change&& change) {
    std::set<Entry>& jobs = by_tenant_[tenant];
    if (!jobs.empty()) heads_.erase({jobs.begin()->first, jobs.begin()->second, tenant});
    change(jobs);
    if (!jobs.empty()) heads_.insert({jobs.begin()->first, jobs.begin()->second, tenant});
  }

  std::map<TenantId, std::set<Entry>> by_tenant_;
  std::set<std::tuple<Time, JobId, TenantId>> heads_;
};

}  // namespace dure

// Who was owed room by a guarantee for longer than the pool promises, and did not start.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>

#include "dure/core/state.h"

namespace dure::what_if {

// Jobs that name a window, or keep failing, are owed nothing.
class MissedGuarantees {
 public:
  // From `state` on.
  explicit MissedGuarantees(const State& state) { rebuild(state); }

  // After each fact was applied. O(log jobs).
  void note(const State& state, const Fact& fact);
  // At the end of each turn. O(kinds of waiting jobs of the tenants of which something began, ended or came).
  void settle(const State& state);
  // By path of the tenant, until `end`. O(waiting jobs).
  std::map<std::string, std::uint64_t> count(const State& state, Time end);

 private:
  // Of one tenant, one shape, and one of the pools where that may run.
  struct Kind {
    Time owed_since = Time::never();  // all the time since; never: is not
    std::map<JobId, Time> waiting;    // since when
  };
  using Key = std::tuple<PoolId, TenantId, TenantId, ShapeId>;  // pool, root, tenant

  void rebuild(const State& state);
  void refresh(const State& state, JobId job);
  void leave(const State& state, JobId job);
  void look(const State& state, const Key& key, Kind& kind);
  void judge(const State& state, const Key& key, const Kind& kind, JobId job, Time since, Time until);

  std::map<Key, Kind> kinds_;
  std::unordered_map<JobId, std::pair<TenantId, ShapeId>> waiting_;
  std::set<std::pair<PoolId, TenantId>> touched_;  // since the last turn, by root
  std::map<std::string, std::uint64_t> missed_;    // by path
  std::set<JobId> counted_;
};

}  // namespace dure::what_if

// The rules of Dure's policy once more, as simply as they can be said: plain maps, loops over all nodes and all jobs,
// nothing remembered from one decision to the next. It hears of every fact just before it is applied.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "dure/core/fact.h"
#include "dure/core/state.h"

namespace dure {

class Model {
 public:
  // `state` is the one the facts go to; its fleet, tenants and usage accounts are taken from it, nothing else.
  // Both must outlive this object.
  Model(const State& state, std::uint32_t reservations) : state_(state), reservations_(reservations) {}

  // To be told of every fact before State::apply. Checks decisions against the rules, then keeps its own books.
  void hear(const Fact& fact);
  // To be called when the policy has nothing more to say: nothing that should have been decided is left.
  void check_rest(Time now);
  // Usage as an integral in long double, against the accounts of the state.
  void check_usage();

  const std::vector<std::string>& complaints() const { return complaints_; }
  std::uint64_t checks() const { return checks_; }

 private:
  struct Work {
    JobId id;
    JobSpec spec;
    Time submitted;
    bool is_held = false;
    PoolId pool;
    Allocation allocation;  // empty: waits
    Time latest_end;
    Time gone_by;                 // likewise, and after its grace if it is being stopped
    std::optional<Time> started;  // of the present start
    int failures = 0;             // in a row
    Time not_before;
    std::uint32_t tasks() const;
  };
  struct Promised {
    PoolId pool;
    Time from;
    Allocation allocation;
  };
  struct Free {
    std::int64_t cpu_milli = 0;
    std::int64_t memory_mib = 0;
    std::vector<std::int64_t> gpus;
  };
  using FreeNodes = std::vector<Free>;  // of one pool, in order
  enum class Why { starts, limit, nodes };
  struct Chance {
    Why why = Why::nodes;
    std::uint64_t tasks = 0;  // it would start with so many
  };
  using ClassKey = std::tuple<TenantId, Shape, int>;

  void complain(const std::string& what);
  void expect(bool holds, const char* rule, JobId job);
  void check(const StartOrdered& start, Time now);
  void check(const ReservationMade& promise, Time now);
  void check(const ReservationDropped& drop, Time now);

  template <class IsGone>
  FreeNodes free_nodes(PoolId pool, IsGone&& is_gone) const;
  FreeNodes free_now(PoolId pool) const;
  FreeNodes free_for_good(PoolId pool, Time from, JobId for_whom) const;
  static void take(FreeNodes& free, const Pool& pool, const Allocation& allocation, const Demand& demand);
  static bool is_overbooked(const Pool& pool, const FreeNodes& free);
  std::int64_t fit(const Pool& pool, const Free& node, const Demand& demand) const;
  std::uint64_t most(PoolId pool, const FreeNodes& free, const Shape& shape) const;
  static std::uint64_t most_in_one_domain(const Pool& pool, const std::vector<std::uint64_t>& by_node,
                                          const Shape& shape);
  void check_rule(const Work& job, PoolId pool, const Allocation& allocation);
  std::int64_t held(TenantId tenant, PoolId pool) const;
  std::int64_t room(const Work& job, PoolId pool) const;
  Chance chance(const Work& job, PoolId pool, Time now) const;
  std::optional<Time> earliest(const Work& job, PoolId pool, Time now) const;
  bool is_promised_in(JobId job, PoolId pool) const;
  bool is_eligible(const Work& job, PoolId pool) const;
  bool comes_before(TenantId a, TenantId b, PoolId pool, Time now) const;
  Wide used_by_user(const Work& job, PoolId pool, Time now) const;
  std::vector<const Work*> in_order(PoolId pool, Time now) const;
  const Work* first_to_start(PoolId pool, Time now) const;
  const Work* first_to_promise(PoolId pool, Time now) const;
  ClassKey class_of(const Work& job) const;
  static void count_failure(Work& job, Time now, bool is_fault);
  void account(const Work& job, Time now, int sign);

  const State& state_;
  std::uint32_t reservations_;
  std::map<JobId, Work> jobs_;
  std::map<JobId, Promised> promises_;
  std::map<NodeId, std::pair<bool, bool>> down_;  // lost, drained
  std::map<std::pair<TenantId, PoolId>, long double>
      used_;  // closed segments and, negative, the beginnings of open ones
  std::map<std::pair<TenantId, PoolId>, std::int64_t> holds_;
  std::map<std::pair<TenantId, PoolId>, long double> roundings_;  // what integers may have lost
  Time first_;
  std::vector<std::string> complaints_;
  std::uint64_t checks_ = 0;
};

}  // namespace dure

// An independent witness of the invariants of docs/design/0002: it keeps books of its own from the facts alone and
// compares them with the state. On in tests and with --verify.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dure/base/ids.h"
#include "dure/core/fact.h"
#include "dure/core/state.h"

namespace dure {

class Invariants {
 public:
  // To be told of every fact, after State::apply. O(nodes of the allocation).
  void observe(const State& state, const Fact& fact);
  // After every turn: the promises that are due. O(reservations).
  void check_turn(const State& state);
  // Everything, from nothing, the accounts too. O(jobs + devices + tenants x pools + lots).
  void check_all(const State& state);

  std::uint64_t checked() const { return checked_; }
  std::uint64_t violated() const { return violated_; }
  // The first few violations, a sentence each.
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  struct NodeUse {
    std::int64_t cpu_milli = 0;
    std::int64_t memory_mib = 0;
    std::vector<std::int64_t> gpu_milli;  // by device
  };
  struct Held {
    PoolId pool;
    Allocation allocation;
    Demand demand;
  };

  void expect(bool holds, const State& state, JobId job, const char* rule);
  void observe_start(const State& state, const StartOrdered& change);
  void observe_swap(const State& state, const NodesSwapped& change);
  void observe_end(JobId job);
  void observe_quarantine(const State& state, const NodeDrained& change);
  void observe_fleet(const State& state);
  void observe_promise(const State& state, const ReservationMade& change);
  void check_gang(const State& state, const StartOrdered& change, const Shape& shape);
  void check_rule(const State& state, JobId job, PoolId pool, const Allocation& allocation);
  void check_limits(const State& state, const StartOrdered& change);
  void check_windows(const State& state, JobId job, Time begin, const Allocation& allocation);
  void use(const Pool& pool, const Placement& placement, const Demand& demand, std::int64_t sign);
  bool within_node(const Pool& pool, NodeId node) const;

  std::map<NodeId, NodeUse> nodes_;  // nodes that were ever used
  std::map<JobId, Held> held_;
  std::map<JobId, Time> promised_;  // the earliest start promised to a pending job
  std::uint64_t checked_ = 0;
  std::uint64_t violated_ = 0;
  std::vector<std::string> messages_;
};

}  // namespace dure

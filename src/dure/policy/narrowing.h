// What a job keeps that gives back the tasks above its minimum: so many tasks as that, on devices that it holds, in
// whole groups where it is divided in segments.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dure/core/state.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/capacity_index.h"

namespace dure {

// Whether the job may be told to go on with fewer tasks: it holds more than its minimum, and starts again, which who
// names a window could only before that ends.
bool may_narrow(const Shape& shape, const Job& job);

// Chooses what jobs keep, in one pool. What they hold has been given back in `index`.
class Narrowing {
 public:
  // Both must outlive it.
  Narrowing(const State& state, CapacityIndex& index, PoolId pool) : state_(state), index_(index), pool_(pool) {}

  // Returns what the job can keep, on as few nodes as possible, none of it on what is `taken`; nullopt if its minimum
  // does not fit there for good. O(nodes of it).
  std::optional<Allocation> keep(const Job& job, const Allocation& taken) const;

  // What jobs keep together, books it and returns it, in their order, such that `suits()`: first what the placement
  // `wanted` leaves them, then so many
  // other `ways`. Nullopt, and nothing is booked, if none suits.
  std::optional<std::vector<Allocation>> keep_all(std::span<const Job* const> jobs, const Allocation& wanted,
                                                  const std::function<bool()>& suits, int ways);
  static constexpr int most_ways = 64;

  // As if the job held that, for good; and back. O(nodes).
  void book(const Job& job, const Allocation& kept);
  void give_back(const Job& job, const Allocation& kept);

 private:
  using Tasks = std::vector<std::uint32_t>;  // to keep, by placement

  std::optional<Allocation> choose(const Job& job, const Tasks& tasks, const Allocation& taken) const;
  std::uint32_t domain_of(const Job& job, NodeId node) const;
  bool are_whole_groups(const Job& job, const Tasks& tasks) const;
  bool try_ways(std::span<const Job* const> jobs, const std::function<bool()>& suits, int& left,
                std::vector<Allocation>& kept);
  bool try_ways_of(std::span<const Job* const> jobs, const std::function<bool()>& suits, int& left,
                   std::vector<Allocation>& kept, Tasks& tasks, std::size_t next, std::uint32_t missing);

  const State& state_;
  CapacityIndex& index_;
  PoolId pool_;
};

}  // namespace dure

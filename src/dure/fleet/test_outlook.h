// A witness for what is free: it keeps what is held and promised as lists, and adds it all up whenever it is asked.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "dure/fleet/capacity_index.h"

namespace dure::test {

struct Held {
  Allocation allocation;
  Demand demand;
  Time end;
  bool is_stopping = false;
  Time by{};  // it will have gone, if it is being stopped
  Departure leaves() const { return is_stopping ? Departure{by, true} : Departure{end}; }
};

struct Promised {
  JobId job;
  Time from;
  Allocation allocation;
  Demand demand;
};

struct Witness {
  const Pool* pool = nullptr;
  std::vector<Held> held;
  std::vector<Promised> promised;
  std::map<NodeId, std::uint64_t> sick;  // devices that take nothing new

  // How many tasks fit on the node by each view, if it is available.
  std::uint32_t tasks_that_fit(NodeId node, const Demand& demand, Fences fences) const {
    if (fences == Fences::ignored) {
      return fit(without_sick(node, free(node, [](const Held&) { return false; }, nullptr)), demand);
    }
    const bool after_stops = fences == Fences::after_stops;
    NodeAmounts least = free(node, [&](const Held& one) { return after_stops && one.is_stopping; }, nullptr);
    for (const Promised& at : promised) {
      const auto has_left = [&](const Held& one) {
        return one.leaves().end <= at.from || (after_stops && one.is_stopping);
      };
      least.lower_to(free(node, has_left, &at.from), 64);
    }
    return fit(without_sick(node, least), demand);
  }

 private:
  NodeAmounts without_sick(NodeId node, NodeAmounts amounts) const {
    const auto found = sick.find(node);
    for (std::uint32_t device = 0; device < pool->spec.gpus_per_node; ++device) {
      if (found != sick.end() && (found->second >> device & 1) != 0) amounts.gpu_milli[device] = 0;
    }
    return amounts;
  }
  // What is free on the node without what has left, and with what was promised by then.
  template <class HasLeft>
  NodeAmounts free(NodeId node, HasLeft&& has_left, const Time* by) const {
    NodeAmounts amounts{.cpu_milli = pool->spec.cpu_milli, .memory_mib = pool->spec.memory_mib};
    std::fill_n(amounts.gpu_milli.begin(), pool->spec.gpus_per_node, static_cast<std::int16_t>(whole));
    const auto take = [&](const Allocation& allocation, const Demand& demand) {
      for (const Placement& placement : allocation) {
        if (placement.node == node) amounts.add(placement, demand, -1);
      }
    };
    for (const Held& one : held) {
      if (!has_left(one)) take(one.allocation, one.demand);
    }
    for (const Promised& one : promised) {
      if (by != nullptr && one.from <= *by) take(one.allocation, one.demand);
    }
    return amounts;
  }
  std::uint32_t fit(const NodeAmounts& free, const Demand& demand) const {
    std::int64_t tasks = 1'000'000;
    const auto devices = std::span(free.gpu_milli).first(pool->spec.gpus_per_node);
    if (demand.is_fraction()) {
      tasks = 0;
      for (std::int64_t milli : devices) tasks += std::max<std::int64_t>(milli, 0) / demand.gpu_milli;
    } else if (demand.gpu_milli > 0) {
      tasks = std::count(devices.begin(), devices.end(), whole) / demand.whole_gpus();
    }
    if (demand.cpu_milli > 0) tasks = std::min(tasks, std::max<std::int64_t>(free.cpu_milli, 0) / demand.cpu_milli);
    if (demand.memory_mib > 0 && pool->spec.memory_mib > 0) {
      tasks = std::min(tasks, std::max<std::int64_t>(free.memory_mib, 0) / demand.memory_mib);
    }
    return static_cast<std::uint32_t>(tasks);
  }
};

// Does to an index and to its witness the same. What is promised is found as the policy finds it: on what is free when
// some of what runs has left.
class WatchedIndex {
 public:
  explicit WatchedIndex(const Fleet& fleet) : index(fleet) { witness.pool = &fleet.pool(PoolId{0}); }

  void book(Allocation allocation, const Demand& demand, Time end) {
    index.book(PoolId{0}, allocation, demand, {end});
    witness.held.push_back({std::move(allocation), demand, end});
  }
  void give_back(std::size_t which) {
    std::swap(witness.held[which], witness.held.back());
    give_back_for_now(witness.held.back());
    witness.held.pop_back();
  }
  void give_back_for_now(const Held& one) { index.give_back(PoolId{0}, one.allocation, one.demand, one.leaves()); }
  void book_again(const Held& one) { index.book(PoolId{0}, one.allocation, one.demand, one.leaves()); }
  void stop(std::size_t which, Time by) {
    Held& one = witness.held[which];
    if (one.is_stopping) return;
    one.is_stopping = true;
    one.by = std::min(one.end, by);
    index.stop(PoolId{0}, one.allocation, one.demand, one.end, one.by);
  }
  // Promises `tasks` at `from` if so many fit then. Returns whether they do.
  bool promise(const Placing& placing, std::uint32_t tasks, Level within, Time from) {
    PoolCapacity& capacity = index.pool(PoolId{0});
    const std::uint64_t mark = capacity.mark();
    const auto leaves = [&](const Held& one) { return one.is_stopping || one.end <= from; };
    for (const Held& one : witness.held) {
      if (leaves(one)) give_back_for_now(one);
    }
    const bool fits = capacity.most_tasks(placing, within, Fences::respected) >= tasks;
    Allocation allocation;
    if (fits) allocation = capacity.place(placing, tasks, within, Fences::respected);
    for (const Held& one : witness.held) {
      if (leaves(one)) book_again(one);
    }
    capacity.undone_since(mark);
    if (!fits) return false;
    const JobId job{next_job_++};
    capacity.promise(job, from, allocation, placing.per_task, [&](const auto& visit) {
      for (const Held& one : witness.held) {
        if (one.leaves().end > from) continue;
        for (const Placement& placement : one.allocation) visit(placement, one.demand, one.is_stopping);
      }
    });
    witness.promised.push_back({job, from, std::move(allocation), placing.per_task});
    return true;
  }
  void set_sick(NodeId node, std::uint64_t gpus) {
    index.set_sick(PoolId{0}, node, gpus);
    witness.sick[node] = gpus;
  }
  void withdraw(std::size_t which) {
    std::swap(witness.promised[which], witness.promised.back());
    index.pool(PoolId{0}).withdraw(witness.promised.back().job);
    witness.promised.pop_back();
  }

  CapacityIndex index;
  Witness witness;

 private:
  std::uint32_t next_job_ = 1;
};

}  // namespace dure::test

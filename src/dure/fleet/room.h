// What is free on one node, and what fits there.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "dure/fleet/allocation.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/fleet_spec.h"

namespace dure {

// Visits the devices of a mask, lowest index first.
template <class Function>
void for_each_device(std::uint64_t mask, Function&& function) {
  for (; mask != 0; mask &= mask - 1) function(static_cast<std::uint32_t>(std::countr_zero(mask)));
}

// The mask of a node's first `count` devices, at most 64.
constexpr std::uint64_t all_devices(std::uint32_t count) {
  return count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

// A view: `devices` must outlive it.
struct Room {
  std::int64_t cpu_milli = 0;
  std::int64_t memory_mib = 0;
  std::uint64_t idle = 0;     // devices that are wholly free
  std::uint64_t partial = 0;  // devices that are neither wholly free nor full
  bool counts_memory = false;
  const std::int16_t* devices = nullptr;  // free thousandths of each that is partial

  std::int64_t free_milli(std::uint32_t device) const {
    if ((idle >> device & 1) != 0) return whole;
    return (partial >> device & 1) != 0 ? devices[device] : 0;
  }

  // How many tasks of `demand` fit. O(partial devices).
  std::uint32_t tasks_that_fit(const Demand& demand) const {
    std::int64_t tasks = most_tasks;
    if (demand.is_fraction()) {
      tasks = std::popcount(idle) * (whole / demand.gpu_milli);
      for_each_device(partial, [&](std::uint32_t device) { tasks += devices[device] / demand.gpu_milli; });
    } else if (demand.gpu_milli > 0) {
      tasks = static_cast<std::uint32_t>(std::popcount(idle)) / static_cast<std::uint32_t>(demand.whole_gpus());
    }
    tasks = bounded_by(tasks, demand.cpu_milli, cpu_milli);
    if (counts_memory) tasks = bounded_by(tasks, demand.memory_mib, memory_mib);
    return static_cast<std::uint32_t>(tasks);
  }

  // Appends places for `tasks` tasks on `node`, whose room this is: for a fraction the fullest device that fits, for
  // whole GPUs the idle devices, lowest index first. Requires tasks <= tasks_that_fit(demand).
  void choose(NodeId node, const Demand& demand, std::uint32_t tasks, Allocation& out) const;

 private:
  // Of tasks that ask for no GPU, before CPUs and memory are looked at.
  static constexpr std::int64_t most_tasks = 1'000'000;

  // `tasks`, or fewer if `amount` each does not fit into `free`.
  static std::int64_t bounded_by(std::int64_t tasks, std::int64_t amount, std::int64_t free) {
    return tasks * amount <= free ? tasks : free / amount;
  }
  void choose_fractions(NodeId node, std::int64_t fraction, std::uint32_t tasks, Allocation& out) const;
};

// Amounts of one node, to be added to what is free or taken from it: they may be below zero.
struct NodeAmounts {
  std::int64_t cpu_milli = 0;
  std::int64_t memory_mib = 0;
  std::array<std::int16_t, most_gpus_per_node> gpu_milli{};

  // What a placement holds, `times` (1 or -1). O(its devices).
  void add(const Placement& placement, const Demand& demand, int times);
  // O(devices of the node).
  void add(const NodeAmounts& other, std::uint32_t devices);
  void take(const NodeAmounts& other, std::uint32_t devices);
  void lower_to(const NodeAmounts& other, std::uint32_t devices);
};

}  // namespace dure

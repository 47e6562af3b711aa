#include "dure/fleet/occupancy.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "dure/base/assert.h"

namespace dure {
namespace {

std::uint64_t device_bit(std::uint32_t device) { return std::uint64_t{1} << device; }

std::uint64_t all_devices(std::uint32_t count) { return count == 64 ? ~std::uint64_t{0} : device_bit(count) - 1; }

// Of tasks that ask for no GPU, before CPUs and memory are looked at.
constexpr std::int64_t most_tasks = 1'000'000;

// `tasks`, or fewer if `amount` each does not fit into `free`.
std::int64_t bounded_by(std::int64_t tasks, std::int64_t amount, std::int64_t free) {
  return tasks * amount <= free ? tasks : free / amount;
}

template <class Function>
void for_each_bit(std::uint64_t mask, Function&& function) {
  for (; mask != 0; mask &= mask - 1) function(static_cast<std::uint32_t>(std::countr_zero(mask)));
}

}  // namespace

Occupancy::Occupancy(const Fleet& fleet) {
  nodes_.reserve(fleet.node_count());
  for (const Pool& pool : fleet.pools()) {
    for (std::uint32_t i = 0; i < pool.node_count; ++i) {
      nodes_.push_back({.cpu_milli = pool.spec.cpu_milli,
                        .memory_mib = pool.spec.memory_mib,
                        .idle = all_devices(pool.spec.gpus_per_node),
                        .first_device = static_cast<std::uint32_t>(devices_.size()),
                        .counts_memory = pool.spec.memory_mib > 0});
      devices_.resize(devices_.size() + pool.spec.gpus_per_node);
    }
  }
  partial_.resize(nodes_.size());
}

std::int64_t Occupancy::free_gpu_milli(NodeId id, std::uint32_t device) const {
  const Node& node = nodes_[id.index()];
  if ((node.idle & device_bit(device)) != 0) return whole;
  return (partial(id) & device_bit(device)) != 0 ? devices_[node.first_device + device] : 0;
}

std::uint32_t Occupancy::fractions_that_fit(NodeId id, std::int64_t fraction) const {
  const Node& node = nodes_[id.index()];
  std::int64_t tasks = std::popcount(node.idle) * (whole / fraction);
  for_each_bit(partial(id), [&](std::uint32_t device) { tasks += devices_[node.first_device + device] / fraction; });
  return static_cast<std::uint32_t>(tasks);
}

std::uint32_t Occupancy::tasks_that_fit(NodeId id, const Demand& demand) const {
  const Node& node = nodes_[id.index()];
  if (!node.available) return 0;
  std::int64_t tasks = most_tasks;
  if (demand.is_fraction()) {
    tasks = fractions_that_fit(id, demand.gpu_milli);
  } else if (demand.gpu_milli > 0) {
    tasks = static_cast<std::uint32_t>(std::popcount(node.idle)) / static_cast<std::uint32_t>(demand.whole_gpus());
  }
  tasks = bounded_by(tasks, demand.cpu_milli, node.cpu_milli);
  if (node.counts_memory) tasks = bounded_by(tasks, demand.memory_mib, node.memory_mib);
  return static_cast<std::uint32_t>(tasks);
}

void Occupancy::choose_fractions(NodeId id, std::int64_t fraction, std::uint32_t tasks, Allocation& out) const {
  std::vector<std::uint32_t> fitting;
  for_each_bit(partial(id) | nodes_[id.index()].idle, [&](std::uint32_t device) {
    if (free_gpu_milli(id, device) >= fraction) fitting.push_back(device);
  });
  std::sort(fitting.begin(), fitting.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(free_gpu_milli(id, a), a) < std::pair(free_gpu_milli(id, b), b);
  });
  for (std::uint32_t device : fitting) {
    if (tasks == 0) break;
    const auto here = std::min<std::uint32_t>(tasks, static_cast<std::uint32_t>(free_gpu_milli(id, device) / fraction));
    out.push_back({.node = id, .tasks = here, .gpus = device_bit(device), .gpu_milli = here * fraction});
    tasks -= here;
  }
  DURE_ASSERT(tasks == 0);
}

void Occupancy::choose(NodeId id, const Demand& demand, std::uint32_t tasks, Allocation& out) const {
  if (demand.is_fraction()) return choose_fractions(id, demand.gpu_milli, tasks, out);
  std::uint64_t idle = nodes_[id.index()].idle;
  std::uint64_t gpus = 0;
  for (std::int64_t wanted = tasks * demand.whole_gpus(); wanted > 0; --wanted) {
    DURE_ASSERT(idle != 0);
    gpus |= idle & (~idle + 1);
    idle &= idle - 1;
  }
  out.push_back({.node = id, .tasks = tasks, .gpus = gpus, .gpu_milli = gpus != 0 ? whole : 0});
}

void Occupancy::take_gpu(NodeId id, std::uint32_t device, std::int64_t milli) {
  Node& node = nodes_[id.index()];
  const std::int64_t left = free_gpu_milli(id, device) - milli;
  DURE_ASSERT(left >= 0 && left <= whole);
  const std::uint64_t bit = device_bit(device);
  const bool is_partial = left > 0 && left < whole;
  node.idle = left == whole ? node.idle | bit : node.idle & ~bit;
  partial_[id.index()] = is_partial ? partial(id) | bit : partial(id) & ~bit;
  node.is_shared = partial_[id.index()] != 0;
  if (is_partial) devices_[node.first_device + device] = static_cast<std::int16_t>(left);
}

void Occupancy::book(const Placement& placement, const Demand& demand) {
  Node& node = nodes_[placement.node.index()];
  if (placement.gpu_milli == whole) {
    DURE_ASSERT((node.idle & placement.gpus) == placement.gpus);
    node.idle &= ~placement.gpus;
  } else {
    for_each_bit(placement.gpus, [&](std::uint32_t device) { take_gpu(placement.node, device, placement.gpu_milli); });
  }
  node.cpu_milli -= placement.tasks * demand.cpu_milli;
  DURE_ASSERT(node.cpu_milli >= 0);
  if (!node.counts_memory) return;
  node.memory_mib -= placement.tasks * demand.memory_mib;
  DURE_ASSERT(node.memory_mib >= 0);
}

void Occupancy::give_back(const Placement& placement, const Demand& demand) {
  Node& node = nodes_[placement.node.index()];
  if (placement.gpu_milli == whole) {
    DURE_ASSERT(((node.idle | partial(placement.node)) & placement.gpus) == 0);
    node.idle |= placement.gpus;
  } else {
    for_each_bit(placement.gpus, [&](std::uint32_t device) { take_gpu(placement.node, device, -placement.gpu_milli); });
  }
  node.cpu_milli += placement.tasks * demand.cpu_milli;
  if (node.counts_memory) node.memory_mib += placement.tasks * demand.memory_mib;
}

}  // namespace dure

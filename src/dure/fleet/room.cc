#include "dure/fleet/room.h"

#include <utility>
#include <vector>

#include "dure/base/assert.h"

namespace dure {

void Room::choose_fractions(NodeId node, std::int64_t fraction, std::uint32_t tasks, Allocation& out) const {
  std::vector<std::uint32_t> fitting;
  for_each_device(partial | idle, [&](std::uint32_t device) {
    if (free_milli(device) >= fraction) fitting.push_back(device);
  });
  std::sort(fitting.begin(), fitting.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(free_milli(a), a) < std::pair(free_milli(b), b);
  });
  for (std::uint32_t device : fitting) {
    if (tasks == 0) break;
    const auto here = std::min<std::uint32_t>(tasks, static_cast<std::uint32_t>(free_milli(device) / fraction));
    out.push_back({.node = node, .tasks = here, .gpus = std::uint64_t{1} << device, .gpu_milli = here * fraction});
    tasks -= here;
  }
  DURE_ASSERT(tasks == 0);
}

void Room::choose(NodeId node, const Demand& demand, std::uint32_t tasks, Allocation& out) const {
  if (demand.is_fraction()) return choose_fractions(node, demand.gpu_milli, tasks, out);
  std::uint64_t left = idle;
  std::uint64_t gpus = 0;
  for (std::int64_t wanted = tasks * demand.whole_gpus(); wanted > 0; --wanted) {
    DURE_ASSERT(left != 0);
    gpus |= left & (~left + 1);
    left &= left - 1;
  }
  out.push_back({.node = node, .tasks = tasks, .gpus = gpus, .gpu_milli = gpus != 0 ? whole : 0});
}

void NodeAmounts::add(const Placement& placement, const Demand& demand, int times) {
  cpu_milli += times * std::int64_t{placement.tasks} * demand.cpu_milli;
  memory_mib += times * std::int64_t{placement.tasks} * demand.memory_mib;
  for_each_device(placement.gpus, [&](std::uint32_t device) {
    gpu_milli[device] = static_cast<std::int16_t>(gpu_milli[device] + times * placement.gpu_milli);
  });
}

void NodeAmounts::add(const NodeAmounts& other, std::uint32_t devices) {
  cpu_milli += other.cpu_milli;
  memory_mib += other.memory_mib;
  for (std::uint32_t device = 0; device < devices; ++device) {
    gpu_milli[device] = static_cast<std::int16_t>(gpu_milli[device] + other.gpu_milli[device]);
  }
}

void NodeAmounts::take(const NodeAmounts& other, std::uint32_t devices) {
  cpu_milli -= other.cpu_milli;
  memory_mib -= other.memory_mib;
  for (std::uint32_t device = 0; device < devices; ++device) {
    gpu_milli[device] = static_cast<std::int16_t>(gpu_milli[device] - other.gpu_milli[device]);
  }
}

void NodeAmounts::lower_to(const NodeAmounts& other, std::uint32_t devices) {
  cpu_milli = std::min(cpu_milli, other.cpu_milli);
  memory_mib = std::min(memory_mib, other.memory_mib);
  for (std::uint32_t device = 0; device < devices; ++device) {
    gpu_milli[device] = std::min(gpu_milli[device], other.gpu_milli[device]);
  }
}

}  // namespace dure

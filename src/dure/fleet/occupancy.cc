#include "dure/fleet/occupancy.h"

#include "dure/base/assert.h"

namespace dure {
namespace {

std::uint64_t device_bit(std::uint32_t device) { return std::uint64_t{1} << device; }

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
  sick_.resize(nodes_.size());
}

void Occupancy::set_sick(NodeId node, std::uint64_t gpus) {
  sick_[node.index()] = gpus;
  nodes_[node.index()].has_odd = (gpus | partial_[node.index()]) != 0;
}

void Occupancy::take_gpu(NodeId id, std::uint32_t device, std::int64_t milli) {
  Node& node = nodes_[id.index()];
  const std::int64_t left = free_gpu_milli(id, device) - milli;
  DURE_ASSERT(left >= 0 && left <= whole);
  const std::uint64_t bit = device_bit(device);
  const bool is_partial = left > 0 && left < whole;
  node.idle = left == whole ? node.idle | bit : node.idle & ~bit;
  partial_[id.index()] = is_partial ? partial(id) | bit : partial(id) & ~bit;
  node.has_odd = (partial_[id.index()] | sick_[id.index()]) != 0;
  if (is_partial) devices_[node.first_device + device] = static_cast<std::int16_t>(left);
}

void Occupancy::book(const Placement& placement, const Demand& demand) {
  Node& node = nodes_[placement.node.index()];
  if (placement.gpu_milli == whole) {
    DURE_ASSERT((node.idle & placement.gpus) == placement.gpus);
    node.idle &= ~placement.gpus;
  } else {
    for_each_device(placement.gpus,
                    [&](std::uint32_t device) { take_gpu(placement.node, device, placement.gpu_milli); });
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
    for_each_device(placement.gpus,
                    [&](std::uint32_t device) { take_gpu(placement.node, device, -placement.gpu_milli); });
  }
  node.cpu_milli += placement.tasks * demand.cpu_milli;
  if (node.counts_memory) node.memory_mib += placement.tasks * demand.memory_mib;
}

}  // namespace dure

#include "dure/fleet/occupancy.h"

#include "dure/base/assert.h"

namespace dure {
namespace {

std::uint64_t device_bit(std::uint32_t device) { return std::uint64_t{1} << device; }

std::uint64_t all_devices(std::uint32_t count) { return count == 64 ? ~std::uint64_t{0} : device_bit(count) - 1; }

}  // namespace

Occupancy::Occupancy(const Fleet& fleet) {
  nodes_.reserve(fleet.node_count());
  for (const Pool& pool : fleet.pools()) {
    for (std::uint32_t i = 0; i < pool.node_count; ++i) {
      nodes_.push_back({.cpu_milli = pool.spec.cpu_milli,
                        .memory_mib = pool.spec.memory_mib,
                        .idle = all_devices(pool.spec.gpus_per_node),
                        .first_device = devices_.size(),
                        .counts_memory = pool.spec.memory_mib > 0});
      devices_.insert(devices_.end(), pool.spec.gpus_per_node, static_cast<std::int16_t>(whole));
    }
  }
}

void Occupancy::take_gpu(Node& node, std::uint32_t device, std::int64_t milli) {
  std::int16_t& free = devices_[node.first_device + device];
  const std::int64_t left = free - milli;
  DURE_ASSERT(left >= 0 && left <= whole);
  free = static_cast<std::int16_t>(left);
  const std::uint64_t bit = device_bit(device);
  node.idle = left == whole ? node.idle | bit : node.idle & ~bit;
  node.partial = left > 0 && left < whole ? node.partial | bit : node.partial & ~bit;
}

void Occupancy::book(const Placement& placement, const Demand& demand) {
  Node& node = nodes_[placement.node.index()];
  for_each_device(placement.gpus, [&](std::uint32_t device) { take_gpu(node, device, placement.gpu_milli); });
  node.cpu_milli -= placement.tasks * demand.cpu_milli;
  DURE_ASSERT(node.cpu_milli >= 0);
  if (!node.counts_memory) return;
  node.memory_mib -= placement.tasks * demand.memory_mib;
  DURE_ASSERT(node.memory_mib >= 0);
}

void Occupancy::give_back(const Placement& placement, const Demand& demand) {
  Node& node = nodes_[placement.node.index()];
  for_each_device(placement.gpus, [&](std::uint32_t device) { take_gpu(node, device, -placement.gpu_milli); });
  node.cpu_milli += placement.tasks * demand.cpu_milli;
  if (node.counts_memory) node.memory_mib += placement.tasks * demand.memory_mib;
}

}  // namespace dure

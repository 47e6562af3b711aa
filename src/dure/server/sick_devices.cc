#include "dure/server/sick_devices.h"

#include <fmt/format.h>

#include <bit>

#include "dure/fleet/fleet_spec.h"
#include "dure/fleet/room.h"
#include "dure/fleet/served_fleet.h"

namespace dure::server {

std::string SickDevices::first_of(std::uint64_t held) const {
  if ((held & gpus) == 0) return "";
  const auto device = static_cast<std::size_t>(std::countr_zero(held & gpus));
  return fmt::format("GPU {} failed: {}", device, why[device]);
}

SickDevices sick_devices(const engine::Machine& machine) {
  SickDevices sick;
  for (const engine::Device& device : machine.devices) {
    if (device.index >= most_gpus_per_node) continue;
    sick.why.push_back(device.is_healthy ? "" : device.why_not);
    if (!device.is_healthy) sick.gpus |= std::uint64_t{1} << device.index;
  }
  return sick;
}

std::vector<Change> device_changes(const State& state, const SickDevices& sick) {
  std::vector<Change> changes;
  const auto node = local_node(state.fleet());
  if (!node) return changes;
  const NodeId here = *node;
  const Pool& pool = state.fleet().pool(state.fleet().pool_of(here));
  const std::uint64_t known = state.health(here).sick;
  const std::uint64_t now = sick.gpus & all_devices(pool.spec.gpus_per_node);
  for_each_device(now & ~known, [&](std::uint32_t device) {
    changes.emplace_back(DevicesFailed{here, std::uint64_t{1} << device, sick.why[device]});
  });
  if ((known & ~now) != 0) changes.emplace_back(DevicesReturned{here, known & ~now});
  return changes;
}

}  // namespace dure::server

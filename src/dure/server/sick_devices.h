// What the driver says of this machine's broken GPUs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/core/state.h"
#include "dure/engine/local/machine.h"

namespace dure::server {

struct SickDevices {
  std::uint64_t gpus = 0;        // a mask, by engine::Device::index
  std::vector<std::string> why;  // by device; empty of those that are well

  // The first of `held` that is broken, as users are told of it; empty if none is.
  std::string first_of(std::uint64_t held) const;
};

// Devices beyond the 64th are on no node. O(devices).
SickDevices sick_devices(const engine::Machine& machine);

// What has become broken or well since the state heard of it, on this machine, if it is part of the fleet.
// O(devices).
std::vector<Change> device_changes(const State& state, const SickDevices& sick);

}  // namespace dure::server

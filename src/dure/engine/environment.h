// What a job's processes find in their environment. docs/engine-local.md has the table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/engine/attempt.h"
#include "dure/engine/local/machine.h"

namespace dure::engine {

// Where an attempt runs, as far as its environment tells.
struct Place {
  std::string host;
  std::vector<Device> devices;  // of the machine, by index
  std::string home;             // the job's own folder, over all its attempts
  std::string token;
  std::uint16_t port = 0;
};

inline constexpr const char* checkpoint_folder = "checkpoint";

// The user's variables and those that are the same for all processes of the attempt.
std::vector<Variable> environment_of(const Attempt& attempt, const Place& place);

// Those of one task. Where the script runs once, `rank` 0 stands for the whole job, with all its devices.
std::vector<Variable> environment_of_task(const Attempt& attempt, const Place& place, std::uint32_t rank);

// How a device is named in CUDA_VISIBLE_DEVICES: the uuid, or the index where it is emulated.
std::string visible_name(const Place& place, std::uint32_t device);

// The few variables of the calling process that its jobs inherit, such as PATH and HOME.
std::vector<Variable> inherited_environment();

}  // namespace dure::engine

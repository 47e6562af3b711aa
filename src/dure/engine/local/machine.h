// What this machine has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"

namespace dure::engine {

// Something that one task can be given whole: a GPU, or a MIG instance of one.
struct Device {
  std::uint32_t index = 0;             // its place in Machine::devices
  std::uint32_t gpu = 0;               // the GPU it is, or is part of, as the driver counts
  std::optional<std::uint32_t> minor;  // of the file in /dev of the GPU that it is, or is part of
  std::string uuid;                    // as CUDA_VISIBLE_DEVICES takes it; empty: emulated
  std::string model;                   // as in `NVIDIA H100 80GB HBM3`, `emulated`
  std::int64_t memory_mib = 0;
  bool is_mig = false;
  bool is_healthy = true;
  std::string why_not;  // if it is not healthy
  // What the driver tells at this moment.
  std::optional<std::int64_t> power_milliwatt;
  std::optional<std::int64_t> power_limit_milliwatt;
  std::optional<std::int64_t> temperature_celsius;
  std::optional<std::int64_t> utilization_percent;
};

struct Machine {
  std::string host;
  std::int64_t cpu_milli = 0;   // that this process may use: by its affinity and its cgroups' quota
  std::int64_t memory_mib = 0;  // by its cgroups' limit, too
  std::vector<Device> devices;
  std::string driver;  // version of the GPUs' driver; empty: none
  std::string note;    // why there are no GPUs, or what else is worth a line in the log
};

struct DeviceOptions {
  std::optional<std::uint32_t> emulated;           // so many labelled slots in place of GPUs
  std::string nvml_library = "libnvidia-ml.so.1";  // for tests; empty: GPUs are not looked for
};

Machine discover(const DeviceOptions& options);

// Reads health, power, temperature and load anew; the devices stay the same. Does nothing for emulated ones. Returns
// whether the driver answered: where it does not, as while it is being upgraded, nothing is known of single devices.
bool refresh(Machine& machine, const DeviceOptions& options);

}  // namespace dure::engine

// Keeps jobs from GPUs that were not given to them. CUDA_VISIBLE_DEVICES is a request that a program may disregard;
// what the kernel refuses to open it cannot use.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dure/base/result.h"

namespace dure::launcher {

// Lets what runs in the control group of version 2 at `folder`, and below it, open of NVIDIA's GPUs those with these
// minor numbers and no others, for as long as the group lives. All other devices stay as they are, those of the driver
// that all its users need among them. Needs root and a kernel with CONFIG_CGROUP_BPF (Linux 4.15). At most 1,000 GPUs.
// O(minors).
Result<void> fence_gpus(const std::string& folder, std::span<const std::uint32_t> minors);

// An error that says why `fence_gpus` cannot work on this kernel.
Result<void> check_gpu_fences();

}  // namespace dure::launcher

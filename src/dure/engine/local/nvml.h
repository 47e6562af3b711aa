// GPUs by NVIDIA's management library, which is loaded when it is there. Nothing of it is needed to build.
#pragma once

#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/local/machine.h"

namespace dure::engine {

struct Gpus {
  std::vector<Device> devices;  // in the driver's order; a GPU in MIG mode is its instances
  std::string driver;
};

// `not_found` if the library is not there.
Result<Gpus> read_gpus(const std::string& library);

}  // namespace dure::engine

// `dure import slurm`: a cluster that Slurm runs becomes a fleet, tenants and a trace.
#pragma once

#include <string>

#include "dure/base/result.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct ImportArguments {
  std::string out;     // the folder of what is written
  std::string from;    // a folder of files; empty: Slurm's commands are asked
  std::string since;   // the first day, or how long ago that is; empty: 365d
  std::string until;   // the day after the last, likewise; empty: tomorrow
  std::string folder;  // that this machine and all nodes share; empty: /shared/dure
  bool prints_script = false;
};

// Returns the exit code.
Result<int> import_slurm(const ImportArguments& arguments, const Console& console);

}  // namespace dure::cli

// `dure import slurm`: a cluster that Slurm runs becomes a fleet, tenants and a trace.
#pragma once

#include <string>

#include "dure/base/result.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct ImportArguments {
  std::string out;     // the folder of what is written
  std::string from;    // a folder of files; empty: Slurm's commands are asked
  std::string since;   // a day, or how long ago; empty: a year
  std::string until;   // likewise, and not with it; empty: with today
  std::string folder;  // of the cluster and this machine; empty: /shared/dure
  bool prints_script = false;
};

// Returns the exit code.
Result<int> import_slurm(const ImportArguments& arguments, const Console& console);

}  // namespace dure::cli

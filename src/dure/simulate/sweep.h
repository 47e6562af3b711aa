// Many runs of one scenario: over seeds and policies, on all cores.
#pragma once

#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/simulate/simulation.h"

namespace dure::simulate {

// One run of a sweep; `folder` is where its outputs go, below the sweep's.
struct SweepRun {
  std::string folder;
  Scenario scenario;
};

// Returns the results in the order of `runs`, whatever the number of threads, or the first error in that order.
// With options.out, each run writes into its folder there, and sweep.json lists all summaries.
Result<std::vector<RunResult>> run_sweep(const std::vector<SweepRun>& runs, const RunOptions& options,
                                         unsigned threads);

}  // namespace dure::simulate

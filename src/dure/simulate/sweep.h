// Many runs of one scenario: over seeds and policies, on all cores.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
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

struct SweepOptions {
  std::optional<std::filesystem::path> out;       // where the outputs go; none: nowhere
  unsigned threads = 1;                           // >= 1: runs at a time
  std::function<void(std::size_t done)> on_done;  // called after every run, by one thread at a time; may be empty
};

// Returns the results in the order of `runs`, whatever the number of threads, or the first error in that order.
// Each run writes into its folder below options.out, and sweep.json there lists all summaries; all of them are put
// into place when the last run has ended, or none.
Result<std::vector<RunResult>> run_sweep(const std::vector<SweepRun>& runs, const RunOptions& each,
                                         const SweepOptions& options);

}  // namespace dure::simulate

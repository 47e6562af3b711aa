// Runs a scenario: the same loop, core and policies as the live server, with virtual time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/simulate/outputs.h"
#include "dure/simulate/scenario.h"
#include "dure/simulate/summary.h"

namespace dure::simulate {

struct Progress {
  Time simulated;
  std::uint64_t finished = 0;  // jobs
  std::uint64_t total = 0;
};

struct RunOptions {
  bool verify = false;                            // check the invariants, and run a second time for the digest
  std::uint32_t forecast_threads = 1;             // >= 1; results do not depend on it
  std::string command;                            // as the user typed it, for the report
  std::function<void(const Progress&)> progress;  // called every few thousand turns; may be empty
};

struct RunResult {
  Summary summary;
  std::vector<std::string> violations;  // the first few, a sentence each
};

// Every job is run to its end. Writes summary.json, jobs.csv, evictions.csv and report.html to `outputs`, if there are
// any, for the caller to commit. Fails if the trace cannot be read, a file not written, or if jobs go on after
// `latest_time`. Equal scenarios give equal results but for wall times. Safe to call from several threads at once, each
// with outputs of its own.
Result<RunResult> run_scenario(const Scenario& scenario, const RunOptions& options, Outputs* outputs = nullptr);

// The same, with the outputs in that folder if it succeeds, and none left behind if not.
Result<RunResult> run_scenario_into(const std::filesystem::path& folder, const Scenario& scenario,
                                    const RunOptions& options);

}  // namespace dure::simulate

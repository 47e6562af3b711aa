// Runs a scenario: the same loop, core and policies as the live server, with virtual time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/simulate/scenario.h"
#include "dure/simulate/summary.h"

namespace dure::simulate {

struct Progress {
  Time simulated;
  std::uint64_t finished = 0;  // jobs
  std::uint64_t total = 0;
};

struct RunOptions {
  std::optional<std::filesystem::path> out;       // where summary.json, jobs.csv and report.html go; none: nowhere
  bool verify = false;                            // check the invariants, and run a second time for the digest
  std::string command;                            // as the user typed it, for the report
  std::function<void(const Progress&)> progress;  // called every few thousand turns; may be empty
};

struct RunResult {
  Summary summary;
  std::vector<std::string> violations;  // the first few, a sentence each
};

// Every job is run to its end. Fails, and leaves no file behind, if the trace cannot be read, a file not written, or if
// jobs go on after `latest_time`.
// Equal scenarios give equal results but for wall times. Safe to call from several threads at once.
Result<RunResult> run_scenario(const Scenario& scenario, const RunOptions& options);

}  // namespace dure::simulate

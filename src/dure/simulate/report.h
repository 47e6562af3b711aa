// The page a person looks at after a run: one self-contained HTML file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/time.h"
#include "dure/simulate/summary.h"

namespace dure::simulate {

// State of the fleet over one interval of the run.
struct Sample {
  Time time;                  // start of the interval
  double busy_share = 0;      // of all GPUs (CPUs where there are no GPUs), time average, 0..1
  std::uint64_t pending = 0;  // at the start of the interval
  std::uint64_t running = 0;
};

// Waiting times of the jobs whose size falls in one range.
struct WaitBySize {
  std::uint64_t size_min = 0;  // GPUs (or CPUs), inclusive
  std::uint64_t size_max = 0;
  std::uint64_t jobs = 0;
  double p50_s = 0, p90_s = 0, p99_s = 0, max_s = 0;
};

struct TenantShare {
  std::string path;
  double used_gpu_hours = 0;  // CPU hours where there are no GPUs
  double share = 0;           // of all that was used, 0..1
  double guarantee = 0;       // its guarantee as a part of the whole fleet, 0..1; 0 if it has none
  std::uint64_t jobs = 0;
  double mean_wait_s = 0;
};

struct ReportInput {
  Summary summary;
  std::string unit;                  // "GPU" or "CPU"
  bool dated = false;                // times are calendar times, not seconds since the start
  std::vector<Sample> samples;       // a few hundred, evenly spaced
  std::vector<WaitBySize> waits;     // by size
  std::vector<TenantShare> tenants;  // leaves, most used first
  std::vector<std::pair<std::string, std::string>>
      facts;  // what the run was: label, text (fleet, policy, trace, command)
};

// Returns a complete HTML page without any reference to the network. Text from the input is escaped.
std::string report_html(const ReportInput& input);

}  // namespace dure::simulate

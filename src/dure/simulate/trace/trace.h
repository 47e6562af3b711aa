// A trace of jobs as rows, whatever file format it came in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/simulate/scenario.h"

namespace dure::simulate {

// What one row asks for; zero where the format does not say.
struct TraceRow {
  std::string id;                        // as in the file
  Time submit;
  Duration run_time;                     // > 0
  std::optional<Duration> time_limit;    // > 0
  std::int64_t gpus_milli = 0;           // thousandths of a GPU
  std::int64_t cpus = 0;
  std::int64_t memory_mib = 0;           // in all
  std::string user;
  std::string tenant;                    // user's account or virtual cluster; the user where the format has none
  std::string name;
};

// Rows that are legal but cannot run, counted by reason ("no run time", "no processors").
struct Rejected {
  std::string reason;
  std::uint64_t count = 0;
};

struct Trace {
  std::vector<TraceRow> rows;            // by submit time; rows of equal time in file order
  std::vector<Rejected> rejected;        // by reason
  std::uint64_t skipped = 0;             // malformed rows passed over (on_error: skip)
  std::optional<std::int64_t> machine_processors;  // what the file says of the machine (SWF: MaxProcs)
};

// Reads a whole trace; .gz, .xz and .zst are decompressed as they are read.
// A malformed row fails with the first ten named as `file:line: what; what would be right`, unless on_error is skip.
Result<Trace> read_trace(const TraceSpec& spec);

}  // namespace dure::simulate

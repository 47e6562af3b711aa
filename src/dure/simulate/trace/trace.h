// A trace of jobs as rows, whatever file format it came in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/simulate/scenario.h"

namespace dure::simulate {

// What one row asks for; zero where the format does not say.
struct TraceRow {
  std::string id;  // as in the file; the row's number where the format has none
  Time submit;
  Duration run_time;                   // > 0
  std::optional<Duration> time_limit;  // > 0
  std::int64_t gpus_milli = 0;         // thousandths of a GPU
  std::int64_t cpus = 0;
  std::int64_t memory_mib = 0;  // in all
  std::string user;             // empty where the row names none; so are the next two
  std::string tenant;           // the user's account or virtual cluster; the user where the format has none
  std::string name;
  std::string gpu_model;  // that it had or must have; empty: any
  std::string partition;  // where it was submitted to, as the file calls it; empty where it does not say
};

// Rows that are legal but cannot run, counted by reason ("no run time", "no processors").
struct Rejected {
  std::string reason;
  std::uint64_t count = 0;
};

struct Trace {
  std::vector<TraceRow> rows;                      // by submit time; rows of equal time in file order
  std::vector<Rejected> rejected;                  // by reason
  std::uint64_t skipped = 0;                       // malformed rows passed over (on_error: skip)
  std::optional<std::int64_t> machine_processors;  // what the file says of the machine (SWF: MaxProcs)
  bool dated = false;  // times are calendar times; otherwise they count from the trace's start
};

// Reads a whole trace; .gz, .xz and .zst are known by their first bytes and decompressed as they are read.
// Malformed rows fail with the first ten named as `file:line: what; what would be right`, unless on_error is skip.
// A damaged archive, a header without the columns needed and a file that is not text fail either way.
// Returns rows within `limit`, their arrivals scaled. Requires 1e-6 <= scale_arrivals <= 1e6, or fails.
Result<Trace> read_trace(const TraceSpec& spec);

// The same from memory; `spec.path` is not opened, `name` stands for it in messages.
Result<Trace> read_trace_text(const TraceSpec& spec, std::string name, std::string_view bytes);

}  // namespace dure::simulate

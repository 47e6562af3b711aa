// The jobs that match a filter, fetched page by page.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/time.h"
#include "dure/cli/connection.h"

namespace dure::cli {

inline constexpr const char* all_states = "pending,running,held,starting,stopping,ended";

// Empty: any.
struct JobFilter {
  std::string states;  // separated by commas; empty: all but ended
  std::string tenant;
  std::string user;
  std::string name;
  std::string array;  // the number of its first job
};

struct JobList {
  std::vector<Answer> rows;
  std::vector<std::string> pages;  // as they came
  std::int64_t sequence = 0;       // of the first page
  Time now;                        // by the server's clock
  bool has_more = false;
};

// Returns at most `most` jobs; all if 0.
Result<JobList> list_jobs(Connection& connection, const JobFilter& filter, std::size_t most);
// The same of another list of jobs than `/v1/jobs`.
Result<JobList> list_jobs(Connection& connection, const char* path, const JobFilter& filter, std::size_t most);

}  // namespace dure::cli

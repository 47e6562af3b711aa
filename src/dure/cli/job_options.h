// What the options of `dure submit` and `dure run` ask for.
#pragma once

#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/spec/job_document.h"

namespace dure::cli {

// As typed; what is empty was not given.
struct JobOptions {
  std::string name;
  std::string tenant;
  std::vector<std::string> pools;
  std::string gpus;  // of each task, as the next two
  std::string cpus;
  std::string memory;
  std::string gpu_model;
  std::string tasks;  // `4` or `2-8`
  std::string within;
  std::string time_limit;
  std::string priority;
  std::string start_by;   // a duration from the submission on, or a time
  std::string finish_by;  // likewise
  std::string window;
  std::string array;
  std::vector<std::string> after;        // `ok:12`
  std::vector<std::string> environment;  // `NAME=VALUE`
  std::string directory;
  std::string output;
  std::string error;
  bool hot_swap = false;
  bool hold = false;
  bool terminal = false;  // one task, which has a terminal
};

// Returns the first option that was given, as in `--name`; empty if none was.
std::string first_given(const JobOptions& options);

// Changes `job` to what was given. Returns every mistake.
Result<void> apply(const JobOptions& options, spec::JobDocument& job);

}  // namespace dure::cli

// A job as its user writes it, names unresolved: what a client sends to a server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/time.h"
#include "dure/fleet/demand.h"
#include "dure/work/dependency.h"
#include "dure/work/job_spec.h"
#include "dure/work/job_text.h"

namespace dure::spec {

struct JobDocument {
  std::string name;
  std::string tenant;  // its path; empty: the only one there is
  std::uint32_t tasks_min = 1;
  std::uint32_t tasks_max = 1;
  Demand per_task;                 // nothing: one CPU
  std::vector<std::string> pools;  // paths; empty: any
  std::string gpu_model;           // empty: any
  Level within = Level::site;
  Level prefer = Level::site;
  std::optional<Duration> time_limit;
  std::string start_by;   // an instant or a duration, as it is written; empty: whenever
  std::string finish_by;  // likewise; at most one of both
  std::string window;     // the name of a window; empty: none
  std::int32_t priority = 0;
  std::optional<Checkpoint> checkpoint;  // its signal is in `text`
  JobText text;
  std::vector<Dependency> after;
  bool is_singleton = false;
  bool is_held = false;
  bool requeues = true;
  bool hot_swap = false;
  std::string array;  // such as 0-9,12; empty: one job
};

// Returns it as the JSON that read_job_node reads back, what has its default left out. Requires text in UTF-8.
std::string to_json(const JobDocument& job);

}  // namespace dure::spec

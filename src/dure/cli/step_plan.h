// What each task of a step sees: its rank, its share of the job's GPUs, where the others meet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/cli/server_address.h"
#include "dure/work/job_text.h"

namespace dure::cli {

struct StepArguments {
  std::vector<std::string> words;  // the command
  std::optional<std::uint32_t> tasks;
  std::optional<std::uint32_t> nodes;
  std::optional<std::uint32_t> cpus_per_task;
  std::optional<std::uint32_t> gpus_per_task;
  bool labels = false;
  bool unbuffered = false;  // as all output is
  bool exclusive = false;   // as no step can be yet
};

constexpr std::uint32_t step_tasks_max = 1024;

struct StepPlan {
  std::vector<Variable> variables;           // of all tasks
  std::vector<std::vector<Variable>> tasks;  // of each, by rank
};

// `environment` is the job's. Fails outside a job, and where the job holds less than is asked for.
Result<StepPlan> plan_step(const StepArguments& arguments, const Environment& environment);

}  // namespace dure::cli

#include "dure/cli/step_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <span>
#include <string_view>

namespace dure::cli {
namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    parts.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parts;
}

Result<void> check_place(const StepArguments& arguments, const Environment& environment) {
  if (environment("DURE_JOB_ID").empty()) {
    return fail(Code::invalid_argument,
                "found no job to start tasks in: DURE_JOB_ID is not set; use it in a batch script, or `dure run` to "
                "run a command as a job");
  }
  if (arguments.words.empty()) {
    return fail(Code::invalid_argument, "found no command; write it behind the options, such as: srun -n 2 hostname");
  }
  if (arguments.nodes.value_or(1) > 1) {
    return fail(Code::invalid_argument,
                fmt::format("--nodes: found {}, but all of the job is on one node; leave it out", *arguments.nodes));
  }
  return {};
}

Result<std::uint32_t> count_tasks(const StepArguments& arguments, const Environment& environment) {
  if (arguments.tasks) return *arguments.tasks;
  const std::string told = environment("SLURM_NTASKS");
  if (told.empty()) return 1;
  const auto tasks = number(told);
  if (!tasks || *tasks == 0 || *tasks > step_tasks_max) {
    return fail(Code::invalid_argument, fmt::format("SLURM_NTASKS: found '{}'; write --ntasks with a number from 1 "
                                                    "to {}",
                                                    told, step_tasks_max));
  }
  return *tasks;
}

Result<void> check_cpus(const StepArguments& arguments, std::uint32_t tasks, const Environment& environment) {
  const auto held = number(environment("SLURM_CPUS_ON_NODE"));
  const std::uint64_t asked = std::uint64_t{tasks} * arguments.cpus_per_task.value_or(0);
  if (!held || asked <= *held) return {};
  return fail(
      Code::invalid_argument,
      fmt::format("--cpus-per-task: {} tasks with {} each need {} CPUs, and the job has {}; start fewer, or ask "
                  "for more when the job is submitted",
                  tasks, *arguments.cpus_per_task, asked, *held));
}

Result<void> check_gpus(const StepArguments& arguments, std::uint32_t tasks, std::size_t held) {
  const std::uint64_t asked = std::uint64_t{tasks} * arguments.gpus_per_task.value_or(0);
  if (asked <= held) return {};
  return fail(
      Code::invalid_argument,
      fmt::format("--gpus-per-task: {} tasks with {} each need {} GPUs, and the job has {}; start fewer, or ask "
                  "for more when the job is submitted",
                  tasks, *arguments.gpus_per_task, asked, held));
}

std::vector<Variable> variables_of_all(const StepArguments& arguments, std::uint32_t tasks,
                                       const Environment& environment) {
  const std::string count = std::to_string(tasks);
  std::vector<Variable> variables;
  for (const char* name : {"WORLD_SIZE", "LOCAL_WORLD_SIZE", "SLURM_NTASKS", "SLURM_NPROCS", "SLURM_TASKS_PER_NODE",
                           "SLURM_STEP_NUM_TASKS", "SLURM_STEP_TASKS_PER_NODE"}) {
    variables.push_back({name, count});
  }
  for (const char* name : {"NODE_RANK", "SLURM_NODEID"}) variables.push_back({name, "0"});
  for (const char* name : {"SLURM_NNODES", "SLURM_STEP_NUM_NODES"}) variables.push_back({name, "1"});
  if (const std::string node = environment("SLURM_JOB_NODELIST"); !node.empty()) {
    variables.push_back({"SLURM_STEP_NODELIST", node});
  }
  if (environment("MASTER_ADDR").empty()) variables.push_back({"MASTER_ADDR", "127.0.0.1"});
  if (arguments.cpus_per_task) variables.push_back({"SLURM_CPUS_PER_TASK", std::to_string(*arguments.cpus_per_task)});
  return variables;
}

std::vector<Variable> variables_of_one(std::uint32_t rank) {
  std::vector<Variable> variables;
  for (const char* name : {"RANK", "LOCAL_RANK", "SLURM_PROCID", "SLURM_LOCALID"}) {
    variables.push_back({name, std::to_string(rank)});
  }
  return variables;
}

}  // namespace

Result<StepPlan> plan_step(const StepArguments& arguments, const Environment& environment) {
  if (auto checked = check_place(arguments, environment); !checked) return tl::unexpected(checked.error());
  const auto tasks = count_tasks(arguments, environment);
  if (!tasks) return tl::unexpected(tasks.error());
  const std::vector<std::string> gpus = split(environment("CUDA_VISIBLE_DEVICES"));
  if (auto checked = check_cpus(arguments, *tasks, environment); !checked) return tl::unexpected(checked.error());
  if (auto checked = check_gpus(arguments, *tasks, gpus.size()); !checked) return tl::unexpected(checked.error());
  StepPlan plan{.variables = variables_of_all(arguments, *tasks, environment), .tasks = {}};
  for (std::uint32_t rank = 0; rank < *tasks; ++rank) {
    std::vector<Variable> variables = variables_of_one(rank);
    if (arguments.gpus_per_task) {
      const std::size_t each = *arguments.gpus_per_task;
      const auto own = std::span(gpus).subspan(rank * each, each);
      variables.push_back({"CUDA_VISIBLE_DEVICES", fmt::format("{}", fmt::join(own, ","))});
    }
    plan.tasks.push_back(std::move(variables));
  }
  return plan;
}

}  // namespace dure::cli

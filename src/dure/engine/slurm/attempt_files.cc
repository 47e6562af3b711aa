#include "dure/engine/slurm/attempt_files.h"

#include <algorithm>
#include <map>
#include <set>

#include "dure/engine/output_name.h"
#include "dure/engine/process.h"
#include "dure/engine/slurm/scripts.h"
#include "dure/engine/spawn.h"

namespace dure::engine {
namespace {

constexpr std::string_view any_task = "\x01";

// A file name in which the number of a task may stand, as one word of a shell that knows $RANK.
std::string shell_pattern(const std::string& path) {
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = 0; (at = path.find(any_task, begin)) != std::string::npos; begin = at + any_task.size()) {
    out += shell_word(path.substr(begin, at - begin)) + "\"$RANK\"";
  }
  return out + shell_word(path.substr(begin));
}

class ShellVariables {
 public:
  void set(std::string_view name, std::string_view value) { line(name, value, "export "); }
  void set(std::string_view name, std::int64_t value) { set(name, std::to_string(value)); }
  void own(std::string_view name, std::string_view value) { line(name, value, ""); }
  void own(std::string_view name, std::int64_t value) { own(name, std::to_string(value)); }
  void text(std::string_view text) { out_ += text; }
  std::string take() { return std::move(out_); }

 private:
  void line(std::string_view name, std::string_view value, std::string_view before) {
    out_.append(before).append(name).append("=").append(shell_word(value)).append("\n");
  }

  std::string out_;
};

std::vector<std::uint32_t> tasks_by_node(const Attempt& attempt) {
  std::vector<std::uint32_t> tasks(attempt.nodes.size());
  for (const TaskPlan& task : attempt.tasks) ++tasks[task.node];
  return tasks;
}

// How srun is to start the tasks: as the components lie, each of which is told its own.
std::string start_of(const Attempt& attempt, const ShelfPlace& place) {
  const auto components = components_of(attempt);
  std::string line = "exec srun --kill-on-bad-exit=1";
  for (std::size_t i = 0; i < components.size(); ++i) {
    const SlurmComponent& part = components[i];
    if (i > 0) line += " :";
    if (components.size() > 1) line += " --het-group=" + std::to_string(i);
    line += " --nodes=" + std::to_string(part.nodes.size()) +
            " --ntasks=" + std::to_string(part.nodes.size() * part.tasks_per_node) +
            " --ntasks-per-node=" + std::to_string(part.tasks_per_node) +
            " --cpus-per-task=" + std::to_string(part.cpus_per_task) + " sh " + shell_word(place.attempt + "/task.sh");
  }
  return line;
}

void add_functions(ShellVariables& out, const Attempt& attempt, const ShelfPlace& place) {
  const bool is_once = attempt.text.launch == dure::Launch::once;
  OutputName name{.id = attempt.id, .job = attempt.names.job, .element = attempt.element};
  if (!is_once) name.any_task = any_task;
  const std::string output = output_path(attempt.text, name, Stream::output, place.home);
  const std::string error = output_path(attempt.text, name, Stream::error, place.home);
  out.text("dure_open_outputs() { exec >>" + shell_pattern(output) +
           (error == output ? " 2>&1" : " 2>>" + shell_pattern(error)) + "; }\n");

  out.text("dure_make_outputs() {\n  :\n");
  if (attempt.id.restart == 0 && !attempt.text.appends) {
    const bool has_many = output.find(any_task) != std::string::npos || error.find(any_task) != std::string::npos;
    out.text("  RANK=0\n  while [ $RANK -lt " + std::to_string(has_many ? attempt.tasks.size() : 1) + " ]; do\n");
    for (const std::string& path : std::set<std::string>{output, error}) {
      out.text("    : >" + shell_pattern(path) + "\n");
    }
    out.text("    RANK=$((RANK + 1))\n  done\n  unset RANK\n");
  }
  out.text("}\n");

  out.text("dure_tasks_on() {\n  case $1 in\n");
  const auto tasks = tasks_by_node(attempt);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    out.text("    " + shell_word(attempt.nodes[i]) + ") echo " + std::to_string(tasks[i]) + " ;;\n");
  }
  out.text("  esac\n}\n");

  out.text("dure_start() { " + start_of(attempt, place) + "; }\n");
  out.text("dure_run() { exec \"$dure_setsid\"");
  for (const std::string& word : command_of(attempt.text.script, place.attempt + "/script", attempt.text.arguments)) {
    out.text(" " + shell_word(word));
  }
  out.text("; }\n");
}

// What the user has set, but what Slurm and the scripts here say of the job itself, and functions that bash exports,
// whose names no other shell can assign.
std::string environment_of(const Attempt& attempt) {
  ShellVariables out;
  for (const Variable& variable : attempt.text.environment) {
    const std::string& name = variable.name;
    if (name.starts_with("SLURM") || name.starts_with("dure_") || name.find('%') != std::string::npos) continue;
    out.set(name, variable.value);
  }
  return out.take();
}

std::string variables_of(const Attempt& attempt, const ShelfPlace& place) {
  ShellVariables out;
  out.set("DURE_JOB_ID", attempt.id.job.value);
  out.set("DURE_JOB_NAME", attempt.names.job);
  out.set("DURE_TENANT", attempt.names.tenant);
  out.set("DURE_RESTART", attempt.id.restart);
  out.set("DURE_TASKS", static_cast<std::int64_t>(attempt.tasks.size()));
  out.set("DURE_CHECKPOINT_DIR", place.home + "/checkpoint");
  out.set("SLURM_SUBMIT_DIR", attempt.text.directory.empty() ? place.home : attempt.text.directory);
  if (attempt.element) {
    out.set("DURE_ARRAY_JOB_ID", attempt.element->array.value);
    out.set("DURE_ARRAY_INDEX", attempt.element->index);
    out.set("SLURM_ARRAY_JOB_ID", attempt.element->array.value);
    out.set("SLURM_ARRAY_TASK_ID", attempt.element->index);
  }
  for (const Variable& variable : attempt.environment) out.set(variable.name, variable.value);
  out.own("dure_home", place.home);
  out.own("dure_folder", attempt.text.directory.empty() ? place.home : attempt.text.directory);
  // Of one task the batch is the task: a step would only take its time.
  const bool is_once = attempt.text.launch == dure::Launch::once || attempt.tasks.size() == 1;
  out.own("dure_launch", is_once ? "once" : "per_task");
  out.own("dure_gpus_per_task", static_cast<std::int64_t>(attempt.tasks.front().devices.size()));
  out.own("dure_signal", attempt.text.checkpoint_signal);
  out.own("dure_signal_number", signal_number(attempt.text.checkpoint_signal));
  add_functions(out, attempt, place);
  return out.take();
}

}  // namespace

std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + '\'';
}

Result<void> check(const Attempt& attempt) {
  if (attempt.text.launch == dure::Launch::terminal) {
    return fail(Code::invalid_argument,
                "Slurm gives no terminal; submit it to a site with the engine local, or use srun --pty there");
  }
  if (attempt.text.early_signal) {
    return fail(Code::invalid_argument,
                "no early signal is sent on clusters; leave it out, or give the job a checkpoint and its signal");
  }
  if (attempt.tasks.front().gpu_milli % 1'000 != 0) {
    return fail(Code::invalid_argument, "Slurm gives no parts of GPUs; ask for whole ones, or for another pool");
  }
  return {};
}

std::vector<SlurmComponent> components_of(const Attempt& attempt) {
  const auto tasks = tasks_by_node(attempt);
  const TaskPlan& first = attempt.tasks.front();
  std::vector<SlurmComponent> components;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto same = std::find_if(components.begin(), components.end(),
                                   [&](const SlurmComponent& c) { return c.tasks_per_node == tasks[i]; });
    if (same != components.end()) {
      same->nodes.push_back(attempt.nodes[i]);
      continue;
    }
    components.push_back({.nodes = {attempt.nodes[i]},
                          .tasks_per_node = tasks[i],
                          .cpus_per_task = whole_cpus(first.cpu_milli),
                          .memory_mib_per_node = first.memory_mib * tasks[i],
                          .gpus_per_node = tasks[i] * static_cast<std::uint32_t>(first.devices.size())});
  }
  return components;
}

std::vector<ShelfFile> files_of(const Attempt& attempt, const ShelfPlace& place) {
  return {{.name = "variables", .text = variables_of(attempt, place)},
          {.name = "environment", .text = environment_of(attempt)},
          {.name = "script", .text = attempt.text.script, .is_program = true},
          {.name = "task.sh", .text = std::string(task_sh)}};
}

std::string batch_script_of(const Attempt& attempt, const ShelfPlace& place) {
  return "#!/bin/sh\n# Job " + to_text(attempt.id) + " of Dure.\ndure_attempt=" + shell_word(place.attempt) + '\n' +
         std::string(batch_sh);
}

}  // namespace dure::engine

#include "dure/engine/environment.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace dure::engine {
namespace {

constexpr std::array inherited_names{"PATH", "HOME",   "USER", "LOGNAME", "SHELL",
                                     "LANG", "LC_ALL", "TZ",   "TMPDIR",  "LD_LIBRARY_PATH"};

// A list that is written as it is read: name, then text or number.
class Variables {
 public:
  void set(const char* name, const std::string& value) { list_.push_back({name, value}); }
  void set(const char* name, std::int64_t value) { set(name, std::to_string(value)); }
  std::vector<Variable> take() { return std::move(list_); }
  void append(const std::vector<Variable>& more) { list_.insert(list_.end(), more.begin(), more.end()); }

 private:
  std::vector<Variable> list_;
};

std::vector<std::uint32_t> all_devices(const Attempt& attempt) {
  std::vector<std::uint32_t> devices;
  for (const TaskPlan& task : attempt.tasks) devices.insert(devices.end(), task.devices.begin(), task.devices.end());
  std::sort(devices.begin(), devices.end());
  devices.erase(std::unique(devices.begin(), devices.end()), devices.end());
  return devices;
}

template <class Text>
std::string listed(const std::vector<std::uint32_t>& devices, const Text& text) {
  std::string list;
  for (const std::uint32_t device : devices) list += (list.empty() ? "" : ",") + text(device);
  return list;
}

std::string indices(const std::vector<std::uint32_t>& devices) {
  return listed(devices, [](std::uint32_t device) { return std::to_string(device); });
}

std::int64_t sum(const Attempt& attempt, std::int64_t TaskPlan::* field) {
  std::int64_t total = 0;
  for (const TaskPlan& task : attempt.tasks) total += task.*field;
  return total;
}

void set_own(Variables& set, const Attempt& attempt, const Place& place) {
  set.set("DURE_JOB_ID", attempt.id.job.value);
  set.set("DURE_JOB_NAME", attempt.names.job);
  set.set("DURE_TENANT", attempt.names.tenant);
  set.set("DURE_RESTART", attempt.id.restart);
  set.set("DURE_TASKS", static_cast<std::int64_t>(attempt.tasks.size()));
  set.set("DURE_CHECKPOINT_DIR", place.home + '/' + checkpoint_folder);
  set.set("DURE_ATTEMPT", place.token);
  if (!attempt.element) return;
  set.set("DURE_ARRAY_JOB_ID", attempt.element->array.value);
  set.set("DURE_ARRAY_INDEX", attempt.element->index);
}

void set_slurm(Variables& set, const Attempt& attempt, const Place& place) {
  const auto tasks = static_cast<std::int64_t>(attempt.tasks.size());
  const std::int64_t cpus = whole_cpus(sum(attempt, &TaskPlan::cpu_milli));
  const auto devices = all_devices(attempt);
  set.set("SLURM_JOB_ID", attempt.id.job.value);
  set.set("SLURM_JOBID", attempt.id.job.value);
  set.set("SLURM_JOB_NAME", attempt.names.job);
  set.set("SLURM_JOB_PARTITION", attempt.names.pool);
  set.set("SLURM_JOB_ACCOUNT", attempt.names.tenant);
  set.set("SLURM_JOB_USER", attempt.names.user);
  set.set("SLURM_RESTART_COUNT", attempt.id.restart);
  set.set("SLURM_NTASKS", tasks);
  set.set("SLURM_NPROCS", tasks);
  set.set("SLURM_TASKS_PER_NODE", tasks);
  set.set("SLURM_NNODES", 1);
  set.set("SLURM_JOB_NUM_NODES", 1);
  set.set("SLURM_NODEID", 0);
  set.set("SLURM_JOB_NODELIST", attempt.names.node);
  set.set("SLURM_NODELIST", attempt.names.node);
  set.set("SLURMD_NODENAME", attempt.names.node);
  set.set("SLURM_CPUS_PER_TASK", whole_cpus(attempt.tasks.front().cpu_milli));
  set.set("SLURM_CPUS_ON_NODE", cpus);
  set.set("SLURM_JOB_CPUS_PER_NODE", cpus);
  set.set("SLURM_MEM_PER_NODE", sum(attempt, &TaskPlan::memory_mib));
  set.set("SLURM_SUBMIT_DIR", attempt.text.directory.empty() ? place.home : attempt.text.directory);
  set.set("SLURM_SUBMIT_HOST", place.host);
  if (!devices.empty()) {
    set.set("SLURM_GPUS", static_cast<std::int64_t>(devices.size()));
    set.set("SLURM_GPUS_ON_NODE", static_cast<std::int64_t>(devices.size()));
    set.set("SLURM_JOB_GPUS", indices(devices));
  }
  if (!attempt.element) return;
  set.set("SLURM_ARRAY_JOB_ID", attempt.element->array.value);
  set.set("SLURM_ARRAY_TASK_ID", attempt.element->index);
}

}  // namespace

std::string visible_name(const Place& place, std::uint32_t device) {
  if (device < place.devices.size() && !place.devices[device].uuid.empty()) return place.devices[device].uuid;
  return std::to_string(device);
}

std::vector<Variable> environment_of(const Attempt& attempt, const Place& place) {
  Variables set;
  // The plainest that programs for a screen know, where nobody has said what it is.
  if (attempt.text.launch == dure::Launch::terminal) set.set("TERM", std::string("xterm"));
  set.append(attempt.text.environment);
  set_slurm(set, attempt, place);
  set_own(set, attempt, place);
  set.set("NODE_RANK", 0);
  set.set("MASTER_ADDR", "127.0.0.1");
  set.set("MASTER_PORT", place.port);
  set.append(attempt.environment);
  return set.take();
}

std::vector<Variable> environment_of_task(const Attempt& attempt, const Place& place, std::uint32_t rank) {
  const bool is_once = attempt.text.launch == dure::Launch::once;
  const auto size = is_once ? std::int64_t{1} : static_cast<std::int64_t>(attempt.tasks.size());
  const auto task =
      std::find_if(attempt.tasks.begin(), attempt.tasks.end(), [&](const TaskPlan& plan) { return plan.rank == rank; });
  const bool has_all = is_once || task == attempt.tasks.end();
  Variables set;
  set.set("RANK", rank);
  set.set("WORLD_SIZE", size);
  set.set("LOCAL_RANK", rank);
  set.set("LOCAL_WORLD_SIZE", size);
  set.set("SLURM_PROCID", rank);
  set.set("SLURM_LOCALID", rank);
  set.set("CUDA_VISIBLE_DEVICES", listed(has_all ? all_devices(attempt) : task->devices,
                                         [&](std::uint32_t device) { return visible_name(place, device); }));
  return set.take();
}

std::vector<Variable> inherited_environment() {
  std::vector<Variable> variables;
  for (const char* name : inherited_names) {
    if (const char* value = std::getenv(name)) variables.push_back({name, value});
  }
  return variables;
}

}  // namespace dure::engine

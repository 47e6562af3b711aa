#include "dure/engine/slurm/command_link.h"

#include <fmt/format.h>
#include <unistd.h>

#include "dure/base/host_list.h"
#include "dure/engine/record.h"
#include "dure/engine/slurm/program.h"
#include "dure/engine/slurm/refusal.h"
#include "dure/engine/slurm/slurm_json.h"

namespace dure::engine {
namespace {

void add_component(std::vector<std::string>& command, const SlurmSubmission& job, const SlurmComponent& part) {
  command.push_back("--nodelist=" + to_host_list(part.nodes));
  command.push_back(fmt::format("--nodes={}", part.nodes.size()));
  command.push_back(fmt::format("--ntasks-per-node={}", part.tasks_per_node));
  command.push_back(fmt::format("--ntasks={}", part.tasks_per_node * part.nodes.size()));
  command.push_back(fmt::format("--cpus-per-task={}", part.cpus_per_task));
  if (part.memory_mib_per_node > 0) command.push_back(fmt::format("--mem={}M", part.memory_mib_per_node));
  if (part.gpus_per_node > 0) command.push_back(fmt::format("--gres=gpu:{}", part.gpus_per_node));
  command.push_back("--comment=" + job.comment);
  command.push_back("--partition=" + job.partition);
  if (!job.qos.empty()) command.push_back("--qos=" + job.qos);
  if (job.minutes > 0) command.push_back(fmt::format("--time={}", job.minutes));
  command.push_back("--job-name=" + job.name);
  if (!job.account) return;
  // Both: its group would be root's without.
  command.push_back(fmt::format("--uid={}", job.account->uid));
  command.push_back(fmt::format("--gid={}", job.account->gid));
}

}  // namespace

CommandLink::CommandLink(std::string config) : config_(std::move(config)), environment_(program_environment()) {
  if (!config_.empty()) environment_.push_back({"SLURM_CONF", config_});
  environment_.push_back({"SLURM_TIME_FORMAT", "%s"});
}

Result<std::string> CommandLink::run(const std::vector<std::string>& command, const std::vector<Variable>& environment,
                                     std::string_view input) {
  auto end = run_program(command, environment, call_most, input);
  if (!end) {
    if (end.error().code == Code::unavailable) {
      return fail(Code::unavailable, end.error().message + "; start slurmctld, or find out what keeps it busy");
    }
    if (end.error().code != Code::not_found) return tl::unexpected(end.error());
    return fail(Code::unavailable, end.error().message + "; install Slurm's commands (Debian: slurm-client)");
  }
  if (end->exit_code == 0) return std::move(end->output);
  return tl::unexpected(refusal_of(end->error.empty() ? end->output : end->error));
}

Result<void> CommandLink::check(const std::string& partition) {
  // Without it the commands look for a controller in the network, for long.
  if (!config_.empty() && ::access(config_.c_str(), R_OK) != 0) {
    return fail(Code::unavailable,
                system_error("cannot read", config_).message + "; name the cluster's slurm.conf as `config`");
  }
  return run({"scontrol", "show", "partition", partition}).map([](const std::string&) {});
}

Result<std::uint64_t> CommandLink::submit(const SlurmSubmission& job) {
  std::vector<std::string> command{"sbatch", "--parsable", "--no-requeue", "--open-mode=append"};
  command.push_back("--output=" + job.log);
  command.push_back("--chdir=" + job.folder);
  for (std::size_t i = 0; i < job.components.size(); ++i) {
    if (i > 0) command.emplace_back(":");
    add_component(command, job, job.components[i]);
  }
  // It reads the script from its input: what lies in the folder of a job can be changed by its account.
  return run(command, with_variables(environment_, job.environment), job.script)
      .and_then([](const std::string& text) -> Result<std::uint64_t> {
        const auto id = parse_integer(std::string_view(text).substr(0, text.find_first_of(";\n")));
        if (!id) return fail(Code::unavailable, "sbatch answered " + text);
        return static_cast<std::uint64_t>(*id);
      });
}

Result<std::vector<SlurmJob>> CommandLink::jobs() { return run({"squeue", "--json"}).and_then(read_jobs); }

Result<std::vector<SlurmNode>> CommandLink::nodes() { return run({"sinfo", "--json"}).and_then(read_nodes); }

// Without accounts sacct fails, and says so; that is no news.
std::optional<SlurmJob> CommandLink::recall(std::uint64_t job, Time at) {
  const auto lines = run({"sacct", "--noheader", "--parsable2", "--duplicates", "--allocations",
                          "--jobs=" + std::to_string(job), "--format=" + std::string(kept_format)});
  return lines ? kept_in(*lines, job, at) : std::nullopt;
}

Result<void> CommandLink::signal(std::uint64_t job, const std::string& signal) {
  return run({"scancel", "--batch", "--signal=" + signal, std::to_string(job)}).map([](const std::string&) {});
}

Result<void> CommandLink::cancel(std::uint64_t job) {
  return run({"scancel", std::to_string(job)}).map([](const std::string&) {});
}

Result<void> CommandLink::drain(const std::string& node, const std::string& reason) {
  return run({"scontrol", "update", "nodename=" + node, "state=drain", "reason=" + reason}).map([](const std::string&) {
  });
}

Result<void> CommandLink::resume(const std::string& node) {
  return run({"scontrol", "update", "nodename=" + node, "state=resume"}).map([](const std::string&) {});
}

}  // namespace dure::engine

// Slurm by its commands: sbatch, squeue, sinfo, scancel, scontrol.
#pragma once

#include <string>

#include "dure/engine/slurm/slurm_link.h"
#include "dure/work/job_text.h"

namespace dure::engine {

class CommandLink final : public SlurmLink {
 public:
  // `config`: the path of slurm.conf; empty: where the commands look for it.
  explicit CommandLink(std::string config);

  Result<void> check(const std::string& partition) override;
  Result<std::uint64_t> submit(const SlurmSubmission& submission) override;
  Result<std::vector<SlurmJob>> jobs() override;
  Result<std::vector<SlurmNode>> nodes() override;
  std::optional<SlurmJob> recall(std::uint64_t job, Time at) override;
  Result<void> signal(std::uint64_t job, const std::string& signal) override;
  Result<void> cancel(std::uint64_t job) override;
  Result<void> drain(const std::string& node, const std::string& reason) override;
  Result<void> resume(const std::string& node) override;

 private:
  // What it printed, if it ended well.
  Result<std::string> run(const std::vector<std::string>& command) { return run(command, environment_, {}); }
  Result<std::string> run(const std::vector<std::string>& command, const std::vector<Variable>& environment,
                          std::string_view input);

  std::string config_;
  std::vector<Variable> environment_;
};

}  // namespace dure::engine

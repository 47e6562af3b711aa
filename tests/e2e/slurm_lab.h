// A real Slurm cluster for a test: tests/slurm/lab, in a folder of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "process.h"

namespace dure::e2e {

// Stopped when it goes away.
class SlurmLab {
 public:
  // `options` as of `lab start`.
  SlurmLab(std::filesystem::path folder, std::vector<std::string> options);
  ~SlurmLab();
  SlurmLab(const SlurmLab&) = delete;

  // Why there is none, where this machine lacks the packages or this is not root; empty if it runs. A test that cannot
  // have one is skipped.
  const std::string& why_not() const { return why_not_; }
  std::string config() const { return (folder_ / "slurm.conf").string(); }
  const std::filesystem::path& folder() const { return folder_; }
  // `lab WORD DIR WHAT`, such as kill, slurmctld.
  Ran act(const std::string& word, const std::string& what = "") const;
  // One of Slurm's commands, as an operator of the cluster types it.
  Ran slurm(std::vector<std::string> command) const;

 private:
  std::filesystem::path folder_;
  std::string why_not_;
};

}  // namespace dure::e2e

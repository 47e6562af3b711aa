// Partitions as `scontrol show partition` tells of them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/import/slurm_records.h"

namespace dure::importing {

struct SlurmPartition {
  std::string name;
  bool is_default = false;
  std::optional<Duration> default_time;  // of jobs that state none
  std::optional<Duration> most_time;
  std::vector<std::string> allowed_accounts;  // empty: all
  // Other settings under which not all jobs are alike, as Slurm writes them: {"PriorityTier", "10"}.
  std::vector<std::pair<std::string, std::string>> rules;
};

// Fails at the first record that is no partition.
Result<std::vector<SlurmPartition>> read_slurm_partitions(const SlurmText& text);

}  // namespace dure::importing

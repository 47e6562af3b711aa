// What `scontrol show config` tells of a cluster as a whole.
#pragma once

#include <optional>
#include <string>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/import/slurm_records.h"

namespace dure::importing {

struct ClusterConfig {
  std::string name;
  bool has_topology = false;  // of switches or blocks
  bool has_accounting = true;
  bool records_gpus = true;           // of jobs, in accounting
  std::optional<Duration> half_life;  // of usage
  std::string preempt_type;           // empty: nothing is preempted
  std::string preempt_mode;
};

// Fails without a ClusterName.
Result<ClusterConfig> read_cluster_config(const SlurmText& text);

}  // namespace dure::importing

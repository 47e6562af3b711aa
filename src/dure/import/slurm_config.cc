#include "dure/import/slurm_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "dure/simulate/trace/notation.h"

namespace dure::importing {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  const std::size_t end = text.find_last_not_of(" \t\r") + 1;
  return begin < end ? text.substr(begin, end - begin) : std::string_view{};
}

// The value of a line `Key   = value`; empty if there is none.
std::string_view value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line.substr(0, equals)) != key) continue;
    const std::string_view value = trimmed(line.substr(equals + 1));
    return value == "(null)" ? std::string_view{} : value;
  }
  return {};
}

}  // namespace

Result<ClusterConfig> read_cluster_config(const SlurmText& text) {
  const auto value = [&](std::string_view key) { return value_of(text.text, key); };
  ClusterConfig config{.name = std::string(value("ClusterName")), .preempt_type = {}, .preempt_mode = {}};
  if (config.name.empty()) {
    return fail(Code::invalid_argument,
                fmt::format("{}: found no ClusterName; write what `scontrol show config` prints", text.name));
  }
  const std::string_view topology = value("TopologyPlugin");
  config.has_topology = topology.ends_with("tree") || topology.ends_with("block");
  config.has_accounting = value("AccountingStorageType").ends_with("slurmdbd");
  config.records_gpus = value("AccountingStorageTRES").find("gres/gpu") != std::string_view::npos;
  const auto half_life = simulate::read_clock(value("PriorityDecayHalfLife"));
  if (half_life && *half_life > Duration{}) config.half_life = half_life;
  config.preempt_mode = value("PreemptMode");
  if (!value("PreemptType").ends_with("none")) config.preempt_type = value("PreemptType");
  return config;
}

}  // namespace dure::importing

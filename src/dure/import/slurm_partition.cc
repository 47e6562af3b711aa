#include "dure/import/slurm_partition.h"

#include <fmt/format.h>

#include <array>

#include "dure/simulate/trace/notation.h"

namespace dure::importing {
namespace {

// A setting that makes a difference unless it has this value.
struct Usual {
  std::string_view key;
  std::string_view value;
};
constexpr std::array<Usual, 16> usual{{{"AllowGroups", "ALL"},
                                       {"AllowQos", "ALL"},
                                       {"DenyAccounts", ""},
                                       {"DenyQos", ""},
                                       {"QoS", ""},
                                       {"MaxTime", ""},
                                       {"MaxNodes", ""},
                                       {"MinNodes", "0"},
                                       {"MaxCPUsPerNode", ""},
                                       {"MaxMemPerNode", ""},
                                       {"PriorityTier", "1"},
                                       {"PreemptMode", "OFF"},
                                       {"OverSubscribe", "NO"},
                                       {"ExclusiveUser", "NO"},
                                       {"RootOnly", "NO"},
                                       {"State", "UP"}}};

std::optional<Duration> time_of(const SlurmRecord& record, std::string_view key) {
  const auto word = record.find(key);
  const auto time = word ? simulate::read_clock(*word) : std::nullopt;
  return time && *time > Duration{} ? time : std::nullopt;
}

}  // namespace

Result<std::vector<SlurmPartition>> read_slurm_partitions(const SlurmText& text) {
  std::vector<SlurmPartition> partitions;
  for (const SlurmRecord& record : slurm_records(text.text)) {
    const auto name = record.find("PartitionName");
    if (!name) {
      return bad_record(text, record.line(),
                        "found no PartitionName=; write what `scontrol -a show partition -o` prints");
    }
    SlurmPartition partition{.name = std::string(*name),
                             .is_default = record.find("Default") == "YES",
                             .default_time = time_of(record, "DefaultTime"),
                             .most_time = time_of(record, "MaxTime"),
                             .allowed_accounts = record.find_list("AllowAccounts"),
                             .rules = {}};
    if (partition.allowed_accounts == std::vector<std::string>{"ALL"}) partition.allowed_accounts.clear();
    for (const auto& [key, value] : usual) {
      const std::string_view found = record.find(key).value_or("");
      if (!found.empty() && found != value) partition.rules.emplace_back(key, found);
    }
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

}  // namespace dure::importing

#include "dure/engine/slurm/refusal.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace dure::engine {
namespace {

struct Known {
  std::string_view part;    // of what Slurm says
  std::string_view remedy;  // a clause for whoever runs the site
  Code code = Code::unavailable;
};

constexpr std::array known{
    Known{"Unable to contact slurm controller", "start slurmctld, or name its slurm.conf as `config`"},
    Known{"establish a configuration source", "name the cluster's slurm.conf as `config`"},
    Known{"config is unable to load", "start slurmctld, or renew the token"},
    Known{"Failed while looking", "start slurmctld, or renew the token"},
    Known{"Unspecified error", "start slurmctld, or renew the token"},
    Known{"Socket timed out", "see whether slurmctld is overloaded, or cannot be reached"},
    Known{"Zero Bytes were transmitted",
          "the connection broke off, as it does where this machine has another munge key than the cluster"},
    Known{"process configuration file", "mend the cluster's slurm.conf, or name another as `config`"},
    Known{"Connection", "start slurmctld, or mend the network"},
    Known{"Transport endpoint", "start slurmctld, or mend the network"},
    Known{"specified plugin", "install the plugin on this machine, or name the cluster's own slurm.conf as `config`"},
    Known{"create auth context",
          "install the plugin on this machine, or name the cluster's own slurm.conf as `config`"},
    Known{"SelectTypeParameters", "name the cluster's own slurm.conf as `config`", Code::failed},
    Known{"Protocol authentication error", "give this machine the cluster's munge key, and restart munged"},
    Known{"Munge", "give this machine the cluster's munge key, and start munged"},
    Known{"munge", "give this machine the cluster's munge key, and start munged"},
    Known{"auth", "give this server's account a valid key or token"},
    Known{"Incompatible versions", "use the commands of the cluster's own version of Slurm, at least 22.05"},
    Known{"invalid partition", "create the partition, or name another as `partition`", Code::failed},
    Known{"Invalid partition", "create the partition, or name another as `partition`", Code::failed},
    Known{"not found", "create the partition, or name another as `partition`", Code::failed},
    Known{"not permitted", "let the job's account, or the server's, use the partition: AllowAccounts, AllowGroups",
          Code::failed},
    Known{"Access/permission denied",
          "let this machine and the job's account use the partition (AllocNodes, AllowAccounts, AllowGroups); for "
          "drains, run the server as SlurmUser or root, or give its account an operator's rights",
          Code::failed},
    Known{"Invalid account", "give the job's account, or the server's, an association: sacctmgr add user",
          Code::failed},
    Known{"Invalid qos", "create the QOS and let the job's account, or the server's, use it, or leave `qos` out",
          Code::failed},
};

// `sbatch: error: Invalid partition name specified` to what follows `error: `.
std::string_view without_program(std::string_view line) {
  constexpr std::string_view mark = "error: ";
  const std::size_t at = line.find(mark);
  return at == std::string_view::npos ? line : line.substr(at + mark.size());
}

// The line that holds `at`.
std::string_view line_at(std::string_view text, std::size_t at) {
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

Error refusal_of(const std::string& text) {
  std::string_view said = text;
  while (said.ends_with('\n')) said.remove_suffix(1);
  for (const Known& k : known) {
    const std::size_t at = said.find(k.part);
    if (at == std::string_view::npos) continue;
    return {k.code, fmt::format("{}; {}", without_program(line_at(said, at)), k.remedy)};
  }
  return {Code::failed, std::string(without_program(line_at(said, said.size())))};
}

}  // namespace dure::engine

#include "dure/engine/slurm/refusal.h"

#include <fmt/format.h>

#include <algorithm>
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
    Known{"Access/permission denied", "run the server as SlurmUser or root, or give its account an operator's rights",
          Code::failed},
    Known{"Invalid account", "give the job's account, or the server's, an association: sacctmgr add user",
          Code::failed},
    Known{"Invalid qos", "create the QOS and let the job's account, or the server's, use it, or leave `qos` out",
          Code::failed},
};

}  // namespace

Error refusal_of(const std::string& said) {
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const Known& k) { return said.find(k.part) != std::string::npos; });
  if (found == known.end()) return {Code::failed, said};
  return {found->code, fmt::format("{}; {}", said, found->remedy)};
}

}  // namespace dure::engine

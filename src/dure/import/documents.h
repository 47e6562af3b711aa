// The documents of an import as YAML, for people to go on with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/time.h"
#include "dure/fleet/fleet_spec.h"
#include "dure/tenancy/tenants_spec.h"

namespace dure::importing {

// Each reads back as it is, but for what no import sets: owners and racks.
std::string fleet_document(const FleetSpec& fleet);
std::string tenants_document(const TenantsSpec& tenants);

struct ServerParts {
  std::string site;
  std::string folder;        // that the cluster shares
  std::string slurm_config;  // the path of slurm.conf; empty: where Slurm looks for it
};
std::string server_document(const ServerParts& server);

struct ScenarioParts {
  std::string name;
  std::map<std::string, std::vector<std::string>> pools_of;  // by partition
  std::optional<Duration> half_life;
  std::optional<Duration> time_limit;  // of jobs that state none
};
std::string scenario_document(const ScenarioParts& scenario);

// A scalar that YAML reads back as this text, whatever it looks like, also within `{...}`.
std::string yaml_scalar(std::string_view text);

}  // namespace dure::importing

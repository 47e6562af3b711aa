// What is to be otherwise.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "dure/core/fact.h"
#include "dure/policy/dure_policy.h"
#include "dure/what_if/translation.h"

namespace dure::what_if {

struct Changes {
  std::optional<FleetSpec> fleet;
  std::optional<TenantsSpec> tenants;
  std::vector<Change> nodes;  // drained and resumed, by the ids of the new fleet
  std::optional<DureOptions> policy;
  std::vector<DemandFactor> demand;

  // What becomes a fact at the moment of the change.
  std::vector<Change> facts() const {
    std::vector<Change> all;
    if (fleet) all.emplace_back(FleetDeclared{*fleet});
    if (tenants) all.emplace_back(TenantsDeclared{*tenants});
    all.insert(all.end(), nodes.begin(), nodes.end());
    return all;
  }
  // Whether ids become others than the journal's.
  bool renames() const { return fleet || tenants || !demand.empty(); }
};

}  // namespace dure::what_if

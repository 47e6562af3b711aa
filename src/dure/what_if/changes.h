// What is to be otherwise.
#pragma once

#include <optional>
#include <vector>

#include "dure/base/result.h"
#include "dure/core/fact.h"
#include "dure/core/state.h"
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
  std::vector<Change> facts(const State& present) const;
  // Whether ids become others than the journal's.
  bool renames() const { return fleet || tenants || !demand.empty(); }
};

// The state with the changes made at its own time; an error says what of them cannot be. O(state).
Result<State> changed(const State& present, const Changes& changes);

}  // namespace dure::what_if

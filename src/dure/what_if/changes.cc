#include "dure/what_if/changes.h"

#include <utility>

namespace dure::what_if {

// Of fleet and tenants that one first which can be: quotas name pools that must be there, and a smaller fleet must hold
// what is guaranteed.
std::vector<Change> Changes::facts(const State& present) const {
  std::vector<Change> all;
  if (fleet) all.emplace_back(FleetDeclared{*fleet});
  if (tenants) all.emplace_back(TenantsDeclared{*tenants});
  if (all.size() == 2 && !present.check(all.front())) std::swap(all.front(), all.back());
  all.insert(all.end(), nodes.begin(), nodes.end());
  return all;
}

Result<State> changed(const State& present, const Changes& changes) {
  State state = present;
  for (Change& change : changes.facts(present)) {
    if (auto checked = state.check(change); !checked) return tl::unexpected<Error>(checked.error());
    state.apply({present.now(), std::move(change)});
  }
  return state;
}

}  // namespace dure::what_if

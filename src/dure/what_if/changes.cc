#include "dure/what_if/changes.h"

#include <utility>

namespace dure::what_if {

std::vector<Change> Changes::facts() const {
  std::vector<Change> all;
  if (fleet) all.emplace_back(FleetDeclared{*fleet});
  if (tenants) all.emplace_back(TenantsDeclared{*tenants});
  all.insert(all.end(), nodes.begin(), nodes.end());
  return all;
}

Result<State> changed(const State& present, const Changes& changes) {
  State state = present;
  for (Change& change : changes.facts()) {
    if (auto checked = state.check(change); !checked) return tl::unexpected<Error>(checked.error());
    state.apply({present.now(), std::move(change)});
  }
  return state;
}

}  // namespace dure::what_if

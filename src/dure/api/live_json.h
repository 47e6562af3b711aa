// The estate as a browser is shown it, and what has changed of it: docs/design/0032-portal.md.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dure/api/access.h"
#include "dure/api/view.h"

namespace dure::api {

// What differs from one view to a later one of the same fleet and tenants.
struct ViewChanges {
  std::vector<NodeId> nodes;  // ascending, as all of these
  std::vector<JobId> jobs;
  std::vector<std::pair<TenantId, PoolId>> uses;

  bool empty() const { return nodes.empty() && jobs.empty() && uses.empty(); }
};

// Rows are shared by views that both show them: only pages that were copied are looked into. O(pages + rows of those
// that changed + tenants x pools).
ViewChanges changes_between(const View& before, const View& now);

// Sites, pools and tenants, as far as the caller may see them.
std::string estate_json(const View& view, const Access& access);

// Everything that the caller may see. O(nodes + placements x log nodes of a job).
std::string whole_state_json(const View& view, const Access& access);

// The same of what has changed. `before` tells what the caller may forget: who does not see nodes is told of one only
// where a job that he may see holds or held something on it.
std::string changed_state_json(const View& before, const View& view, const Access& access, const ViewChanges& changes);

}  // namespace dure::api

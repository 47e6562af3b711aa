// Why a job does not run, and what would change that.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dure/api/view.h"

namespace dure::api {

struct Blocker {
  std::string kind;    // held, dependency, limit, capacity, reservation, order
  std::string pool;    // `site/pool`; empty if it concerns all
  std::string detail;  // a sentence
};

struct Why {
  std::vector<Blocker> blockers;     // all of them; empty for a job that waits for nothing
  std::vector<std::string> changes;  // each of which would remove one of them
};

// Of which tenants it may say what they hold.
using SeesUse = std::function<bool(TenantId)>;

// O(pools x nodes).
Why why_not(const View& view, const JobRow& row, const SeesUse& sees_use);

}  // namespace dure::api

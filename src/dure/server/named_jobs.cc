#include "dure/server/named_jobs.h"

#include "dure/base/assert.h"

namespace dure::server {

void NamedJobs::rebuild(const State& state) {
  clear();
  state.jobs().for_each([&](JobId, const Job& job) { ++units_[unit_of(job)]; });
}

void NamedJobs::remove(const Job& job) {
  const auto unit = units_.find(unit_of(job));
  DURE_ASSERT(unit != units_.end());
  if (--unit->second == 0) units_.erase(unit);
}

std::vector<Dependency> NamedJobs::find(UserId user, TenantId tenant, std::string_view name, std::size_t most) const {
  std::vector<Dependency> found;
  auto next = units_.lower_bound({.user = user, .tenant = tenant, .name = std::string(name), .first = JobId{0}});
  for (; next != units_.end() && found.size() < most; ++next) {
    const Unit& unit = next->first;
    if (unit.user != user || unit.tenant != tenant || unit.name != name) break;
    found.push_back({unit.is_array ? of_array(After::any) : After::any, unit.first});
  }
  return found;
}

void NamedJobs::on_fact(const State& state, const Fact& fact) {
  if (std::holds_alternative<TenantsDeclared>(fact.change)) return rebuild(state);  // they have other numbers now
  if (const auto* submitted = std::get_if<JobSubmitted>(&fact.change)) return add(submitted->job, submitted->spec);
  if (std::holds_alternative<JobUpdated>(fact.change)) {
    remove(state.departed());
    ++units_[unit_of(state.jobs()[state.departed().id])];
    return;
  }
  const bool may_end = std::holds_alternative<Ended>(fact.change) || std::holds_alternative<JobCancelled>(fact.change);
  if (may_end && state.jobs().find(state.departed().id) == nullptr) remove(state.departed());
}

}  // namespace dure::server

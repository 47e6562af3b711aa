#include "dure/what_if/missed_guarantees.h"

#include <algorithm>

#include "dure/base/overload.h"
#include "dure/what_if/origin.h"

namespace dure::what_if {
namespace {

TenantId root_of(const Tenants& tenants, TenantId tenant) {
  while (tenants[tenant].parent) tenant = *tenants[tenant].parent;
  return tenant;
}

// Whether one more job of the shape lies within what the tenant, or one above it, is guaranteed.
bool is_owed(const State& state, PoolId pool, TenantId tenant, ShapeId shape) {
  const Shape& wanted = state.shapes()[shape];
  const std::int64_t amount = state.amount(wanted, pool, wanted.tasks_min);
  for (std::optional<TenantId> at = tenant; at; at = state.tenants()[*at].parent) {
    const Quota& quota = state.tenants().quota(*at, pool);
    const std::int64_t then = state.usage(*at, pool).held_milli + amount;
    if (then > quota.limit_milli) return false;
    if (then <= quota.guarantee_milli) return true;
  }
  return false;
}

std::optional<JobId> job_of(const Change& change) {
  if (const auto job = ordered_job(change)) return job;
  return std::visit(Overload{
                        [](const JobSubmitted& c) { return std::optional(c.job); },
                        [](const JobHeld& c) { return std::optional(c.job); },
                        [](const JobReleased& c) { return std::optional(c.job); },
                        [](const JobCancelled& c) { return std::optional(c.job); },
                        [](const auto&) { return std::optional<JobId>(); },
                    },
                    change);
}

}  // namespace

void MissedGuarantees::rebuild(const State& state) {
  kinds_.clear();
  waiting_.clear();
  for (const JobId job : state.jobs().sorted_ids()) refresh(state, job);
  settle(state);
}

void MissedGuarantees::note(const State& state, const Fact& fact) {
  if (std::holds_alternative<FleetDeclared>(fact.change) || std::holds_alternative<TenantsDeclared>(fact.change)) {
    return rebuild(state);  // ids are others
  }
  const auto job = job_of(fact.change);
  if (!job) return;
  refresh(state, *job);
  for (const JobId released : state.released()) refresh(state, released);
  const Job* known = state.jobs().find(*job);
  const Job& about = known != nullptr ? *known : state.departed();
  if (known != nullptr && !known->holds_devices() && state.departed().id != *job) return;
  const TenantId root = root_of(state.tenants(), about.tenant);
  for (std::size_t p = 0; p < state.fleet().pools().size(); ++p) touched_.insert({id_of<PoolTag>(p), root});
}

void MissedGuarantees::refresh(const State& state, JobId id) {
  const Job* job = state.jobs().find(id);
  const bool waits =
      job != nullptr && job->state == JobState::pending && !job->keeps_failing() && !state.shape_of(*job).window;
  if (waits == waiting_.contains(id)) return;
  if (!waits) return leave(state, id);
  const TenantId root = root_of(state.tenants(), job->tenant);
  waiting_[id] = {job->tenant, job->shape};
  for (std::size_t p = 0; p < state.fleet().pools().size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    if (!state.is_eligible(state.shape_of(*job), pool)) continue;
    kinds_[{pool, root, job->tenant, job->shape}].waiting[id] = state.now();
    touched_.insert({pool, root});
  }
}

void MissedGuarantees::leave(const State& state, JobId id) {
  const auto [tenant, shape] = waiting_.at(id);
  waiting_.erase(id);
  const TenantId root = root_of(state.tenants(), tenant);
  for (std::size_t p = 0; p < state.fleet().pools().size(); ++p) {
    const auto kind = kinds_.find({id_of<PoolTag>(p), root, tenant, shape});
    if (kind == kinds_.end()) continue;
    const auto waited = kind->second.waiting.find(id);
    if (waited == kind->second.waiting.end()) continue;
    judge(state, kind->first, kind->second, id, waited->second, state.now());
    kind->second.waiting.erase(waited);
    if (kind->second.waiting.empty()) kinds_.erase(kind);
  }
}

void MissedGuarantees::judge(const State& state, const Key& key, const Kind& kind, JobId job, Time since, Time until) {
  if (kind.owed_since == Time::never()) return;
  const Duration promised = state.fleet().pool(std::get<0>(key)).spec.reclaim_within;
  if (until - std::max(since, kind.owed_since) <= promised || !counted_.insert(job).second) return;
  ++missed_[state.tenants()[std::get<2>(key)].path];
}

void MissedGuarantees::look(const State& state, const Key& key, Kind& kind) {
  const auto& [pool, root, tenant, shape] = key;
  const bool was_owed = kind.owed_since != Time::never();
  const bool owed = is_owed(state, pool, tenant, shape);
  if (owed == was_owed) return;
  if (was_owed) {
    for (const auto& [job, since] : kind.waiting) judge(state, key, kind, job, since, state.now());
  }
  kind.owed_since = owed ? state.now() : Time::never();
}

void MissedGuarantees::settle(const State& state) {
  for (const auto& [pool, root] : touched_) {
    for (auto kind = kinds_.lower_bound({pool, root, TenantId{0}, ShapeId{0}});
         kind != kinds_.end() && std::get<0>(kind->first) == pool && std::get<1>(kind->first) == root; ++kind) {
      look(state, kind->first, kind->second);
    }
  }
  touched_.clear();
}

std::map<std::string, std::uint64_t> MissedGuarantees::count(const State& state, Time end) {
  for (const auto& [key, kind] : kinds_) {
    for (const auto& [job, since] : kind.waiting) judge(state, key, kind, job, since, end);
  }
  return missed_;
}

}  // namespace dure::what_if

#include "dure/policy/reclaim.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace dure {
namespace {

std::int64_t held_by(const State& state, PoolId pool, const Job& job) {
  return state.amount(state.shape_of(job), pool, job.placed_tasks());
}

// What the tenants would hold in the pool if the victims so far were gone.
class Holdings {
 public:
  Holdings(const State& state, PoolId pool, const PoolQueue& queue, const Beneficiary& beneficiary)
      : state_(state), pool_(pool), queue_(queue), guarantor_(beneficiary.guarantor) {
    for (std::optional<TenantId> at = beneficiary.job.tenant; at; at = parent(*at)) above_.push_back(*at);
  }

  // Whether all of the job is borrowed. What the beneficiary is part of loses nothing: it gains as much.
  bool may_lose(const Job& job) const {
    if (state_.tenants().is_within(job.tenant, guarantor_)) return false;
    if (held_by(state_, pool_, job) == 0) return true;  // no guarantee counts it
    for (std::optional<TenantId> at = job.tenant; at && !is_above_beneficiary(*at); at = parent(*at)) {
      if (held(*at) - held_by(state_, pool_, job) < state_.tenants().quota(*at, pool_).guarantee_milli) return false;
    }
    return true;
  }
  void change(const Job& job, std::int64_t sign) {
    for (std::optional<TenantId> at = job.tenant; at; at = parent(*at)) {
      changes_[*at] += sign * held_by(state_, pool_, job);
    }
  }

 private:
  std::optional<TenantId> parent(TenantId tenant) const { return state_.tenants()[tenant].parent; }
  bool is_above_beneficiary(TenantId tenant) const {
    return std::find(above_.begin(), above_.end(), tenant) != above_.end();
  }
  std::int64_t held(TenantId tenant) const {
    const auto change = changes_.find(tenant);
    return queue_.held(tenant) + (change == changes_.end() ? 0 : change->second);
  }

  const State& state_;
  PoolId pool_;
  const PoolQueue& queue_;
  TenantId guarantor_;
  std::vector<TenantId> above_;
  std::map<TenantId, std::int64_t> changes_;
};

bool may_be_evicted(const Job& job) {
  return job.requeues && (job.state == JobState::starting || job.state == JobState::running);
}

std::set<JobId> already_stopping(const State& state, LatestEnds& running, std::span<const Decision> planned) {
  std::set<JobId> jobs;
  for (const auto& [end, id] : running.sorted()) {
    const Job* job = state.jobs().find(id);
    if (job != nullptr && job->state == JobState::stopping) jobs.insert(id);
  }
  for (const Decision& decision : planned) {
    const auto* stop = std::get_if<StopOrdered>(&decision);
    if (stop == nullptr) continue;
    const bool is_here = std::any_of(running.sorted().begin(), running.sorted().end(),
                                     [&](const LatestEnds::Entry& entry) { return entry.second == stop->job; });
    if (is_here) jobs.insert(stop->job);
  }
  return jobs;
}

// Lost is what ran since the start: where the last checkpoint lies, the state does not know yet.
std::vector<const Job*> cheapest_first(const State& state, LatestEnds& running, PoolId pool, Time now) {
  std::vector<const Job*> jobs;
  for (const auto& [end, id] : running.sorted()) {
    const Job* job = state.jobs().find(id);
    if (job != nullptr && may_be_evicted(*job)) jobs.push_back(job);
  }
  const auto cost = [&](const Job& job) {
    const Wide lost = Wide{(now - job.ordered).ns} * held_by(state, pool, job);
    return std::tuple(job.evictions, lost, ~job.id.value);
  };
  std::sort(jobs.begin(), jobs.end(), [&](const Job* a, const Job* b) { return cost(*a) < cost(*b); });
  return jobs;
}

}  // namespace

std::optional<TenantId> guarantor(const State& state, PoolId pool, const PoolQueue& queue, const Job& job,
                                  std::span<const JobId> promised) {
  const auto wanted_by = [&](const Job& any) {
    return state.amount(state.shape_of(any), pool, state.shape_of(any).tasks_min);
  };
  if (wanted_by(job) == 0) return std::nullopt;
  for (std::optional<TenantId> at = job.tenant; at; at = state.tenants()[*at].parent) {
    std::int64_t owed = queue.held(*at) + wanted_by(job);
    for (JobId id : promised) {
      if (state.tenants().is_within(state.jobs()[id].tenant, *at)) owed += wanted_by(state.jobs()[id]);
    }
    if (owed <= state.tenants().quota(*at, pool).guarantee_milli) return at;
  }
  return std::nullopt;
}

std::optional<Reclaim> find_reclaim(const State& state, CapacityIndex& index, PoolId pool, const PoolQueue& queue,
                                    const Beneficiary& beneficiary, LatestEnds& running, Time now,
                                    std::span<const Decision> planned) {
  const Shape& shape = state.shape_of(beneficiary.job);
  PoolCapacity& capacity = index.pool(pool);
  const std::uint64_t mark = capacity.mark();
  const DemandId demand = capacity.watch(shape.per_task);
  Holdings holdings(state, pool, queue, beneficiary);
  std::vector<const Job*> victims;
  const auto fits = [&] { return capacity.fits(demand, shape.tasks_min, shape.within, Fences::respected); };
  const auto take = [&](const Job& victim) {
    index.give_back(pool, victim.allocation, state.shape_of(victim).per_task);
    holdings.change(victim, -1);
  };
  const auto put_back = [&](const Job& victim) {
    index.book(pool, victim.allocation, state.shape_of(victim).per_task);
    holdings.change(victim, +1);
  };
  // What is on its way out counts as gone, and is nobody's victim again.
  const std::set<JobId> stopping = already_stopping(state, running, planned);
  for (const JobId id : stopping) take(state.jobs()[id]);
  const bool is_coming = fits();
  for (const Job* candidate : cheapest_first(state, running, pool, now)) {
    if (fits()) break;
    if (stopping.contains(candidate->id) || !holdings.may_lose(*candidate)) continue;
    take(*candidate);
    victims.push_back(candidate);
  }
  std::optional<Reclaim> found;
  if (!is_coming && !victims.empty() && fits()) {
    // The dearest are spared first.
    for (std::size_t i = victims.size(); i-- > 0;) {
      put_back(*victims[i]);
      if (fits()) {
        victims.erase(victims.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        take(*victims[i]);
      }
    }
    found = Reclaim{.allocation = capacity.place(shape.per_task, shape.tasks_min, shape.within, Fences::respected)};
    for (const Job* victim : victims) {
      found->victims.push_back(victim->id);
      if (victim->checkpoint) found->grace = std::max(found->grace, victim->checkpoint->grace);
    }
  }
  for (const Job* victim : victims) put_back(*victim);
  for (const JobId id : stopping) put_back(state.jobs()[id]);
  capacity.unwatch(demand);
  capacity.undone_since(mark);
  return found;
}

}  // namespace dure

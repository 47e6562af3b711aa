// What the ledger is told of what happens, and what it asks of jobs.
#include <fmt/format.h>

#include <set>

#include "dure/core/state.h"

namespace dure {
namespace {

// Why work was lost to others.
ledger::Waiver waiver_of(StopCause cause) {
  switch (cause) {
    case StopCause::reclaim: return ledger::Waiver::reclaim;
    case StopCause::preempt: return ledger::Waiver::preempt;
    case StopCause::fairness: return ledger::Waiver::fairness;
    case StopCause::window: return ledger::Waiver::window;
    case StopCause::defragment: return ledger::Waiver::defragment;
    case StopCause::shrink: return ledger::Waiver::shrink;
    case StopCause::asked:
    case StopCause::fault: return ledger::Waiver::fault;
  }
  return ledger::Waiver::fault;
}

std::string kind_of(const PoolSpec& pool) { return pool.gpus_per_node == 0 ? "cpu" : pool.gpu_model; }

}  // namespace

void State::apply(const Booked& change) {
  const bool was_open = ledger_.is_open();
  ledger_.apply(change.change, now_);
  if (was_open || !ledger_.is_open()) return;
  // What is held already is lent already, and costs nothing.
  for (const TenantId root : tenants_.roots()) {
    for (std::size_t pool = 0; pool < fleet_.pools().size(); ++pool) {
      const PoolId id = id_of<PoolTag>(pool);
      ledger_.hold(root, id, usage(root, id).held_milli, now_);
    }
  }
}

void State::declare_to_ledger() {
  std::vector<ledger::DeclaredPool> pools;
  const std::vector<std::string> paths = fleet_.pool_paths();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const PoolSpec& spec = fleet_.pool(id_of<PoolTag>(i)).spec;
    ledger::DeclaredPool& pool = pools.emplace_back();
    pool.path = paths[i];
    pool.kind = kind_of(spec);
    for (const OwnerShare& share : spec.owners) pool.shares.emplace_back(share.tenant, share.amount_milli);
  }
  ledger_.set_pools(pools, now_);
}

// Nothing of a run is lost that its user wanted to end, or that ended by itself.
ledger::Ledger::End State::ending_of(const Job& job, Outcome outcome, Time end) const {
  ledger::Ledger::End ending;
  // The hold knows whether this start began: an earlier one may have begun at the instant of its order.
  const ledger::Hold* hold = ledger_.hold_of(job.id);
  if (hold == nullptr || !hold->started) return ending;
  ending.ran.emplace(job.started, std::max(end, job.started));
  if (!is_interruption(outcome) || job.stop_ordered == Outcome::cancelled) return ending;
  ending.lost = job.work_at_stake(std::max(end, job.resumed));
  if (outcome == Outcome::evicted) ending.why = waiver_of(job.last_eviction.cause);
  return ending;
}

void State::note_reclaim(const Job& job) {
  const StopReason& why = job.last_eviction;
  const bool is_reclaimed = job.state == JobState::stopping && job.stop_ordered == Outcome::evicted &&
                            why.cause == StopCause::reclaim && why.beneficiary;
  const Job* owner = is_reclaimed && ledger_.is_open() ? jobs_.find(*why.beneficiary) : nullptr;
  if (owner == nullptr) return;
  ledger_.reclaimed(job.id, owner->tenant, job.tenant, job.pool, fleet_.pool(job.pool).spec.reclaim_within, job.stopped,
                    now_);
}

// What of a fleet has a rate is told apart by kind.
Result<void> State::check_kinds(const FleetSpec& spec) const {
  std::set<std::string> kinds(ledger_.kinds().begin(), ledger_.kinds().end());
  for (const SiteSpec& site : spec.sites) {
    for (const PoolSpec& pool : site.pools) kinds.insert(kind_of(pool));
  }
  if (kinds.size() <= ledger::most_kinds) return {};
  return fail(Code::invalid_argument,
              fmt::format("the fleets and the rates so far name {} kinds of devices, and there can be {}", kinds.size(),
                          ledger::most_kinds));
}

// Who is to share nothing asks for whole ones. O(pools).
Result<void> State::check_isolation(const JobSpec& spec) const {
  const ledger::Isolation isolation = ledger_.isolation_of(spec.tenant);
  if (isolation == ledger::Isolation::shared) return {};
  const Demand& demand = spec.shape.per_task;
  if (demand.gpu_milli % whole != 0) {
    return fail(Code::invalid_argument, "the tenant's programme shares no GPU with others; ask for whole GPUs");
  }
  if (isolation == ledger::Isolation::gpu) return {};
  for (std::size_t i = 0; i < fleet_.pools().size(); ++i) {
    const PoolSpec& pool = fleet_.pool(id_of<PoolTag>(i)).spec;
    if (!is_eligible(spec.shape, id_of<PoolTag>(i))) continue;
    if (demand.gpu_milli == pool.gpus_per_node * whole && demand.cpu_milli == pool.cpu_milli) continue;
    return fail(
        Code::invalid_argument,
        fmt::format("the tenant's programme shares no node with others; in pool {} ask for whole nodes: {} GPUs "
                    "and {} CPUs a task",
                    fleet_.pool_paths()[i], pool.gpus_per_node, pool.cpu_milli / whole));
  }
  return {};
}

Result<void> State::check(const Booked& change) const {
  if (tenants_.size() == 0) return fail(Code::invalid_argument, "declare the fleet and the tenants first");
  return ledger_.check(change.change, now_);
}

}  // namespace dure

#include "dure/what_if/tally.h"

#include <algorithm>
#include <cmath>

#include "dure/core/harm.h"
#include "dure/what_if/origin.h"

namespace dure::what_if {
namespace {

double ns_between(Time from, Time until) { return static_cast<double>((until - from).ns); }

double hours_of(double milli_ns) { return milli_ns / 1e3 / 3.6e12; }

// The smallest value that at least `share` of them do not exceed; puts them in another order.
std::optional<double> percentile(std::vector<double>& values, double share) {
  if (values.empty()) return std::nullopt;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

Tally::Tally(const State& state, Time from) : capacity_since_(from), missed_(state) {
  note_fleet(state, from);
  state.jobs().for_each([&](JobId id, const Job& job) {
    if (job.was_running) have_run_.insert(id);
    if (job.holds_devices()) take(state, job, from);
  });
}

void Tally::note_fleet(const State& state, Time now) {
  capacity_ += static_cast<double>(capacity_milli_) * ns_between(capacity_since_, now);
  capacity_since_ = now;
  capacity_milli_ = 0;
  counts_gpus_ = state.fleet().gpu_count() > 0;
  for (const Pool& pool : state.fleet().pools()) {
    if (pool.has_gpus() == counts_gpus_) capacity_milli_ += pool.capacity();
  }
  // Who does nothing is told of too.
  for (std::size_t t = 0; t < state.tenants().size(); ++t) {
    const Tenant& tenant = state.tenants()[id_of<TenantTag>(t)];
    if (tenant.is_leaf()) accounts_[tenant.path];
  }
}

std::int64_t Tally::size_of(const State& state, const Job& job) const {
  const Demand& each = state.shape_of(job).per_task;
  return (counts_gpus_ ? each.gpu_milli : each.cpu_milli) * job.placed_tasks();
}

void Tally::take(const State& state, const Job& job, Time now) {
  holdings_[job.id] = {.tenant = state.tenants()[job.tenant].path, .milli = size_of(state, job), .since = now};
}

void Tally::give_back(JobId job, Time now) {
  const auto found = holdings_.find(job);
  if (found == holdings_.end()) return;
  const Holding& holding = found->second;
  accounts_[holding.tenant].held += static_cast<double>(holding.milli) * ns_between(holding.since, now);
  holdings_.erase(found);
}

void Tally::note_end(const State& state, const Ended& ended) {
  const Job& job = state.departed();
  if (ended.outcome != Outcome::evicted) return;
  Account& account = accounts_[state.tenants()[job.tenant].path];
  ++account.evictions;
  if (cause_of_eviction(job) == StopCause::reclaim) ++account.reclaimed;
  account.lost += static_cast<double>(size_of(state, job)) * static_cast<double>(job.work_at_stake(state.now()).ns);
}

void Tally::on_fact(const State& state, const Fact& fact) {
  missed_.note(state, fact);
  if (std::holds_alternative<FleetDeclared>(fact.change) || std::holds_alternative<TenantsDeclared>(fact.change)) {
    note_fleet(state, fact.time);
  }
  if (const auto* ended = std::get_if<Ended>(&fact.change)) note_end(state, *ended);
  const auto id = ordered_job(fact.change);
  if (!id) return;
  const Job* job = state.jobs().find(*id);
  const bool holds = job != nullptr && job->holds_devices();
  if (!holds) return give_back(*id, fact.time);
  if (!holdings_.contains(*id)) take(state, *job, fact.time);
  if (std::holds_alternative<Started>(fact.change) && have_run_.insert(*id).second) {
    accounts_[state.tenants()[job->tenant].path].waits.push_back(ns_between(job->submitted, fact.time) / 1e9);
  }
}

void Tally::on_turn(const State& state, bool is_settled) {
  if (is_settled) missed_.settle(state);
}

void Tally::add(Account& sum, const Account& account) {
  sum.waits.insert(sum.waits.end(), account.waits.begin(), account.waits.end());
  sum.held += account.held;
  sum.lost += account.lost;
  sum.evictions += account.evictions;
  sum.reclaimed += account.reclaimed;
  sum.waiting += account.waiting;
}

Figures Tally::figures_of(Account& account, std::uint64_t missed) const {
  Figures figures;
  of(figures, Figure::missed_guarantees) = static_cast<double>(missed);
  of(figures, Figure::evictions) = static_cast<double>(account.evictions);
  of(figures, Figure::reclaimed) = static_cast<double>(account.reclaimed);
  of(figures, Figure::lost_hours) = hours_of(account.lost);
  of(figures, Figure::still_waiting) = static_cast<double>(account.waiting);
  of(figures, Figure::median_wait) = percentile(account.waits, 0.5);
  of(figures, Figure::late_wait) = percentile(account.waits, 0.9);
  of(figures, Figure::started) = static_cast<double>(account.waits.size());
  of(figures, Figure::held_hours) = hours_of(account.held);
  if (capacity_ > 0) of(figures, Figure::utilisation) = account.held / capacity_;
  return figures;
}

TenantFigures Tally::close(const State& state, Time until) {
  std::vector<JobId> held;
  for (const auto& [job, holding] : holdings_) held.push_back(job);
  std::sort(held.begin(), held.end());
  for (const JobId job : held) give_back(job, until);
  note_fleet(state, until);
  state.jobs().for_each([&](JobId id, const Job& job) {
    if (job.awaits_start() && !have_run_.contains(id)) ++accounts_[state.tenants()[job.tenant].path].waiting;
  });
  std::map<std::string, std::uint64_t> missed = missed_.count(state, until);
  TenantFigures figures;
  Account sum;
  std::uint64_t all_missed = 0;
  for (auto& [path, account] : accounts_) {
    add(sum, account);
    all_missed += missed[path];
    figures[path] = figures_of(account, missed[path]);
  }
  figures[""] = figures_of(sum, all_missed);
  return figures;
}

}  // namespace dure::what_if

#include "dure/server/publisher.h"

#include <algorithm>
#include <utility>

#include "dure/base/overload.h"
#include "dure/fleet/renumbering.h"

namespace dure::server {
namespace {

using api::JobRow;
using api::NodeRow;

bool is_over(const State& state, const Dependency& on) {
  return is_of_array(on.kind) ? !state.arrays().contains(on.job) : state.jobs().find(on.job) == nullptr;
}

// Whether it is charged for: from its start to its end.
bool goes_on(const Job& job) {
  return job.holds_devices() && job.state != JobState::starting && job.started >= job.ordered;
}

bool waits(const Job& job) { return job.state == JobState::pending || job.state == JobState::held; }

}  // namespace

std::vector<std::byte> Publisher::aside() const {
  ByteWriter writer;
  const std::vector<std::byte> account = account_.to_bytes();
  writer(static_cast<std::uint64_t>(account.size()));
  writer.raw(account);
  writer(static_cast<std::uint32_t>(ended_.size()));
  for (const JobId id : ended_) writer(*jobs_.find(id.index()));
  return {writer.bytes().begin(), writer.bytes().end()};
}

bool Publisher::restore(const State& state, std::span<const std::byte> aside) {
  ByteReader reader(aside);
  std::uint64_t account_bytes = 0;
  reader(account_bytes);
  const std::span<const std::byte> account = reader.raw(account_bytes);
  std::vector<JobRow> ended;
  reader(ended);
  const bool is_whole =
      reader.is_done() && std::all_of(ended.begin(), ended.end(), [&](const JobRow& row) {
        return row.job.tenant.index() < state.tenants().size() && row.job.pool.index() < state.fleet().pools().size();
      });
  if (!is_whole || !account_.restore(account, state)) return false;
  declare_fleet(state);
  declare_tenants(state);
  for (JobRow& row : ended) {
    ended_.push_back(row.job.id);
    jobs_.put(row.job.id.index(), std::move(row));
  }
  return true;
}

void Publisher::replay(const State& state, const Fact& fact) {
  hear(state, fact);
  const auto* ended = std::get_if<Ended>(&fact.change);
  const auto* cancelled = std::get_if<JobCancelled>(&fact.change);
  if (ended == nullptr && cancelled == nullptr) return;
  if (state.jobs().find(state.departed().id) != nullptr) return;  // it starts again
  if (ended == nullptr) return keep_ended(state, {.outcome = cancelled->outcome});
  keep_ended(state, {.outcome = ended->outcome, .exit_code = ended->exit_code, .reason = ended->reason});
}

void Publisher::hear(const State& state, const Fact& fact) {
  account_.hear(state, fact);
  if (std::holds_alternative<FleetDeclared>(fact.change)) declare_fleet(state);
  if (std::holds_alternative<TenantsDeclared>(fact.change)) declare_tenants(state);
}

// Pools and nodes may have got other numbers, of jobs that have ended too.
void Publisher::declare_fleet(const State& state) {
  const std::shared_ptr<const Fleet> former = std::exchange(fleet_, std::make_shared<const Fleet>(state.fleet()));
  ++estate_version_;
  if (tenants_) use_.assign(tenants_->size() * fleet_->pools().size(), {});
  if (!former) return;
  const Renumbering renumbering(*former, *fleet_);
  for (const JobId id : ended_) {
    JobRow row = *jobs_.find(id.index());
    renumbering.renumber(row.shape.pools);
    if (!row.job.allocation.empty()) {
      renumbering.renumber(row.job.pool, row.job.allocation);
      const Pool& pool = fleet_->pool(row.job.pool);
      std::erase_if(row.job.allocation, [&](const Placement& place) { return !pool.contains(place.node); });
    }
    jobs_.put(id.index(), std::move(row));
  }
}

void Publisher::declare_tenants(const State& state) {
  const std::shared_ptr<const Tenants> former =
      std::exchange(tenants_, std::make_shared<const Tenants>(state.tenants()));
  ++estate_version_;
  use_.assign(tenants_->size() * state.fleet().pools().size(), {});
  if (former) rename_ended(*former);
}

// Tenants have got other numbers; the jobs of those that are gone are left to the journal.
void Publisher::rename_ended(const Tenants& former) {
  std::erase_if(ended_, [&](JobId id) {
    JobRow row = *jobs_.find(id.index());
    const auto now = tenants_->find(former[row.job.tenant].path);
    if (now) {
      row.job.tenant = *now;
      jobs_.put(id.index(), std::move(row));
    } else {
      jobs_.erase(id.index());
    }
    return !now;
  });
}

void Publisher::rebuild(const State& state) {
  std::vector<JobRow> ended;
  for (const JobId id : ended_) ended.push_back(*jobs_.find(id.index()));
  jobs_ = {};
  for (JobRow& row : ended) {
    const std::size_t index = row.job.id.index();
    jobs_.put(index, std::move(row));
  }
  nodes_ = {};
  pending_ = running_ = 0;
  waiters_.clear();
  if (!fleet_) fleet_ = std::make_shared<const Fleet>(state.fleet());
  if (!tenants_) declare_tenants(state);
  users_ = std::make_shared<const std::vector<std::string>>(state.users());
  use_.assign(use_.size(), {});
  std::map<JobId, std::vector<Dependency>> after;
  for (const auto& [job, dependents] : state.dependents()) {
    for (const Dependency& dependent : dependents) {
      after[dependent.job].push_back({dependent.kind, job});
      waiters_[job].push_back(dependent.job);
    }
  }
  node_rows_.resize(state.fleet().node_count());
  for (NodeRow& node : node_rows_) node.jobs.clear();
  for (const JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    put(state, job, {.after = std::move(after[id])});
    if (job.holds_devices()) put_on_nodes(state, job, true);
  }
  for (std::uint32_t n = 0; n < state.fleet().node_count(); ++n) refresh_node(state, NodeId{n});
}

void Publisher::put(const State& state, const Job& job, JobRow row) {
  if (const JobRow* before = jobs_.find(job.id.index())) count(*before, -1);
  row.job = job;
  row.shape = state.shape_of(job);
  const auto promised = state.reservations().find(job.id);
  row.promised_from = promised == state.reservations().end() ? std::nullopt : std::optional(promised->second.from);
  count(row, +1);
  jobs_.put(job.id.index(), std::move(row));
}

void Publisher::refresh(const State& state, JobId id) {
  const Job* job = state.jobs().find(id);
  const JobRow* before = jobs_.find(id.index());
  if (job == nullptr || before == nullptr) return;
  JobRow row{.after = before->after};
  std::erase_if(row.after, [&](const Dependency& on) { return is_over(state, on); });
  put(state, *job, std::move(row));
}

void Publisher::count(const JobRow& row, int sign) {
  const Job& job = row.job;
  if (job.state == JobState::ended) return;
  const auto by = static_cast<std::uint64_t>(sign);
  const bool is_waiting = waits(job);
  (is_waiting ? pending_ : running_) += by;
  const std::size_t pool = is_waiting ? 0 : job.pool.index();
  const std::int64_t going_milli =
      goes_on(job) ? fleet_->pool(job.pool).amount(row.shape.per_task) * job.placed_tasks() : 0;
  for (std::optional<TenantId> at = job.tenant; at && at->index() < tenants_->size(); at = (*tenants_)[*at].parent) {
    api::TenantUse& use = use_[at->index() * fleet_->pools().size() + pool];
    (is_waiting ? use.pending : use.running) += by;
    use.going_milli += sign * going_milli;
    use.going_from += Wide{sign} * going_milli * job.started.ns;
  }
}

void Publisher::put_on_nodes(const State& state, const Job& job, bool holds) {
  for (const Placement& placement : job.allocation) {
    std::vector<JobId>& jobs = node_rows_[placement.node.index()].jobs;
    const auto place = std::lower_bound(jobs.begin(), jobs.end(), job.id);
    const bool is_there = place != jobs.end() && *place == job.id;
    if (holds && !is_there) jobs.insert(place, job.id);
    if (!holds && is_there) jobs.erase(place);
    refresh_node(state, placement.node);
  }
}

void Publisher::refresh_node(const State& state, NodeId node) {
  NodeRow& row = node_rows_[node.index()];
  const PoolSpec& pool = state.fleet().pool(state.fleet().pool_of(node)).spec;
  row.is_lost = state.health(node).lost;
  row.is_drained = state.health(node).drained;
  row.reason = row.is_drained ? account_.why_drained(state.fleet(), node) : "";
  row.cpu_held_milli = pool.cpu_milli - state.occupancy().free_cpu_milli(node);
  row.memory_held_mib = pool.memory_mib > 0 ? pool.memory_mib - state.occupancy().free_memory_mib(node) : 0;
  row.gpu_held_milli = 0;
  for (std::uint32_t device = 0; device < pool.gpus_per_node; ++device) {
    row.gpu_held_milli += whole - state.occupancy().free_gpu_milli(node, device);
  }
  nodes_.put(node.index(), row);
}

void Publisher::end(const State& state, Outcome outcome, std::int32_t exit_code, const std::string& reason) {
  const Job& job = state.departed();
  if (!job.allocation.empty()) put_on_nodes(state, job, false);
  if (state.jobs().find(job.id) != nullptr) return refresh(state, job.id);  // it starts again
  keep_ended(state, {.outcome = outcome, .exit_code = exit_code, .reason = reason});
  refresh_dependents(state, job.id);
  if (job.array && !state.arrays().contains(job.array->array)) refresh_dependents(state, job.array->array);
}

void Publisher::keep_ended(const State& state, JobRow row) {
  Job last = state.departed();
  last.state = JobState::ended;
  row.ended = state.now();
  put(state, last, std::move(row));
  ended_.push_back(last.id);
  if (ended_.size() > most_ended_) {
    jobs_.erase(ended_.front().index());
    ended_.pop_front();
  }
}

void Publisher::refresh_dependents(const State& state, JobId ended) {
  const auto found = waiters_.find(ended);
  if (found == waiters_.end()) return;
  for (const JobId job : found->second) refresh(state, job);
  if (!state.arrays().contains(ended)) waiters_.erase(found);  // else some wait for the rest of it
}

void Publisher::on_fact(const State& state, const Fact& fact) {
  hear(state, fact);
  std::visit(Overload{
                 [&](const FleetDeclared&) { rebuild(state); },
                 [&](const TenantsDeclared&) { rebuild(state); },
                 [&](const UserDeclared&) { users_ = std::make_shared<const std::vector<std::string>>(state.users()); },
                 [&](const JobSubmitted& c) {
                   for (const Dependency& on : c.spec.after) waiters_[on.job].push_back(c.job);
                   put(state, state.jobs()[c.job], {.after = c.spec.after});
                 },
                 [&](const JobCancelled& c) { end(state, c.outcome, 0, ""); },
                 [&](const Ended& c) { end(state, c.outcome, c.exit_code, c.reason); },
                 [&](const StartFailed&) { end(state, Outcome::failed, 0, ""); },
                 [&](const StartOrdered& c) {
                   refresh(state, c.job);
                   put_on_nodes(state, state.jobs()[c.job], true);
                 },
                 [&](const NodeDrained& c) { refresh_node(state, c.node); },
                 [&](const NodeResumed& c) { refresh_node(state, c.node); },
                 [&](const NodeLost& c) { refresh_node(state, c.node); },
                 [&](const NodeReturned& c) { refresh_node(state, c.node); },
                 [&](const auto& c) { refresh(state, c.job); },
             },
             fact.change);
}

void Publisher::publish(const State& state) {
  const std::size_t pools = fleet_->pools().size();
  auto use = std::make_shared<std::vector<api::TenantUse>>(use_);
  for (std::size_t i = 0; i < use->size(); ++i) {
    const auto tenant = id_of<TenantTag>(i / pools);
    const auto pool = id_of<PoolTag>(i % pools);
    (*use)[i].held_milli = state.usage(tenant, pool).held_milli;
    const Consumption& consumed = account_.of(tenant, pool);
    (*use)[i].ended = consumed.ended;
    (*use)[i].used = consumed.used;
    (*use)[i].by_eviction = consumed.by_eviction;
    (*use)[i].by_node_loss = consumed.by_node_loss;
  }
  auto view = std::make_shared<api::View>();
  view->sequence = state.fact_count();
  view->now = state.now();
  view->fleet = fleet_;
  view->tenants = tenants_;
  view->estate_version = estate_version_;
  view->users = users_;
  view->jobs = jobs_.publish();
  view->nodes = nodes_.publish();
  view->use = std::move(use);
  view->next_job = state.next_job();
  view->pending = pending_;
  view->running = running_;
  const std::lock_guard lock(mutex_);
  published_ = std::move(view);
}

std::shared_ptr<const api::View> Publisher::view() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

}  // namespace dure::server

#include "dure/server/publisher.h"

#include <algorithm>
#include <utility>

#include "dure/api/node_outlook.h"
#include "dure/base/overload.h"
#include "dure/fleet/outlook.h"
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

bool holds(const JobRow* row) {
  return row != nullptr && row->job.state != JobState::ended && row->job.holds_devices();
}

std::vector<std::pair<Time, JobId>> first_of(const std::set<std::pair<Time, JobId>>& all, std::size_t most) {
  std::vector<std::pair<Time, JobId>> first;
  for (auto at = all.begin(); at != all.end() && first.size() < most; ++at) first.push_back(*at);
  return first;
}

// The free thousandths of each device; nothing if none is partly free.
std::vector<std::int16_t> shared_devices(const NodeAmounts& free, std::uint32_t devices) {
  const auto* end = free.gpu_milli.begin() + devices;
  const bool is_shared =
      std::any_of(free.gpu_milli.begin(), end, [](std::int16_t milli) { return milli > 0 && milli < whole; });
  if (!is_shared) return {};
  std::vector<std::int16_t> out(free.gpu_milli.begin(), end);
  for (std::int16_t& milli : out) milli = std::max<std::int16_t>(milli, 0);
  return out;
}

// What leaves a sick device leaves no room there.
void hide(std::uint64_t sick, NodeAmounts& free) {
  for_each_device(sick, [&](std::uint32_t device) { free.gpu_milli[device] = 0; });
}

api::FreeRoom room_of(const NodeAmounts& free, std::uint32_t devices) {
  api::FreeRoom room{.cpu_milli = std::max<std::int64_t>(free.cpu_milli, 0),
                     .memory_mib = std::max<std::int64_t>(free.memory_mib, 0)};
  for (std::uint32_t device = 0; device < devices; ++device) {
    if (free.gpu_milli[device] == whole) room.idle |= std::uint64_t{1} << device;
  }
  return room;
}

// What the run that has just ended was charged, of one whose account is kept.
std::optional<ledger::Settlement> settlement_of(const State& state) {
  const ledger::Ledger& ledger = state.ledger();
  const Job& job = state.departed();
  const bool is_kept = ledger.is_open() && ledger.last_settlement().account && ledger.last_settlement().job == job.id;
  return is_kept ? std::optional(ledger.last_settlement()) : std::nullopt;
}

JobRow row_of(const State& state, const Ended& ended, Time told) {
  return {.outcome = ended.outcome,
          .exit_code = ended.exit_code,
          .reason = ended.reason,
          .ended = end_of(ended, told),
          .settled = settlement_of(state)};
}

JobRow row_of(const JobCancelled& cancelled, Time told) { return {.outcome = cancelled.outcome, .ended = told}; }

std::vector<ledger::Settlement> settled_of(const std::deque<JobId>& ended, const api::PageWriter<JobRow>& jobs) {
  std::vector<ledger::Settlement> settled;
  for (const JobId id : ended) {
    const JobRow* row = jobs.find(id.index());
    if (row->settled) settled.push_back(*row->settled);
  }
  return settled;
}

std::shared_ptr<const std::vector<Window>> windows_of(const State& state) {
  std::vector<Window> windows;
  for (const auto& [id, window] : state.windows()) windows.push_back(window);
  std::sort(windows.begin(), windows.end(),
            [](const Window& a, const Window& b) { return std::pair(a.from, a.id) < std::pair(b.from, b.id); });
  return std::make_shared<const std::vector<Window>>(std::move(windows));
}

}  // namespace

std::vector<std::byte> Publisher::aside() const {
  ByteWriter writer;
  const std::vector<std::byte> account = account_.to_bytes();
  writer(static_cast<std::uint64_t>(account.size()));
  writer.raw(account);
  writer(static_cast<std::uint32_t>(ended_.size()));
  for (const JobId id : ended_) writer(*jobs_.find(id.index()));
  writer(settled_of(ended_, jobs_));
  return {writer.bytes().begin(), writer.bytes().end()};
}

bool Publisher::restore(const State& state, std::span<const std::byte> aside) {
  ByteReader reader(aside);
  std::uint64_t account_bytes = 0;
  reader(account_bytes);
  const std::span<const std::byte> account = reader.raw(account_bytes);
  std::vector<JobRow> ended;
  reader(ended);
  std::vector<ledger::Settlement> settled;
  if (!reader.is_done()) reader(settled);  // older ones end before
  const bool is_whole =
      reader.is_done() && std::all_of(ended.begin(), ended.end(), [&](const JobRow& row) {
        return row.job.tenant.index() < state.tenants().size() && row.job.pool.index() < state.fleet().pools().size();
      });
  if (!is_whole || !account_.restore(account, state)) return false;
  declare_fleet(state);
  declare_tenants(state);
  auto next = settled.begin();  // in the order of the rows
  for (JobRow& row : ended) {
    ended_.push_back(row.job.id);
    if (next != settled.end() && next->job == row.job.id) row.settled = *next++;
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
  keep_ended(state, ended == nullptr ? row_of(*cancelled, fact.time) : row_of(state, *ended, fact.time));
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
  rooms_ = {};
  pending_on_ = {};
  pending_counts_.clear();
  touched_counts_.clear();
  touched_.clear();
  books_.assign(state.fleet().pools().size(), {});
  books_changed_ = true;
  pending_ = running_ = 0;
  waiters_.clear();
  if (!fleet_) fleet_ = std::make_shared<const Fleet>(state.fleet());
  if (!tenants_) declare_tenants(state);
  users_ = std::make_shared<const std::vector<std::string>>(state.users());
  windows_ = windows_of(state);
  ledger_.rebuild(state);
  use_.assign(use_.size(), {});
  std::map<JobId, std::vector<Dependency>> after;
  for (const auto& [job, dependents] : state.dependents()) {
    for (const Dependency& dependent : dependents) {
      after[dependent.job].push_back({dependent.kind, job});
      waiters_[job].push_back(dependent.job);
    }
  }
  node_rows_.assign(state.fleet().node_count(), {});
  for (const JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    put(state, job, {.after = std::move(after[id])});
    if (job.holds_devices()) put_on_nodes(job, true);
  }
  touched_.clear();
  for (std::uint32_t n = 0; n < state.fleet().node_count(); ++n) touched_.push_back(NodeId{n});
}

void Publisher::put(const State& state, const Job& job, JobRow row) {
  const JobRow* before = jobs_.find(job.id.index());
  if (before != nullptr) count(*before, -1);
  row.job = job;
  row.shape = state.shape_of(job);
  row.devices = account_.devices_of(job.id);
  row.start_failed = account_.why_not_started(job.id);
  const auto promised = state.reservations().find(job.id);
  const ledger::Hold* hold = state.ledger().hold_of(job.id);
  row.hold = hold == nullptr ? std::nullopt : std::optional(*hold);
  row.promise = promised == state.reservations().end() ? std::nullopt : std::optional(promised->second);
  count(row, +1);
  follow(before, &row);
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

// What changes with a job beside what tenants have: only that is done.
void Publisher::follow(const JobRow* before, const JobRow* after) {
  const auto pending_as = [](const JobRow* row) {
    const bool is_pending = row != nullptr && row->job.state == JobState::pending;
    return is_pending ? std::optional(std::pair(row->job.tenant, row->job.priority)) : std::nullopt;
  };
  if (pending_as(before) != pending_as(after)) {
    if (pending_as(before)) count_pending(*before, -1);
    if (pending_as(after)) count_pending(*after, +1);
  }
  const auto promised_to = [](const JobRow* row) { return row != nullptr && row->promise.has_value(); };
  if (promised_to(before) != promised_to(after)) {
    if (promised_to(before)) note_promise(*before, false);
    if (promised_to(after)) note_promise(*after, true);
  }
  if (holds(before) != holds(after)) {
    const Job& job = holds(before) ? before->job : after->job;
    auto& ends = book_of(job.pool).ends;
    holds(before) ? void(ends.erase({job.latest_end(), job.id})) : void(ends.emplace(job.latest_end(), job.id));
  }
  const auto is_leaving = [](const JobRow* row) { return holds(row) && row->job.state == JobState::stopping; };
  if (is_leaving(before) != is_leaving(after)) {
    const JobRow& row = is_leaving(before) ? *before : *after;
    const std::int64_t milli = fleet_->pool(row.job.pool).amount(row.shape.per_task) * row.job.placed_tasks();
    book_of(row.job.pool).leaving_milli += is_leaving(before) ? -milli : milli;
    touch(row.job.allocation);
  }
}

void Publisher::count_pending(const JobRow& row, int sign) {
  const std::size_t page = row.job.id.index() / api::rows_per_page;
  auto& counts = pending_counts_[page];
  const std::pair key(row.job.tenant, row.job.priority);
  if ((counts[key] += static_cast<std::uint32_t>(sign)) == 0) counts.erase(key);
  touched_counts_.insert(page);
}

void Publisher::note_promise(const JobRow& row, bool is_made) {
  const Reservation& promise = *row.promise;
  PoolBook& book = book_of(promise.pool);
  const bool is_move = promise.promise == Promise::move;
  const std::uint32_t tasks = is_move ? placed_tasks(promise.allocation) : row.shape.tasks_min;
  const std::int64_t milli = fleet_->pool(promise.pool).amount(row.shape.per_task) * tasks;
  book.promised_milli += is_made ? milli : -milli;
  if (is_move) is_made ? ++book.moves : --book.moves;
  is_made ? void(book.promises.emplace(promise.from, promise.job))
          : void(book.promises.erase({promise.from, promise.job}));
  for (const Placement& placement : promise.allocation) {
    std::vector<JobId>& promised = node_rows_[placement.node.index()].promised;
    const auto place = std::lower_bound(promised.begin(), promised.end(), promise.job);
    const bool is_there = place != promised.end() && *place == promise.job;
    if (is_made && !is_there) promised.insert(place, promise.job);
    if (!is_made && is_there) promised.erase(place);
  }
  touch(promise.allocation);
}

void Publisher::touch(const Allocation& allocation) {
  for (const Placement& placement : allocation) touched_.push_back(placement.node);
}

void Publisher::put_on_nodes(const Job& job, bool holds) {
  for (const Placement& placement : job.allocation) {
    std::vector<JobId>& jobs = node_rows_[placement.node.index()].jobs;
    const auto place = std::lower_bound(jobs.begin(), jobs.end(), job.id);
    const bool is_there = place != jobs.end() && *place == job.id;
    if (holds && !is_there) jobs.insert(place, job.id);
    if (!holds && is_there) jobs.erase(place);
  }
  touch(job.allocation);
}

// Once a publication for each node, however often it changed.
void Publisher::refresh_touched(const State& state) {
  std::sort(touched_.begin(), touched_.end());
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  for (auto at = touched_.begin(); at != touched_.end();) {
    const std::size_t group = at->index() / api::nodes_per_group;
    const api::NodeRooms* before = rooms_.find(group);
    api::NodeRooms rooms = before == nullptr ? api::NodeRooms{} : *before;
    for (; at != touched_.end() && at->index() / api::nodes_per_group == group; ++at) {
      refresh_node(state, *at, rooms[at->index() % api::nodes_per_group]);
    }
    rooms_.put(group, rooms);
  }
  touched_.clear();
}

// Requires that something is promised there.
NodeAmounts Publisher::lasting_on(const State& state, NodeId node, const NodeAmounts& now) const {
  std::vector<api::TimedPlacement> held;
  std::vector<api::TimedPlacement> promised;
  const NodeRow& row = node_rows_[node.index()];
  for (const JobId id : row.jobs) {
    const Job& job = state.jobs()[id];
    api::append_on(node, job.leaves(), job.allocation, state.shape_of(job).per_task, held);
  }
  for (const JobId id : row.promised) {
    const Reservation& promise = state.reservations().at(id);
    api::append_on(node, kept_from(promise.promise, promise.from), promise.allocation,
                   state.shape_of(state.jobs()[id]).per_task, promised);
  }
  return api::lasting(now, held, promised, state.fleet().pool(state.fleet().pool_of(node)).spec.gpus_per_node);
}

void Publisher::refresh_node(const State& state, NodeId node, api::NodeRoom& room) {
  NodeRow& row = node_rows_[node.index()];
  const PoolSpec& pool = state.fleet().pool(state.fleet().pool_of(node)).spec;
  row.is_lost = state.health(node).lost;
  row.is_drained = state.health(node).drained;
  row.sick = state.health(node).sick;
  row.reason = row.is_drained  ? account_.why_drained(state.fleet(), node)
               : row.sick != 0 ? account_.why_sick(state.fleet(), node)
                               : "";
  NodeAmounts now{.cpu_milli = state.occupancy().free_cpu_milli(node),
                  .memory_mib = state.occupancy().free_memory_mib(node)};
  row.cpu_held_milli = pool.cpu_milli - now.cpu_milli;
  row.memory_held_mib = pool.memory_mib > 0 ? pool.memory_mib - now.memory_mib : 0;
  row.gpu_held_milli = 0;
  for (std::uint32_t device = 0; device < pool.gpus_per_node; ++device) {
    now.gpu_milli[device] = static_cast<std::int16_t>(state.occupancy().free_gpu_milli(node, device));
    row.gpu_held_milli += whole - now.gpu_milli[device];
  }
  const std::uint64_t sick_idle = room_of(now, pool.gpus_per_node).idle & row.sick;
  hide(row.sick, now);
  NodeAmounts stays = row.promised.empty() ? now : lasting_on(state, node, now);
  hide(row.sick, stays);
  row.devices_now = shared_devices(now, pool.gpus_per_node);
  row.devices_lasting = shared_devices(stays, pool.gpus_per_node);
  room = {.now = room_of(now, pool.gpus_per_node),
          .lasting = room_of(stays, pool.gpus_per_node),
          .is_lost = row.is_lost,
          .is_drained = row.is_drained,
          .is_shared = !row.devices_now.empty() || !row.devices_lasting.empty(),
          .is_promised = !row.promised.empty(),
          .sick = row.sick,
          .sick_idle = sick_idle};
  nodes_.put(node.index(), row);
}

void Publisher::end(const State& state, api::JobRow row) {
  const Job& job = state.departed();
  if (!job.allocation.empty()) put_on_nodes(job, false);
  if (state.jobs().find(job.id) != nullptr) return refresh(state, job.id);  // it starts again
  keep_ended(state, std::move(row));
  refresh_dependents(state, job.id);
  if (job.array && !state.arrays().contains(job.array->array)) refresh_dependents(state, job.array->array);
}

void Publisher::keep_ended(const State& state, JobRow row) {
  Job last = state.departed();
  last.state = JobState::ended;
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
  ledger_.hear(state, fact);
  std::visit(Overload{
                 [&](const FleetDeclared&) { rebuild(state); },
                 [&](const TenantsDeclared&) { rebuild(state); },
                 [&](const UserDeclared&) { users_ = std::make_shared<const std::vector<std::string>>(state.users()); },
                 [&](const JobSubmitted& c) {
                   for (const Dependency& on : c.spec.after) waiters_[on.job].push_back(c.job);
                   put(state, state.jobs()[c.job], {.after = c.spec.after});
                 },
                 [&](const JobCancelled& c) { end(state, row_of(c, fact.time)); },
                 [&](const Ended& c) { end(state, row_of(state, c, fact.time)); },
                 [&](const StartFailed&) { end(state, {}); },
                 [&](const StartOrdered& c) {
                   refresh(state, c.job);
                   put_on_nodes(state.jobs()[c.job], true);
                 },
                 [&](const NodeDrained& c) { touched_.push_back(c.node); },
                 [&](const NodeResumed& c) { touched_.push_back(c.node); },
                 [&](const NodeLost& c) { touched_.push_back(c.node); },
                 [&](const NodeReturned& c) { touched_.push_back(c.node); },
                 [&](const WindowOpened&) { windows_ = windows_of(state); },
                 [&](const WindowClosed&) { windows_ = windows_of(state); },
                 [&](const DevicesFailed& c) { touched_.push_back(c.node); },
                 [&](const DevicesReturned& c) { touched_.push_back(c.node); },
                 [&](const NodesSwapped& c) {
                   put_on_nodes(state.departed(), false);
                   refresh(state, c.job);
                   put_on_nodes(state.jobs()[c.job], true);
                 },
                 [](const Booked&) {},
                 [&](const auto& c) { refresh(state, c.job); },
             },
             fact.change);
}

Publisher::PoolBook& Publisher::book_of(PoolId pool) {
  books_changed_ = true;
  return books_[pool.index()];
}

std::shared_ptr<const std::vector<api::PoolOutlook>> Publisher::outlooks() {
  if (!std::exchange(books_changed_, false)) return outlooks_;
  std::vector<api::PoolOutlook> outlooks;
  for (const PoolBook& book : books_) {
    outlooks.push_back({.promises = book.promises.size(),
                        .promised_milli = book.promised_milli,
                        .first_promises = first_of(book.promises, 2),
                        .first_ends = first_of(book.ends, api::PoolOutlook::most_ends),
                        .leaving_milli = book.leaving_milli,
                        .moves = book.moves});
  }
  outlooks_ = std::make_shared<const std::vector<api::PoolOutlook>>(std::move(outlooks));
  return outlooks_;
}

void Publisher::publish(const State& state) {
  refresh_touched(state);
  for (const std::size_t page : touched_counts_) {
    api::PendingCounts counts;
    for (const auto& [key, jobs] : pending_counts_[page]) counts.entries.push_back({key.first, key.second, jobs});
    if (counts.entries.empty()) pending_counts_.erase(page);
    counts.entries.empty() ? pending_on_.erase(page) : pending_on_.put(page, std::move(counts));
  }
  touched_counts_.clear();
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
  view->windows = windows_;
  view->jobs = jobs_.publish();
  view->pending_on = pending_on_.publish();
  view->nodes = nodes_.publish();
  view->rooms = rooms_.publish();
  view->pools = outlooks();
  view->use = std::move(use);
  ledger_.publish(state, *view);
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

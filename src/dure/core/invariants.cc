#include "dure/core/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "dure/base/overload.h"

namespace dure {
namespace {

constexpr std::size_t most_messages = 10;

// Counted anew: this is the witness.
std::uint32_t domain_of(const Pool& pool, NodeId node, Level level) {
  return (node.value - pool.first_node.value) / pool.nodes_in(level);
}

}  // namespace

void Invariants::expect(bool holds, const State& state, JobId job, const char* rule) {
  ++checked_;
  if (holds) return;
  ++violated_;
  if (messages_.size() < most_messages) {
    messages_.push_back(fmt::format("{} job {}: {}", to_text(state.now()), job.value, rule));
  }
}

void Invariants::observe(const State& state, const Fact& fact) {
  std::visit(Overload{
                 [&](const StartOrdered& c) { observe_start(state, c); },
                 [&](const Ended& c) {
                   const bool goes_on = c.outcome == Outcome::evicted && state.jobs().find(c.job) != nullptr;
                   if (!goes_on) promised_.erase(c.job);
                   observe_end(c.job);
                 },
                 [&](const StopOrdered& c) {
                   if (c.outcome == Outcome::cancelled) promised_.erase(c.job);
                 },
                 [&](const StartFailed& c) { observe_end(c.job); },
                 [&](const NodesSwapped& c) { observe_swap(state, c); },
                 [](const Booked&) {},
                 [&](const NodeDrained& c) { observe_quarantine(state, c); },
                 [&](const ReservationMade& c) { observe_promise(state, c); },
                 [&](const ReservationDropped& c) {
                   // Any listed cause but an improvement releases us from the promise.
                   if (c.cause != DropCause::improved) promised_.erase(c.job);
                 },
                 [&](const JobCancelled& c) { promised_.erase(c.job); },
                 [&](const JobHeld& c) { promised_.erase(c.job); },
                 [&](const JobUpdated& c) {
                   if (c.time_limit || c.priority) promised_.erase(c.job);
                 },
                 [&](const TenantsDeclared&) { promised_.clear(); },
                 [&](const FleetDeclared&) { observe_fleet(state); },
                 // Nothing is given, taken or promised by these; of older journals' promises only the nodes are known.
                 [](const UserDeclared&) {},
                 [](const JobSubmitted&) {},
                 [](const JobReleased&) {},
                 [](const NodeResumed&) {},
                 [](const NodesReserved&) {},
                 [](const Started&) {},
                 [](const NodeLost&) {},
                 [](const NodeReturned&) {},
                 [](const EstimateExceeded&) {},
                 [](const WindowOpened&) {},
                 [](const WindowClosed&) {},
                 [](const DevicesFailed&) {},
                 [](const DevicesReturned&) {},
             },
             fact.change);
}

// A tenth of a pool, or one node, and never the last that works.
void Invariants::observe_quarantine(const State& state, const NodeDrained& change) {
  if (change.cause != DrainCause::quarantine) return;
  const Pool& pool = state.fleet().pool(state.fleet().pool_of(change.node));
  std::uint32_t in_quarantine = 0;
  bool any_works = false;
  for (std::uint32_t n = 0; n < pool.node_count; ++n) {
    const NodeHealth& health = state.health(NodeId{pool.first_node.value + n});
    in_quarantine += health.is_in_quarantine ? 1u : 0u;
    any_works = any_works || health.is_available();
  }
  expect(any_works && (in_quarantine == 1 || in_quarantine * 10 <= pool.node_count), state, JobId{},
         "a quarantine takes too much of a pool");
}

// Ids have another meaning now. Nothing but those may have changed of what is held.
void Invariants::observe_fleet(const State& state) {
  promised_.clear();
  nodes_.clear();
  for (auto& [id, held] : held_) {
    const Job* job = state.jobs().find(id);
    const bool is_kept = job != nullptr && job->allocation.size() == held.allocation.size();
    expect(is_kept, state, id, "lost what it held when the fleet changed");
    if (!is_kept) continue;
    held.pool = job->pool;
    for (std::size_t i = 0; i < held.allocation.size(); ++i) held.allocation[i].node = job->allocation[i].node;
    for (const Placement& placement : held.allocation) {
      use(state.fleet().pool(held.pool), placement, held.demand, +1);
      expect(within_node(state.fleet().pool(held.pool), placement.node), state, id,
             "invariant 1: a node or a GPU is booked beyond what it has");
    }
  }
}

void Invariants::observe_start(const State& state, const StartOrdered& change) {
  const Job* job = state.jobs().find(change.job);
  expect(job != nullptr && !held_.contains(change.job), state, change.job, "was started twice or does not exist");
  if (job == nullptr) return;
  const Shape& shape = state.shape_of(*job);
  check_gang(state, change, shape);
  check_rule(state, change.job, change.pool, change.allocation);
  check_limits(state, change);
  check_windows(state, change.job, state.now(), change.allocation);
  held_[change.job] = {change.pool, change.allocation, shape.per_task};
  const Pool& pool = state.fleet().pool(change.pool);
  for (const Placement& placement : change.allocation) {
    use(pool, placement, shape.per_task, +1);
    expect(within_node(pool, placement.node), state, change.job,
           "invariant 1: a node or a GPU is booked beyond what it has");
  }
  const auto promise = promised_.find(change.job);
  if (promise == promised_.end()) return;
  expect(state.now() <= promise->second, state, change.job, "invariant 5: started later than it was promised");
  promised_.erase(promise);
}

// Invariant 2, and that the gang lies where its shape allows.
void Invariants::check_gang(const State& state, const StartOrdered& change, const Shape& shape) {
  const Pool& pool = state.fleet().pool(change.pool);
  std::uint64_t tasks = 0;
  bool placed_well = state.is_eligible(shape, change.pool) && !change.allocation.empty();
  bool one_domain = true;
  const auto domain = [&](NodeId node) { return domain_of(pool, node, shape.within); };
  for (const Placement& placement : change.allocation) {
    tasks += placement.tasks;
    placed_well = placed_well && pool.contains(placement.node) && state.health(placement.node).is_available() &&
                  (placement.gpus & state.health(placement.node).sick) == 0 &&
                  std::popcount(placement.gpus) * placement.gpu_milli == placement.tasks * shape.per_task.gpu_milli;
    one_domain = one_domain && domain(placement.node) == domain(change.allocation.front().node);
  }
  expect(tasks >= shape.tasks_min && tasks <= shape.tasks_max, state, change.job,
         "invariant 2: the gang is not complete");
  expect(placed_well, state, change.job, "was given nodes or devices that are not its to have");
  expect(one_domain, state, change.job, "lies outside the one domain it must be within");
}

// That whole groups lie in each domain, or no more tasks than may.
void Invariants::check_rule(const State& state, JobId job, PoolId id, const Allocation& allocation) {
  const Segments& segments = state.shape_of(state.jobs()[job]).segments;
  const Spread& spread = state.shape_of(state.jobs()[job]).spread;
  if (segments.of == 0 && spread.most == 0) return;
  const Pool& pool = state.fleet().pool(id);
  const Level level = segments.of > 0 ? segments.within : spread.over;
  std::map<std::uint32_t, std::uint64_t> tasks;  // by domain
  for (const Placement& placement : allocation) {
    tasks[domain_of(pool, placement.node, level)] += placement.tasks;
  }
  for (const auto& [domain, count] : tasks) {
    expect(segments.of == 0 || count % segments.of == 0, state, job, "a segment of it does not lie in one domain");
    expect(spread.most == 0 || count <= spread.most, state, job, "too many of its tasks lie in one domain");
  }
}

void Invariants::check_limits(const State& state, const StartOrdered& change) {
  for (std::optional<TenantId> at = state.jobs()[change.job].tenant; at; at = state.tenants()[*at].parent) {
    expect(state.usage(*at, change.pool).held_milli <= state.tenants().quota(*at, change.pool).limit_milli, state,
           change.job, "its tenant exceeds its limit");
  }
}

// Who names a window is in that one alone, from when it begins to its end; all others are in none.
void Invariants::check_windows(const State& state, JobId id, Time begin, const Allocation& allocation) {
  const Job& job = state.jobs()[id];
  const auto& named = state.shape_of(job).window;
  const Time end = begin + job.time_limit;
  bool is_clear = true;
  for (const Placement& placement : allocation) {
    bool is_at_home = false;
    for (const auto& [window_id, window] : state.windows()) {
      const bool is_there = std::find(window.nodes.begin(), window.nodes.end(), placement.node) != window.nodes.end();
      if (!is_there) continue;
      const bool is_own = named && *named == window_id;
      is_at_home = is_at_home || (is_own && window.from <= begin && end <= window.until);
      is_clear = is_clear && (is_own || end <= window.from || window.until <= begin);
    }
    is_clear = is_clear && (is_at_home || !named);
  }
  expect(is_clear, state, id, "is on a node in a window that is not its own, or not in its own");
}

// A gang that lost nodes holds as much as before, on the same nodes but for those, and until the same time; the whole
// of it lies as its shape says.
void Invariants::observe_swap(const State& state, const NodesSwapped& change) {
  const Job* job = state.jobs().find(change.job);
  const auto held = held_.find(change.job);
  expect(job != nullptr && held != held_.end(), state, change.job, "has nodes swapped that it does not hold");
  if (job == nullptr || held == held_.end()) return;
  const Pool& pool = state.fleet().pool(job->pool);
  const Shape& shape = state.shape_of(*job);
  Allocation& ours = held->second.allocation;
  bool had_failed = !change.from.empty();
  for (const NodeId node : change.from) {
    const bool is_sick = std::any_of(ours.begin(), ours.end(), [&](const Placement& at) {
      return at.node == node && (at.gpus & state.health(node).sick) != 0;
    });
    had_failed = had_failed && is_on(ours, node) && (state.health(node).lost || is_sick);
  }
  expect(had_failed, state, change.job, "loses a node that has not failed");
  const Allocation kept = part_off(ours, change.from);
  bool is_spare = !kept.empty() && placed_tasks(kept) + placed_tasks(change.to) == placed_tasks(ours);
  for (const Placement& at : change.to) {
    is_spare = is_spare && pool.contains(at.node) && state.health(at.node).is_available() && !is_on(kept, at.node) &&
               (at.gpus & state.health(at.node).sick) == 0 &&
               std::popcount(at.gpus) * at.gpu_milli == at.tasks * shape.per_task.gpu_milli;
  }
  expect(is_spare, state, change.job, "goes on with nodes or devices that are not its to have");
  for (const Placement& at : part_on(ours, change.from)) use(pool, at, shape.per_task, -1);
  for (const Placement& at : change.to) {
    use(pool, at, shape.per_task, +1);
    expect(within_node(pool, at.node), state, change.job, "invariant 1: a node or a GPU is booked beyond what it has");
  }
  ours = joined(kept, change.to);
  const auto domain = [&](const Placement& at) { return domain_of(pool, at.node, shape.within); };
  expect(domain(ours.front()) == domain(ours.back()), state, change.job,
         "lies outside the one domain it must be within");
  check_rule(state, change.job, job->pool, ours);
  check_windows(state, change.job, job->ordered, change.to);
  expect(job->allocation == ours && job->state == JobState::running, state, change.job,
         "does not go on with what it has kept and was given");
}

void Invariants::observe_end(JobId id) {
  const auto held = held_.find(id);
  if (held == held_.end()) return;
  for (const Placement& placement : held->second.allocation) {
    NodeUse& node = nodes_[placement.node];
    node.cpu_milli -= placement.tasks * held->second.demand.cpu_milli;
    node.memory_mib -= placement.tasks * held->second.demand.memory_mib;
    for (std::size_t device = 0; device < node.gpu_milli.size(); ++device) {
      if ((placement.gpus >> device & 1) != 0) node.gpu_milli[device] -= placement.gpu_milli;
    }
  }
  held_.erase(held);
}

void Invariants::observe_promise(const State& state, const ReservationMade& change) {
  const auto [promise, fresh] = promised_.try_emplace(change.job, change.from);
  check_windows(state, change.job, change.from, change.allocation);
  expect(change.from >= state.now(), state, change.job, "was promised a time in the past");
  expect(fresh || change.from <= promise->second, state, change.job, "invariant 5: its reservation moved later");
  promise->second = std::min(promise->second, change.from);
  for (const Placement& placement : change.allocation) {
    expect((placement.gpus & state.health(placement.node).sick) == 0, state, change.job, "is promised a sick device");
  }
  check_rule(state, change.job, change.pool, change.allocation);
}

void Invariants::use(const Pool& pool, const Placement& placement, const Demand& demand, std::int64_t sign) {
  NodeUse& node = nodes_[placement.node];
  node.gpu_milli.resize(pool.spec.gpus_per_node);
  node.cpu_milli += sign * placement.tasks * demand.cpu_milli;
  node.memory_mib += sign * placement.tasks * demand.memory_mib;
  for (std::size_t device = 0; device < node.gpu_milli.size(); ++device) {
    if ((placement.gpus >> device & 1) != 0) node.gpu_milli[device] += sign * placement.gpu_milli;
  }
}

bool Invariants::within_node(const Pool& pool, NodeId id) const {
  const NodeUse& node = nodes_.at(id);
  bool within = node.cpu_milli <= pool.spec.cpu_milli;
  if (pool.spec.memory_mib > 0) within = within && node.memory_mib <= pool.spec.memory_mib;
  for (std::int64_t milli : node.gpu_milli) within = within && milli >= 0 && milli <= whole;
  return within;
}

void Invariants::check_turn(const State& state) {
  for (const auto& [job, reservation] : state.reservations()) {
    const auto promise = promised_.find(job);
    expect(promise != promised_.end() && state.now() <= promise->second, state, job,
           "invariant 5: is still waiting after the time it was promised");
  }
}

void Invariants::check_all(const State& state) {
  std::map<std::pair<TenantId, PoolId>, std::int64_t> held;
  std::size_t holding = 0;
  for (JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    const auto ours = held_.find(id);
    expect(job.holds_devices() == (ours != held_.end()), state, id,
           "the state and the witness differ on whether it runs");
    if (!job.holds_devices() || ours == held_.end()) continue;
    ++holding;
    expect(job.allocation == ours->second.allocation, state, id, "holds what it was not given");
    for (std::optional<TenantId> at = job.tenant; at; at = state.tenants()[*at].parent) {
      held[{*at, job.pool}] += state.amount(state.shape_of(job), job.pool, job.placed_tasks());
    }
  }
  expect(holding == held_.size(), state, JobId{}, "a job of the witness is unknown to the state");
  for (const auto& [id, node] : nodes_) {
    const Pool& pool = state.fleet().pool(state.fleet().pool_of(id));
    bool agrees = within_node(pool, id) && state.occupancy().free_cpu_milli(id) == pool.spec.cpu_milli - node.cpu_milli;
    if (pool.spec.memory_mib > 0) {
      agrees = agrees && state.occupancy().free_memory_mib(id) == pool.spec.memory_mib - node.memory_mib;
    }
    for (std::uint32_t device = 0; device < pool.spec.gpus_per_node; ++device) {
      agrees = agrees && state.occupancy().free_gpu_milli(id, device) == whole - node.gpu_milli[device];
    }
    expect(agrees, state, JobId{}, "invariant 1: the books of a node differ");
  }
  for (std::size_t t = 0; t < state.tenants().size(); ++t) {
    for (std::size_t p = 0; p < state.fleet().pools().size(); ++p) {
      const std::pair key{id_of<TenantTag>(t), id_of<PoolTag>(p)};
      const auto found = held.find(key);
      expect(state.usage(key.first, key.second).held_milli == (found == held.end() ? 0 : found->second), state, JobId{},
             "what a tenant holds is not the sum over its jobs");
    }
  }
  const std::vector<std::string> wrong = state.ledger().violations();
  expect(wrong.empty(), state, JobId{}, wrong.empty() ? "" : wrong.front().c_str());
}

}  // namespace dure

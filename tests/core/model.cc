#include "model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dure/base/overload.h"

namespace dure {

namespace {

Duration grace_of(const JobSpec& spec) { return spec.checkpoint ? spec.checkpoint->grace : Duration{}; }

}  // namespace

std::uint32_t Model::Work::tasks() const {
  std::uint32_t count = 0;
  for (const Placement& placement : allocation) count += placement.tasks;
  return count;
}

void Model::complain(const std::string& what) {
  if (complaints_.size() < 20) complaints_.push_back(what);
}

void Model::expect(bool holds, const char* rule, JobId job) {
  ++checks_;
  if (!holds) complain(fmt::format("fact {} job {}: {}", state_.fact_count(), job.value, rule));
}

void Model::hear(const Fact& fact) {
  const Time now = fact.time;
  const auto end = [&](JobId id, bool goes_back) {
    Work& job = jobs_.at(id);
    account(job, now, -1);
    job.allocation.clear();
    if (!goes_back) jobs_.erase(id);
  };
  std::visit(Overload{
                 [&](const TenantsDeclared&) { first_ = now; },
                 [&](const JobSubmitted& c) { jobs_[c.job] = {.id = c.job, .spec = c.spec, .submitted = now}; },
                 [&](const JobHeld& c) { jobs_.at(c.job).is_held = true, promises_.erase(c.job); },
                 [&](const JobReleased& c) { jobs_.at(c.job).is_held = false; },
                 [&](const JobCancelled& c) { jobs_.erase(c.job), promises_.erase(c.job); },
                 [&](const NodeDrained& c) { down_[c.node].second = true; },
                 [&](const NodeResumed& c) { down_[c.node].second = false; },
                 [&](const NodeLost& c) { down_[c.node].first = true; },
                 [&](const NodeReturned& c) { down_[c.node].first = false; },
                 [&](const StartOrdered& c) {
                   check(c, now);
                   promises_.erase(c.job);
                   Work& job = jobs_.at(c.job);
                   job.pool = c.pool;
                   job.allocation = c.allocation;
                   job.latest_end = job.gone_by = now + job.spec.time_limit;
                   account(job, now, +1);
                 },
                 [&](const ReservationMade& c) {
                   check(c, now);
                   promises_[c.job] = {c.pool, c.from, c.allocation};
                 },
                 [&](const ReservationDropped& c) { check(c, now), promises_.erase(c.job); },
                 [&](const Started& c) { jobs_.at(c.job).started = now; },
                 [&](const StartFailed& c) { count_failure(jobs_.at(c.job), now, true), end(c.job, true); },
                 [&](const StopOrdered& c) {
                   Work& job = jobs_.at(c.job);
                   job.gone_by = std::min(job.gone_by, now + grace_of(job.spec) + seconds(10));
                   if (c.outcome == Outcome::cancelled) job.spec.requeues = false;
                 },
                 [&](const Ended& c) {
                   count_failure(jobs_.at(c.job), now, c.outcome == Outcome::node_lost);
                   end(c.job, is_interruption(c.outcome) && jobs_.at(c.job).spec.requeues);
                 },
                 [](const auto&) {},
             },
             fact.change);
}

// Ten minutes, or a checkpoint, make good what failed before; from the third failure on it waits, twice as long each.
void Model::count_failure(Work& job, Time now, bool is_fault) {
  const bool is_good = job.started && (now - *job.started >= minutes(10) ||
                                       (job.spec.checkpoint && now - *job.started >= job.spec.checkpoint->every));
  job.started.reset();
  if (is_good) job.failures = 0;
  if (is_good || !is_fault) return;
  ++job.failures;
  Duration pause = minutes(1);
  for (int failure = 3; failure < job.failures; ++failure) pause = std::min(pause * 2, hours(1));
  if (job.failures >= 3) job.not_before = now + pause;
}

void Model::check(const StartOrdered& start, Time now) {
  const Work& job = jobs_.at(start.job);
  const Shape& shape = job.spec.shape;
  const Pool& pool = state_.fleet().pool(start.pool);
  expect(job.allocation.empty() && !job.is_held, "starts though it runs or is held", job.id);
  expect(now >= job.not_before, "starts though it should pause", job.id);
  expect(is_eligible(job, start.pool), "starts in a pool that is not for it", job.id);

  // It fits by counting, on nodes that may be used, in one domain.
  std::set<std::uint32_t> domains;
  std::uint64_t tasks = 0;
  for (const Placement& placement : start.allocation) {
    expect(pool.contains(placement.node), "is placed outside its pool", job.id);
    expect(!down_[placement.node].first && !down_[placement.node].second, "is placed on a node that is down", job.id);
    domains.insert((placement.node.value - pool.first_node.value) / pool.nodes_in(shape.within));
    tasks += placement.tasks;
  }
  FreeNodes free = free_now(start.pool);
  take(free, pool, start.allocation, shape.per_task);
  expect(!is_overbooked(pool, free), "overbooks a node", job.id);
  expect(domains.size() == 1, "does not lie within one domain", job.id);
  check_rule(job, start.pool, start.allocation);

  // As wide as it can be, and nobody was to start before it.
  const Chance now_possible = chance(job, start.pool, now);
  expect(now_possible.why == Why::starts, "may not start by the rules", job.id);
  expect(tasks == now_possible.tasks, "is not as wide as it could be", job.id);
  FreeNodes for_good = free_for_good(start.pool, Time{-1}, job.id);
  take(for_good, pool, start.allocation, shape.per_task);
  if (is_promised_in(job.id, start.pool)) {
    return expect(!is_overbooked(pool, for_good), "starts on what is promised to another", job.id);
  }
  for (const auto& [other, promise] : promises_) {
    expect(promise.pool != start.pool || !is_overbooked(pool, for_good) || now + job.spec.time_limit <= promise.from,
           "may delay a promise", job.id);
  }
  const Work* first = first_to_start(start.pool, now);
  expect(first == &job, "starts though another comes before it", job.id);
}

// Task by task: as many in each part as there may be.
void Model::check_rule(const Work& job, PoolId id, const Allocation& allocation) {
  const Pool& pool = state_.fleet().pool(id);
  const Shape& shape = job.spec.shape;
  std::map<std::uint32_t, std::uint32_t> in_segments_part, in_spread_part;
  for (const Placement& placement : allocation) {
    const std::uint32_t n = placement.node.value - pool.first_node.value;
    in_segments_part[n / pool.nodes_in(shape.segments.within)] += placement.tasks;
    in_spread_part[n / pool.nodes_in(shape.spread.over)] += placement.tasks;
  }
  for (const auto& [part, tasks] : in_segments_part) {
    expect(shape.segments.of == 0 || tasks % shape.segments.of == 0, "has a group in two domains", job.id);
  }
  for (const auto& [part, tasks] : in_spread_part) {
    expect(shape.spread.most == 0 || tasks <= shape.spread.most, "has too many tasks in one domain", job.id);
  }
}

void Model::check(const ReservationMade& promise, Time now) {
  const Work& job = jobs_.at(promise.job);
  expect(!promises_.contains(promise.job), "is promised twice", job.id);
  expect(first_to_promise(promise.pool, now) == &job, "is promised a time though another comes before it", job.id);
  const auto expected = earliest(job, promise.pool, now);
  expect(expected == promise.from, "is not promised the earliest time", job.id);
  const Pool& pool = state_.fleet().pool(promise.pool);
  FreeNodes then = free_for_good(promise.pool, promise.from, promise.job);
  take(then, pool, promise.allocation, job.spec.shape.per_task);
  expect(!is_overbooked(pool, then), "is promised what will not be free", job.id);
  check_rule(job, promise.pool, promise.allocation);
  for (const Placement& placement : promise.allocation) {
    expect(!down_[placement.node].first && !down_[placement.node].second, "is promised a node that is down", job.id);
  }
  std::uint32_t in_force = 0;
  for (const auto& [other, held] : promises_) in_force += held.pool == promise.pool ? 1u : 0u;
  expect(in_force < reservations_, "is one promise too many", job.id);
}

void Model::check(const ReservationDropped& drop, Time now) {
  const auto found = promises_.find(drop.job);
  expect(found != promises_.end(), "has no promise to drop", drop.job);
  if (found == promises_.end()) return;
  const Promised& promise = found->second;
  const auto is_down = [&](const Placement& at) { return down_[at.node].first || down_[at.node].second; };
  const bool is_gone = std::any_of(promise.allocation.begin(), promise.allocation.end(), is_down);
  const Work& job = jobs_.at(drop.job);
  const bool at_limit = promise.from <= now && room(job, promise.pool) < job.spec.shape.tasks_min;
  expect(drop.cause == DropCause::node_gone ? is_gone : drop.cause == DropCause::limit && at_limit,
         "loses its promise without that cause", drop.job);
}

// What is free once those are gone.
template <class IsGone>
Model::FreeNodes Model::free_nodes(PoolId id, IsGone&& is_gone) const {
  const Pool& pool = state_.fleet().pool(id);
  FreeNodes free(pool.node_count, {.cpu_milli = pool.spec.cpu_milli,
                                   .memory_mib = pool.spec.memory_mib,
                                   .gpus = std::vector<std::int64_t>(pool.spec.gpus_per_node, 1000)});
  for (const auto& [job_id, job] : jobs_) {
    if (job.allocation.empty() || job.pool != id || is_gone(job)) continue;
    take(free, pool, job.allocation, job.spec.shape.per_task);
  }
  return free;
}

Model::FreeNodes Model::free_now(PoolId pool) const {
  return free_nodes(pool, [](const Work&) { return false; });
}

// What is free from that time on, and at the times of all promises but the job's own.
Model::FreeNodes Model::free_for_good(PoolId id, Time from, JobId for_whom) const {
  const Pool& pool = state_.fleet().pool(id);
  FreeNodes least = free_nodes(id, [&](const Work& job) { return job.latest_end <= from; });
  for (const auto& [at_job, at] : promises_) {
    if (at.pool != id || at_job == for_whom) continue;
    FreeNodes then = free_nodes(
        id, [&](const Work& job) { return job.latest_end <= std::max(from, at.from) || job.gone_by <= at.from; });
    for (const auto& [other, promise] : promises_) {
      if (promise.pool != id || other == for_whom || promise.from > at.from) continue;
      take(then, pool, promise.allocation, jobs_.at(other).spec.shape.per_task);
    }
    for (std::size_t n = 0; n < least.size(); ++n) {
      least[n].cpu_milli = std::min(least[n].cpu_milli, then[n].cpu_milli);
      least[n].memory_mib = std::min(least[n].memory_mib, then[n].memory_mib);
      for (std::size_t g = 0; g < least[n].gpus.size(); ++g) {
        least[n].gpus[g] = std::min(least[n].gpus[g], then[n].gpus[g]);
      }
    }
  }
  return least;
}

void Model::take(FreeNodes& free, const Pool& pool, const Allocation& allocation, const Demand& demand) {
  for (const Placement& placement : allocation) {
    Free& node = free[placement.node.value - pool.first_node.value];
    node.cpu_milli -= placement.tasks * demand.cpu_milli;
    node.memory_mib -= placement.tasks * demand.memory_mib;
    for (std::size_t gpu = 0; gpu < node.gpus.size(); ++gpu) {
      if ((placement.gpus >> gpu & 1) != 0) node.gpus[gpu] -= placement.gpu_milli;
    }
  }
}

bool Model::is_overbooked(const Pool& pool, const FreeNodes& free) {
  return std::any_of(free.begin(), free.end(), [&](const Free& node) {
    return node.cpu_milli < 0 || (pool.spec.memory_mib > 0 && node.memory_mib < 0) ||
           std::any_of(node.gpus.begin(), node.gpus.end(), [](std::int64_t milli) { return milli < 0; });
  });
}

std::int64_t Model::fit(const Pool& pool, const Free& node, const Demand& demand) const {
  std::int64_t tasks = 1'000'000;
  if (demand.gpu_milli > 0 && demand.gpu_milli < 1000) {
    tasks = 0;
    for (std::int64_t gpu : node.gpus) tasks += std::max<std::int64_t>(gpu, 0) / demand.gpu_milli;
  } else if (demand.gpu_milli > 0) {
    tasks = std::count(node.gpus.begin(), node.gpus.end(), 1000) / (demand.gpu_milli / 1000);
  }
  if (demand.cpu_milli > 0) tasks = std::min(tasks, node.cpu_milli / demand.cpu_milli);
  if (demand.memory_mib > 0 && pool.spec.memory_mib > 0) tasks = std::min(tasks, node.memory_mib / demand.memory_mib);
  return std::max<std::int64_t>(tasks, 0);
}

std::uint64_t Model::most(PoolId id, const FreeNodes& free, const Shape& shape) const {
  const Pool& pool = state_.fleet().pool(id);
  std::vector<std::uint64_t> by_node(pool.node_count);
  for (std::uint32_t n = 0; n < pool.node_count; ++n) {
    const NodeId node{pool.first_node.value + n};
    const auto down = down_.find(node);
    if (down != down_.end() && (down->second.first || down->second.second)) continue;
    by_node[n] = static_cast<std::uint64_t>(fit(pool, free[n], shape.per_task));
  }
  return most_in_one_domain(pool, by_node, shape);
}

// What the parts of each domain hold of whole groups, or of the tasks that may go at once with one.
std::uint64_t Model::most_in_one_domain(const Pool& pool, const std::vector<std::uint64_t>& by_node,
                                        const Shape& shape) {
  Level part = Level::node;
  if (shape.segments.of > 0) part = shape.segments.within;
  if (shape.spread.most > 0) part = shape.spread.over;
  std::map<std::uint32_t, std::uint64_t> by_part, by_domain;
  for (std::uint32_t n = 0; n < by_node.size(); ++n) by_part[n / pool.nodes_in(part)] += by_node[n];
  for (const auto& [at, tasks] : by_part) {
    std::uint64_t may = tasks;
    if (shape.segments.of > 0) may = tasks / shape.segments.of * shape.segments.of;
    if (shape.spread.most > 0) may = std::min<std::uint64_t>(tasks, shape.spread.most);
    by_domain[at * pool.nodes_in(part) / pool.nodes_in(shape.within)] += may;
  }
  std::uint64_t best = 0;
  for (const auto& [domain, tasks] : by_domain) best = std::max(best, tasks);
  return best;
}

std::int64_t Model::held(TenantId tenant, PoolId pool) const {
  std::int64_t milli = 0;
  for (const auto& [id, job] : jobs_) {
    if (job.allocation.empty() || job.pool != pool) continue;
    for (std::optional<TenantId> at = job.spec.tenant; at; at = state_.tenants()[*at].parent) {
      if (*at == tenant) milli += state_.fleet().pool(pool).amount(job.spec.shape.per_task) * job.tasks();
    }
  }
  return milli;
}

std::int64_t Model::room(const Work& job, PoolId pool) const {
  const std::int64_t each = state_.fleet().pool(pool).amount(job.spec.shape.per_task);
  std::int64_t tasks = 1'000'000'000;
  if (each == 0) return tasks;
  for (std::optional<TenantId> at = job.spec.tenant; at; at = state_.tenants()[*at].parent) {
    const std::int64_t limit = state_.tenants().quota(*at, pool).limit_milli;
    if (limit != no_limit) tasks = std::min(tasks, (limit - held(*at, pool)) / each);
  }
  return tasks;
}

// Whether the job may start in the pool now. A promised one has its own devices and those of nobody; another may have
// promised ones too if it is over before the first promise of the pool.
Model::Chance Model::chance(const Work& job, PoolId pool, Time now) const {
  const Shape& shape = job.spec.shape;
  const std::int64_t under_limits = room(job, pool);
  if (under_limits < shape.tasks_min) return {Why::limit};
  const auto width = [&](std::uint64_t fitting) {
    const auto tasks = std::min({std::uint64_t{shape.tasks_max}, fitting, static_cast<std::uint64_t>(under_limits)});
    return shape.segments.of > 0 ? tasks / shape.segments.of * shape.segments.of : tasks;
  };
  const std::uint64_t outside = most(pool, free_for_good(pool, Time{-1}, job.id), shape);
  if (outside >= shape.tasks_min) return {Why::starts, width(outside)};
  if (is_promised_in(job.id, pool)) return {Why::nodes};
  for (const auto& [other, promise] : promises_) {
    if (promise.pool == pool && now + job.spec.time_limit > promise.from) return {Why::nodes};
  }
  const std::uint64_t anywhere = most(pool, free_now(pool), shape);
  if (anywhere >= shape.tasks_min) return {Why::starts, width(anywhere)};
  return {Why::nodes};
}

// By brute force over the instants at which something ends at the latest.
std::optional<Time> Model::earliest(const Work& job, PoolId pool, Time now) const {
  std::set<Time> ends;
  for (const auto& [id, other] : jobs_) {
    if (!other.allocation.empty() && other.pool == pool) ends.insert(other.latest_end);
  }
  for (Time end : ends) {
    if (most(pool, free_for_good(pool, end, job.id), job.spec.shape) >= job.spec.shape.tasks_min)
      return std::max(end, now);
  }
  return std::nullopt;
}

bool Model::is_promised_in(JobId job, PoolId pool) const {
  const auto found = promises_.find(job);
  return found != promises_.end() && found->second.pool == pool;
}

bool Model::is_eligible(const Work& job, PoolId id) const {
  const Shape& shape = job.spec.shape;
  if (!shape.pools.empty() && std::find(shape.pools.begin(), shape.pools.end(), id) == shape.pools.end()) return false;
  const Pool& pool = state_.fleet().pool(id);
  const Free empty{pool.spec.cpu_milli, pool.spec.memory_mib, std::vector<std::int64_t>(pool.spec.gpus_per_node, 1000)};
  const auto each = static_cast<std::uint64_t>(fit(pool, empty, shape.per_task));
  return most_in_one_domain(pool, std::vector<std::uint64_t>(pool.node_count, each), shape) >= shape.tasks_min;
}

bool Model::comes_before(TenantId a, TenantId b, PoolId pool, Time now) const {
  const bool a_lacks = held(a, pool) < state_.tenants().quota(a, pool).guarantee_milli;
  const bool b_lacks = held(b, pool) < state_.tenants().quota(b, pool).guarantee_milli;
  if (a_lacks != b_lacks) return a_lacks;
  const std::int64_t minute = 60'000'000'000;
  const std::int64_t weight = state_.usage_clock().weight(Time{now.ns / minute * minute + minute});
  const Wide ours = state_.usage(a, pool).usage(weight) * state_.tenants()[b].weight;
  const Wide theirs = state_.usage(b, pool).usage(weight) * state_.tenants()[a].weight;
  return ours != theirs ? ours < theirs : a < b;
}

// As of the end of the minute.
Wide Model::used_by_user(const Work& job, PoolId pool, Time now) const {
  const std::int64_t minute = 60'000'000'000;
  const std::int64_t weight = state_.usage_clock().weight(Time{now.ns / minute * minute + minute});
  return state_.user_usage().of({job.spec.tenant, pool, job.spec.user}).usage(weight);
}

// Every job that waits in the pool without a promise there, first come first: the best path down the tree, again and
// again.
std::vector<const Model::Work*> Model::in_order(PoolId pool, Time now) const {
  std::vector<const Work*> waiting;
  for (const auto& [id, job] : jobs_) {
    if (!job.allocation.empty() || job.is_held || job.not_before > now || is_promised_in(id, pool) ||
        !is_eligible(job, pool))
      continue;
    waiting.push_back(&job);
  }
  const auto path = [&](TenantId tenant) {
    std::vector<TenantId> ids;
    for (std::optional<TenantId> at = tenant; at; at = state_.tenants()[*at].parent) ids.insert(ids.begin(), *at);
    return ids;
  };
  std::sort(waiting.begin(), waiting.end(), [&](const Work* a, const Work* b) {
    if (a->spec.tenant != b->spec.tenant) {
      const auto ours = path(a->spec.tenant);
      const auto theirs = path(b->spec.tenant);
      std::size_t depth = 0;
      while (ours[depth] == theirs[depth]) ++depth;
      return comes_before(ours[depth], theirs[depth], pool, now);
    }
    if (a->spec.priority != b->spec.priority) return a->spec.priority > b->spec.priority;
    if (a->spec.user != b->spec.user && state_.tenants()[a->spec.tenant].takes_turns()) {
      const Wide ours = used_by_user(*a, pool, now);
      const Wide theirs = used_by_user(*b, pool, now);
      if (ours != theirs) return ours < theirs;
    }
    return std::pair(a->submitted, a->id) < std::pair(b->submitted, b->id);
  });
  return waiting;
}

// Jobs of one tenant and shape whose limits lie between the same powers of two of minutes go strictly in order.
Model::ClassKey Model::class_of(const Work& job) const {
  int bucket = 0;
  while (job.spec.time_limit > minutes(std::int64_t{1} << bucket)) ++bucket;
  return {job.spec.tenant, job.spec.shape, bucket};
}

const Model::Work* Model::first_to_start(PoolId pool, Time now) const {
  std::set<ClassKey> blocked;
  for (const Work* job : in_order(pool, now)) {
    if (blocked.contains(class_of(*job))) continue;
    if (chance(*job, pool, now).why == Why::starts) return job;
    blocked.insert(class_of(*job));
  }
  return nullptr;
}

// The first that is held up by nodes alone and could have some later. If it has its promise elsewhere, nobody.
const Model::Work* Model::first_to_promise(PoolId pool, Time now) const {
  std::set<ClassKey> blocked;
  for (const Work* job : in_order(pool, now)) {
    if (!blocked.insert(class_of(*job)).second) continue;
    const Chance possible = chance(*job, pool, now);
    if (possible.why == Why::starts) return nullptr;  // before that it must start
    if (possible.why == Why::limit) continue;
    if (earliest(*job, pool, now)) return promises_.contains(job->id) ? nullptr : job;
  }
  return nullptr;
}

void Model::check_rest(Time now) {
  for (std::size_t p = 0; p < state_.fleet().pools().size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    const Work* left = first_to_start(pool, now);
    expect(left == nullptr, "is left waiting though it could start", left != nullptr ? left->id : JobId{});
    std::uint32_t in_force = 0;
    for (const auto& [id, promise] : promises_) {
      if (promise.pool != pool) continue;
      ++in_force;
      expect(chance(jobs_.at(id), pool, now).why != Why::starts, "is promised and left waiting though it could start",
             id);
      expect(now < promise.from, "still waits at the time it was promised", id);
    }
    if (in_force >= reservations_) continue;
    const Work* blocked = first_to_promise(pool, now);
    expect(blocked == nullptr, "is the first blocked and has no promise", blocked != nullptr ? blocked->id : JobId{});
  }
}

// The integral of what was held, weighed by 2^(t / half-life).
void Model::account(const Work& job, Time now, int sign) {
  const auto half_life = static_cast<long double>(state_.tenants().spec().half_life.ns);
  const long double weight = std::exp2(static_cast<long double>((now - first_).ns) / half_life);
  // The least difference of weights that the state can tell; it grows when accounts are scaled down.
  const bool rebases = state_.usage_clock().must_rebase(now);
  const long double unit =
      rebases ? weight : std::exp2(static_cast<long double>((state_.usage_clock().epoch() - first_).ns) / half_life);
  const std::int64_t milli = sign * state_.fleet().pool(job.pool).amount(job.spec.shape.per_task) * job.tasks();
  for (std::optional<TenantId> at = job.spec.tenant; at; at = state_.tenants()[*at].parent) {
    used_[{*at, job.pool}] -= weight * static_cast<long double>(milli);
    holds_[{*at, job.pool}] += milli;
    roundings_[{*at, job.pool}] += std::abs(static_cast<long double>(milli)) * (unit + weight * 0x1p24L * 1e-9L);
  }
}

void Model::check_usage() {
  const auto half_life = static_cast<long double>(state_.tenants().spec().half_life.ns);
  const Time now = state_.now();
  const long double weight = std::exp2(static_cast<long double>((now - first_).ns) / half_life);
  const long double scale = std::exp2(static_cast<long double>((state_.usage_clock().epoch() - first_).ns) / half_life);
  for (const auto& [key, used] : used_) {
    const UsageAccount& account = state_.usage(key.first, key.second);
    expect(account.held_milli == holds_[key], "a tenant holds another amount than its jobs", JobId{});
    const long double exact = (used + weight * static_cast<long double>(holds_[key])) * 0x1p24L / scale;
    const auto ours = static_cast<long double>(account.usage(state_.usage_clock().weight(now)));
    const long double slack =
        (roundings_[key] + static_cast<long double>(holds_[key]) * weight * 0x1p24L * 1e-9L) / scale +
        2 * static_cast<long double>(holds_[key]) + 2 + std::abs(exact) * 1e-9L;
    expect(std::abs(ours - exact) <= slack, "a tenant's usage is not the integral of what it held",
           JobId{key.first.value});
  }
}

}  // namespace dure

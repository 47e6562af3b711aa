#include "dure/simulate/demand.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "dure/base/assert.h"
#include "dure/simulate/seconds.h"

namespace dure::simulate {
namespace {

constexpr std::array<Duration, 13> round_limits{minutes(15), minutes(30), hours(1),  hours(2),  hours(4),
                                                hours(8),    hours(12),   hours(24), hours(48), hours(72),
                                                days(7),     days(14),    days(30)};

// One of the numbers that a seed leads to, each independent of the others.
std::uint64_t derived_seed(std::uint64_t seed, int which) {
  std::uint64_t derived = 0;
  for (int i = 0; i <= which; ++i) derived = split_mix(seed);
  return derived;
}

template <class T>
std::vector<T> firsts(const std::vector<std::pair<T, std::uint32_t>>& weighted) {
  std::vector<T> values;
  for (const auto& [value, weight] : weighted) values.push_back(value);
  return values;
}

template <class T>
std::vector<std::uint32_t> weights(const std::vector<std::pair<T, std::uint32_t>>& weighted) {
  std::vector<std::uint32_t> values;
  for (const auto& [value, weight] : weighted) values.push_back(weight);
  return values;
}

std::vector<TenantId> leaves_below(std::optional<TenantId> above, const Tenants& tenants) {
  std::vector<TenantId> ids;
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    const auto id = id_of<TenantTag>(i);
    if (tenants[id].is_leaf() && (!above || tenants.is_within(id, *above))) ids.push_back(id);
  }
  return ids;
}

// In thousandths, as far as these can be counted.
std::uint32_t guaranteed(TenantId tenant, std::span<const PoolId> pools, const Fleet& fleet, const Tenants& tenants) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  std::int64_t milli = 0;
  for (std::size_t p = 0; p < fleet.pools().size(); ++p) {
    const auto pool = id_of<PoolTag>(p);
    const bool counts = pools.empty() || std::find(pools.begin(), pools.end(), pool) != pools.end();
    if (counts) milli += tenants.quota(tenant, pool).guarantee_milli;
  }
  return static_cast<std::uint32_t>(std::min(milli, most));
}

TenantId id_in(const Tenants& tenants, std::string_view path) {
  const auto id = tenants.find(path);
  DURE_ASSERT(id.has_value());
  return *id;
}

std::vector<std::uint32_t> tenant_weights(const DemandClass& spec, const Tenants& tenants) {
  if (spec.tenants.empty()) return std::vector<std::uint32_t>(leaves_below(std::nullopt, tenants).size(), 1);
  return weights(spec.tenants);
}

std::vector<PoolId> pools_of(const DemandClass& spec, const Fleet& fleet) {
  std::vector<PoolId> ids;
  for (const std::string& path : spec.pools) {
    const auto id = fleet.find_pool(path);
    DURE_ASSERT(id.has_value());
    ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// When what jobs are drawn from begins and changes, and the end; ascending.
std::vector<Duration> turning_points(const DemandSpec& spec, std::span<const TenantsFrom> trees) {
  std::set<Duration> points{Duration{}, spec.duration};
  for (const TenantsFrom& tree : trees) points.insert(tree.at);
  for (const DemandClass& demand_class : spec.classes) {
    points.insert(demand_class.from);
    if (demand_class.until) points.insert(*demand_class.until);
  }
  points.erase(points.upper_bound(spec.duration), points.end());
  return {points.begin(), points.end()};
}

double mean_tasks(const DemandClass& spec) {
  double tasks = 0;
  double weight_sum = 0;
  for (const auto& [count, weight] : spec.tasks) {
    tasks += static_cast<double>(count) * weight;
    weight_sum += weight;
  }
  return tasks / weight_sum;
}

double mean_run_time_s(const DemandClass& spec) {
  constexpr int draws = 100'000;
  Random random(1);
  const RunTimes run_times(spec);
  double sum = 0;
  for (int i = 0; i < draws; ++i) sum += in_seconds(run_times.draw(random));
  return sum / draws;
}

}  // namespace

Duration round_time_limit(Duration wanted) {
  const auto found = std::lower_bound(round_limits.begin(), round_limits.end(), wanted);
  if (found != round_limits.end()) return *found;
  return days((wanted.ns + days(1).ns - 1) / days(1).ns);
}

RunTimes::RunTimes(const DemandClass& spec)
    : log_median_(natural_log(in_seconds(spec.run_time_median))),
      sigma_(spec.run_time_sigma),
      min_s_(in_seconds(spec.run_time_min)),
      max_s_(in_seconds(spec.run_time_max)) {
  DURE_ASSERT(min_s_ <= max_s_);
}

Duration RunTimes::draw(Random& random) const {
  const double exponent = std::clamp(log_median_ + sigma_ * draw_normal(random), -700.0, 700.0);
  const double s = std::clamp(exponential(exponent), min_s_, max_s_);
  return seconds(std::max(std::int64_t{1}, static_cast<std::int64_t>(s + 0.5)));
}

std::vector<std::string> paths_of(std::span<const TenantsFrom> trees) {
  std::vector<std::string> paths;
  std::set<std::string_view> known;
  for (const TenantsFrom& tree : trees) {
    for (std::size_t t = 0; t < tree.tenants.size(); ++t) {
      const std::string& path = tree.tenants[id_of<TenantTag>(t)].path;
      if (known.insert(path).second) paths.push_back(path);
    }
  }
  return paths;
}

TenantMix::TenantMix(const DemandClass& spec, std::span<const PoolId> pools, const Fleet& fleet, const Tenants& tenants)
    : group_(tenant_weights(spec, tenants)) {
  if (spec.tenants.empty()) {
    for (const TenantId leaf : leaves_below(std::nullopt, tenants)) groups_.push_back({{leaf}, std::nullopt});
  }
  for (const auto& [path, weight] : spec.tenants) {
    groups_.push_back(group_of(id_in(tenants, path), pools, fleet, tenants));
  }
}

TenantMix::Group TenantMix::group_of(TenantId tenant, std::span<const PoolId> pools, const Fleet& fleet,
                                     const Tenants& tenants) const {
  if (tenants[tenant].is_leaf()) return {{tenant}, std::nullopt};
  Group some;
  std::vector<std::uint32_t> amounts;
  const std::vector<TenantId> all = leaves_below(tenant, tenants);
  for (const TenantId leaf : all) {
    const std::uint32_t amount = guaranteed(leaf, pools, fleet, tenants);
    if (amount == 0) continue;
    some.leaves.push_back(leaf);
    amounts.push_back(amount);
  }
  if (some.leaves.empty()) {
    some.leaves = all;
    amounts.assign(all.size(), 1);
  }
  if (amounts.size() > 1) some.leaf.emplace(amounts);
  return some;
}

TenantId TenantMix::draw(Random& random) const {
  const Group& group = groups_[group_.draw(random)];
  return group.leaf ? group.leaves[group.leaf->draw(random)] : group.leaves.front();
}

JobMix::JobMix(const DemandClass& spec, const Fleet& fleet, const Tenants& tenants, std::vector<UserId> users)
    : users_(std::move(users)),
      task_counts_(firsts(spec.tasks)),
      task_count_(weights(spec.tasks)),
      job_{.name = spec.name,
           .shape = {.per_task = spec.per_task,
                     .within = spec.within,
                     .pools = pools_of(spec, fleet),
                     .segments = spec.segments,
                     .spread = spec.spread},
           .priority = spec.priority,
           .checkpoint = spec.checkpoint,
           .hot_swap = spec.hot_swap},
      tenant_(spec, job_.shape.pools, fleet, tenants),
      overestimate_(spec.overestimate) {}

JobSpec JobMix::draw_job(Random& random, Duration run_time) const {
  JobSpec job = job_;
  job.tenant = tenant_.draw(random);
  job.user = users_[job.tenant.index()];
  job.shape.tasks_min = job.shape.tasks_max = task_counts_[task_count_.draw(random)];
  const double factor = 1 + (overestimate_ - 1) * draw_exponential(random);
  const double wanted_s = std::min(in_seconds(run_time) * factor, in_seconds(longest_duration));
  job.time_limit = round_time_limit(std::max(run_time, seconds(static_cast<std::int64_t>(wanted_s))));
  return job;
}

DemandSource::DemandSource(const DemandSpec& spec, const Fleet& fleet, std::span<const TenantsFrom> trees,
                           std::uint64_t seed)
    : total_(spec.jobs), arrivals_(spec, derived_seed(seed, 0)), random_(derived_seed(seed, 1)) {
  const std::vector<std::string> paths = paths_of(trees);
  const std::vector<Duration> turns = turning_points(spec, trees);
  for (std::size_t i = 0; i + 1 < turns.size(); ++i) {
    const auto later = std::find_if(trees.begin(), trees.end(), [&](const auto& tree) { return tree.at > turns[i]; });
    phases_.push_back(phase(spec, fleet, *std::prev(later), paths, turns[i], turns[i + 1]));
  }
}

DemandSource::Phase DemandSource::phase(const DemandSpec& spec, const Fleet& fleet, const TenantsFrom& tree,
                                        std::span<const std::string> paths, Duration from, Duration until) {
  std::vector<UserId> users;
  for (std::size_t t = 0; t < tree.tenants.size(); ++t) {
    const auto found = std::find(paths.begin(), paths.end(), tree.tenants[id_of<TenantTag>(t)].path);
    users.push_back(id_of<UserTag>(static_cast<std::size_t>(found - paths.begin())));
  }
  std::vector<std::uint32_t> shares;
  std::vector<JobMix> mixes;
  std::vector<RunTimes> run_times;
  for (const DemandClass& demand_class : spec.classes) {
    if (!demand_class.is_active(from)) continue;
    shares.push_back(demand_class.share);
    mixes.emplace_back(demand_class, fleet, tree.tenants, users);
    run_times.emplace_back(demand_class);
  }
  return {.until = spec.start + until,
          .which = WeightedChoice(shares),
          .mixes = std::move(mixes),
          .run_times = std::move(run_times)};
}

std::optional<SourcedJob> DemandSource::next() {
  const std::optional<Time> submit = arrivals_.next();
  if (!submit) return std::nullopt;
  while (*submit >= phases_[phase_].until) ++phase_;
  const Phase& phase = phases_[phase_];
  const std::size_t which = phase.which.draw(random_);
  const Duration run_time = phase.run_times[which].draw(random_);
  return SourcedJob{
      .submit = *submit, .spec = phase.mixes[which].draw_job(random_, run_time), .run_time = run_time, .source_id = {}};
}

namespace {

// GPU (CPU) time that a job brings on average, of those that arrive at `at`.
double mean_amount_seconds(const DemandSpec& spec, Duration at, bool counts_gpus) {
  double amount_seconds = 0;
  double share_sum = 0;
  for (const DemandClass& demand_class : spec.classes) {
    if (!demand_class.is_active(at)) continue;
    const Demand& demand = demand_class.per_task;
    const auto amount = static_cast<double>(counts_gpus ? demand.gpu_milli : demand.cpu_milli);
    amount_seconds += demand_class.share * amount * mean_tasks(demand_class) * mean_run_time_s(demand_class);
    share_sum += demand_class.share;
  }
  return amount_seconds / share_sum;
}

}  // namespace

double expected_load(const DemandSpec& spec, const Fleet& fleet) {
  const bool counts_gpus = fleet.gpu_count() > 0;
  const std::vector<Duration> turns = turning_points(spec, {});
  double amount_seconds = 0;
  for (std::size_t i = 0; i + 1 < turns.size(); ++i) {
    const double part = in_seconds(turns[i + 1] - turns[i]) / in_seconds(spec.duration);
    amount_seconds += part * mean_amount_seconds(spec, turns[i], counts_gpus);
  }
  double capacity = 0;
  for (const Pool& pool : fleet.pools()) {
    if (pool.has_gpus() == counts_gpus) capacity += static_cast<double>(pool.capacity());
  }
  return static_cast<double>(spec.jobs) * amount_seconds / (capacity * in_seconds(spec.duration));
}

}  // namespace dure::simulate

#include "dure/simulate/demand.h"

#include <algorithm>
#include <array>

#include "dure/base/assert.h"

namespace dure::simulate {
namespace {

constexpr std::array<Duration, 13> round_limits{minutes(15), minutes(30), hours(1),  hours(2),  hours(4),
                                                hours(8),    hours(12),   hours(24), hours(48), hours(72),
                                                days(7),     days(14),    days(30)};

double in_seconds(Duration duration) { return static_cast<double>(duration.ns) / 1e9; }

// One of the numbers that a seed leads to, each independent of the others.
std::uint64_t derived_seed(std::uint64_t seed, int which) {
  std::uint64_t derived = 0;
  for (int i = 0; i <= which; ++i) derived = split_mix(seed);
  return derived;
}

std::vector<std::uint32_t> shares(const std::vector<DemandClass>& classes) {
  std::vector<std::uint32_t> weights;
  for (const DemandClass& spec : classes) weights.push_back(spec.share);
  return weights;
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

std::vector<TenantId> leaves(const Tenants& tenants) {
  std::vector<TenantId> ids;
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    const auto id = id_of<TenantTag>(i);
    if (tenants[id].children.empty()) ids.push_back(id);
  }
  return ids;
}

std::vector<TenantId> tenants_of(const DemandClass& spec, const Tenants& tenants) {
  if (spec.tenants.empty()) return leaves(tenants);
  std::vector<TenantId> ids;
  for (const auto& [path, weight] : spec.tenants) {
    const auto id = tenants.find(path);
    DURE_ASSERT(id.has_value());
    ids.push_back(*id);
  }
  return ids;
}

std::vector<std::uint32_t> tenant_weights(const DemandClass& spec, const Tenants& tenants) {
  if (spec.tenants.empty()) return std::vector<std::uint32_t>(leaves(tenants).size(), 1);
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

JobMix::JobMix(const DemandClass& spec, const Fleet& fleet, const Tenants& tenants)
    : tenants_(tenants_of(spec, tenants)),
      tenant_(tenant_weights(spec, tenants)),
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
      overestimate_(spec.overestimate) {}

JobSpec JobMix::draw_job(Random& random, Duration run_time) const {
  JobSpec job = job_;
  job.tenant = tenants_[tenant_.draw(random)];
  job.user = UserId{job.tenant.value};
  job.shape.tasks_min = job.shape.tasks_max = task_counts_[task_count_.draw(random)];
  const double factor = 1 + (overestimate_ - 1) * draw_exponential(random);
  const double wanted_s = std::min(in_seconds(run_time) * factor, in_seconds(longest_duration));
  job.time_limit = round_time_limit(std::max(run_time, seconds(static_cast<std::int64_t>(wanted_s))));
  return job;
}

DemandSource::DemandSource(const DemandSpec& spec, const Fleet& fleet, const Tenants& tenants, std::uint64_t seed)
    : total_(spec.jobs),
      arrivals_(spec, derived_seed(seed, 0)),
      random_(derived_seed(seed, 1)),
      class_(shares(spec.classes)) {
  for (const DemandClass& demand_class : spec.classes) {
    mixes_.emplace_back(demand_class, fleet, tenants);
    run_times_.emplace_back(demand_class);
  }
}

std::optional<SourcedJob> DemandSource::next() {
  const std::optional<Time> submit = arrivals_.next();
  if (!submit) return std::nullopt;
  const std::size_t which = class_.draw(random_);
  const Duration run_time = run_times_[which].draw(random_);
  return SourcedJob{
      .submit = *submit, .spec = mixes_[which].draw_job(random_, run_time), .run_time = run_time, .source_id = {}};
}

double expected_load(const DemandSpec& spec, const Fleet& fleet) {
  const bool counts_gpus = fleet.gpu_count() > 0;
  double amount_seconds = 0;
  double share_sum = 0;
  for (const DemandClass& demand_class : spec.classes) {
    const Demand& demand = demand_class.per_task;
    const auto amount = static_cast<double>(counts_gpus ? demand.gpu_milli : demand.cpu_milli);
    amount_seconds += demand_class.share * amount * mean_tasks(demand_class) * mean_run_time_s(demand_class);
    share_sum += demand_class.share;
  }
  double capacity = 0;
  for (const Pool& pool : fleet.pools()) {
    if (pool.has_gpus() == counts_gpus) capacity += static_cast<double>(pool.capacity());
  }
  return static_cast<double>(spec.jobs) * amount_seconds / share_sum / (capacity * in_seconds(spec.duration));
}

}  // namespace dure::simulate

#include "dure/simulate/demand_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/simulate/arrivals.h"
#include "dure/spec/pool_reader.h"
#include "dure/spec/scalars.h"
#include "dure/spec/shape_reader.h"

namespace dure::simulate {
namespace {

using spec::Entry;
using spec::Fields;
using spec::integer_in;
using spec::Kind;
using spec::Node;

constexpr std::uint32_t largest_weight = 1'000'000'000;
constexpr std::uint64_t most_jobs = 1'000'000'000;

// Monday, so that the week begins with the run.
constexpr Time latest_start = Time{} + days(47'482);   // 2100-01-01T00:00:00Z
constexpr Time default_start = Time{} + days(20'458);  // 2026-01-05T00:00:00Z

std::optional<std::uint32_t> read_weight(const Node& node) {
  return integer_in<std::uint32_t>(1, largest_weight)(node);
}

using Weights = std::vector<std::pair<std::string, std::uint32_t>>;
using TaskWeights = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// Whether each tree has the tenant in whose time the class brings jobs.
bool check_tenant(const Node& node, const Entry& entry, const DemandClass& kind, std::span<const TenantsFrom> trees) {
  for (std::size_t i = 0; i < trees.size(); ++i) {
    const bool is_over_before = i + 1 < trees.size() && trees[i + 1].at <= kind.from;
    const bool comes_later = kind.until && *kind.until <= trees[i].at;
    if (is_over_before || comes_later || trees[i].tenants.find(entry.key)) continue;
    const auto later = std::find_if(trees.begin() + static_cast<std::ptrdiff_t>(i), trees.end(),
                                    [&](const TenantsFrom& tree) { return tree.tenants.find(entry.key).has_value(); });
    if (later == trees.end()) return spec::find_tenant_key(node, entry, trees[i].tenants).has_value();
    const std::string from = to_text(later->at);
    node.refuse_key(entry,
                    fmt::format("found the tenant {}, which is not there before {}", spec::quote(entry.key), from),
                    "let the class begin with from: " + from);
    return false;
  }
  return true;
}

std::optional<Weights> read_tenant_weights(const Node& node, const DemandClass& kind,
                                           std::span<const TenantsFrom> trees) {
  if (!node.is(Kind::mapping) || node.value().entries.empty()) {
    node.want("tenants and their weights, such as {nipa/large-2026: 3}");
    return std::nullopt;
  }
  Weights weights;
  for (const Entry& entry : node.value().entries) {
    const auto weight = read_weight(node.at(entry));
    const bool is_known = check_tenant(node, entry, kind, trees);
    if (weight && is_known) weights.emplace_back(entry.key, *weight);
  }
  return weights;
}

std::optional<std::uint32_t> parse_tasks(std::string_view text) {
  const auto tasks = spec::parse_decimal(text, 0);
  if (!tasks || *tasks < 1 || *tasks > spec::most_tasks_per_job) return std::nullopt;
  return static_cast<std::uint32_t>(*tasks);
}

std::optional<TaskWeights> read_tasks(const Node& node) {
  TaskWeights weights;
  if (!node.is(Kind::mapping)) {
    const auto tasks = integer_in<std::uint32_t>(1, spec::most_tasks_per_job)(node);
    if (!tasks) return std::nullopt;
    weights.emplace_back(*tasks, 1);
    return weights;
  }
  for (const Entry& entry : node.value().entries) {
    const auto weight = read_weight(node.at(entry));
    const auto tasks = parse_tasks(entry.key);
    if (!tasks) {
      node.refuse_key(entry, "found the number of tasks " + spec::quote(entry.key),
                      fmt::format("write a whole number from 1 to {}", spec::most_tasks_per_job));
    } else if (weight) {
      weights.emplace_back(*tasks, *weight);
    }
  }
  if (node.value().entries.empty()) node.refuse("found no number of tasks", "write some, such as {1: 50, 8: 10}");
  return weights;
}

struct RunTime {
  Duration median = hours(1);
  double sigma = 1.0;
  Duration min = seconds(10);
  Duration max = days(7);
};

std::optional<RunTime> read_run_time(const Node& node) {
  constexpr double largest_sigma = 10;
  return spec::read_mapping<RunTime>(
      node, "a mapping such as {median: 1h, sigma: 1.2, min: 1m, max: 7d}", [](Fields& in, RunTime& time) {
        const std::size_t mistakes_before = in.node().mistakes().count();
        in.need("median", time.median, spec::read_positive_duration);
        in.take("sigma", time.sigma, spec::real_in(0, largest_sigma));
        in.take("min", time.min, spec::read_positive_duration);
        in.take("max", time.max, spec::read_positive_duration);
        if (in.node().mistakes().count() > mistakes_before) return;
        if (time.min > time.median || time.median > time.max) {
          in.node().refuse(fmt::format("found a median of {} outside {} to {}", to_text(time.median), to_text(time.min),
                                       to_text(time.max)),
                           "make it min <= median <= max");
        }
      });
}

void read_run_times(Fields& in, DemandClass& kind) {
  RunTime time;
  in.need("run_time", time, read_run_time);
  kind.run_time_median = time.median;
  kind.run_time_sigma = time.sigma;
  kind.run_time_min = time.min;
  kind.run_time_max = time.max;
}

// Every number of tasks must be whole groups, and fit somewhere.
void check_tasks(Fields& in, const DemandClass& kind, const spec::Room& room) {
  const Node tasks = in.at("tasks");
  if (!spec::check_task_fits(in.at("per_task"), kind.per_task, room)) return;
  for (std::size_t i = 0; i < kind.tasks.size(); ++i) {
    const Node count = tasks.is(Kind::mapping) ? tasks.at(tasks.value().entries[i]) : tasks;
    if (!spec::check_divides(count, kind.tasks[i].first, kind.segments)) continue;
    spec::check_gang_fits(count, kind.tasks[i].first, {kind.per_task, kind.segments, kind.spread}, room);
  }
}

void read_shape(Fields& in, DemandClass& kind, const Fleet* fleet) {
  const std::size_t mistakes_before = in.node().mistakes().count();
  std::vector<PoolId> pools;
  in.take("pools", pools, [&](const Node& node) { return spec::read_pools(node, fleet); });
  kind.tasks = {{1, 1}};
  in.need("per_task", kind.per_task, spec::read_demand);
  in.take("tasks", kind.tasks, read_tasks);
  in.take("within", kind.within, spec::read_level);
  spec::read_rule(in, kind.within, kind.segments, kind.spread);
  if (fleet == nullptr || in.node().mistakes().count() > mistakes_before) return;
  for (const PoolId pool : pools) kind.pools.push_back(fleet->pool(pool).path);
  check_tasks(in, kind, {.fleet = *fleet, .pools = pools, .within = kind.within});
}

// Within the duration, and not the wrong way round.
void read_period(Fields& in, DemandClass& kind, Duration duration) {
  const std::size_t mistakes_before = in.node().mistakes().count();
  in.take("from", kind.from, spec::read_duration);
  if (Duration until; in.take("until", until, spec::read_positive_duration)) kind.until = until;
  if (in.node().mistakes().count() > mistakes_before) return;
  if (kind.from >= duration) {
    in.at("from").refuse("found a class from " + to_text(kind.from) + " on",
                         "let it begin before the duration of " + to_text(duration) + " is over");
  } else if (kind.until && *kind.until <= kind.from) {
    in.at("until").refuse(fmt::format("found a class from {} until {}", to_text(kind.from), to_text(*kind.until)),
                          "write a later end");
  }
}

// Arrivals go on all the time, and each is one of some class.
void check_periods(const Node& node, const DemandSpec& demand) {
  Duration at;
  while (at < demand.duration) {
    const auto is_active = [&](const DemandClass& kind) { return kind.is_active(at); };
    const bool is_one = std::any_of(demand.classes.begin(), demand.classes.end(), is_active);
    Duration next = demand.duration;
    for (const DemandClass& kind : demand.classes) {
      if (kind.from > at) next = std::min(next, kind.from);
      if (kind.until && *kind.until > at) next = std::min(next, *kind.until);
    }
    if (!is_one) {
      node.refuse(fmt::format("found no class from {} until {}", to_text(at), to_text(next)),
                  "let one begin earlier, or end later");
      return;
    }
    at = next;
  }
}

std::optional<DemandClass> read_class(const Node& node, const Fleet* fleet, std::span<const TenantsFrom> trees,
                                      Duration duration) {
  constexpr std::string_view wanted = "a class such as {name: small, per_task: {gpus: 1}, run_time: {median: 1h}}";
  constexpr double largest_overestimate = 1000;
  return spec::read_mapping<DemandClass>(node, wanted, [&](Fields& in, DemandClass& kind) {
    in.need("name", kind.name, spec::read_name);
    in.take("share", kind.share, read_weight);
    read_period(in, kind, duration);
    in.take("tenants", kind.tenants, [&](const Node& at) { return read_tenant_weights(at, kind, trees); });
    read_shape(in, kind, fleet);
    read_run_times(in, kind);
    in.take("overestimate", kind.overestimate, spec::real_in(1, largest_overestimate));
    in.take("priority", kind.priority, spec::read_priority);
    in.take("checkpoint", kind.checkpoint, spec::read_checkpoint);
    in.take("hot_swap", kind.hot_swap, spec::read_boolean);
  });
}

// Relative rates, not all of them zero.
template <std::size_t count>
std::optional<std::array<double, count>> read_rates(const Node& node) {
  constexpr double largest_rate = 1e6;
  const auto read = spec::list_of(spec::real_in(0, largest_rate), fmt::format("a list of {} numbers", count));
  const std::size_t mistakes_before = node.mistakes().count();
  const auto rates = read(node);
  if (!rates || node.mistakes().count() > mistakes_before) return std::nullopt;
  if (rates->size() != count) {
    node.refuse(fmt::format("found a list of {} numbers", rates->size()), fmt::format("write {}", count));
    return std::nullopt;
  }
  if (std::all_of(rates->begin(), rates->end(), [](double rate) { return rate <= 0; })) {
    node.refuse("found only zeros", "make at least one number larger");
    return std::nullopt;
  }
  std::array<double, count> array{};
  std::copy(rates->begin(), rates->end(), array.begin());
  return array;
}

}  // namespace

std::optional<DemandSpec> read_demand_spec(const Node& node, const Fleet* fleet, std::span<const TenantsFrom> trees) {
  return spec::read_mapping<DemandSpec>(
      node, "a mapping such as {jobs: 1000, classes: ...}", [&](Fields& in, DemandSpec& demand) {
        demand.start = default_start;
        in.take("start", demand.start, spec::read_time);
        in.need("jobs", demand.jobs, integer_in<std::uint64_t>(1, most_jobs));
        in.take("duration", demand.duration, spec::read_positive_duration);
        in.take("day", demand.day, read_rates<24>);
        in.take("week", demand.week, read_rates<7>);
        if (demand.start < Time{} || demand.start >= latest_start) {
          in.at("start").refuse("found " + to_text(demand.start), "write a time from 1970 to 2099");
        } else if (demand.start + demand.duration > latest_time) {
          in.at("duration")
              .refuse("found arrivals until " + to_text(demand.start + demand.duration),
                      "make them end by " + to_text(latest_time));
        } else if (!has_arrivals(demand)) {
          in.node().refuse(
              fmt::format("found rates of 0 throughout {} from {}", to_text(demand.duration), to_text(demand.start)),
              "make some number of day and week larger, or the duration longer");
        }
        const auto read = [&](const Node& item) { return read_class(item, fleet, trees, demand.duration); };
        const std::size_t mistakes_before = in.node().mistakes().count();
        in.need("classes", demand.classes, spec::list_of(read, "a list of classes"));
        spec::refuse_duplicates(in.at("classes"), "name", "class");
        if (in.node().mistakes().count() == mistakes_before) check_periods(in.at("classes"), demand);
      });
}

}  // namespace dure::simulate

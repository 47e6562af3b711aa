#include "dure/server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "dure/fleet/fleet.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

using Gauges = prometheus::Family<prometheus::Gauge>;

Gauges& gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

double amount(std::int64_t milli) { return static_cast<double>(milli) / static_cast<double>(whole); }

// O(nodes), some 30 bytes of each.
int sick_gpus(const api::View& view, const Pool& pool) {
  int sick = 0;
  for (std::uint32_t n = 0; n < pool.node_count; ++n) {
    sick += std::popcount(view.room_of(NodeId{pool.first_node.value + n}).sick);
  }
  return sick;
}

void add_pools(const api::View& view, prometheus::Registry& registry) {
  Gauges& capacity = gauges(registry, "dure_pool_capacity", "GPUs (or CPUs) of a pool");
  Gauges& held = gauges(registry, "dure_pool_held", "GPUs (or CPUs) of a pool that jobs hold");
  Gauges& sick = gauges(registry, "dure_pool_sick_gpus", "GPUs of a pool that failed and take no new work");
  Gauges& tenant_held = gauges(registry, "dure_tenant_held", "What a tenant holds in a pool");
  for (std::size_t p = 0; p < view.fleet->pools().size(); ++p) {
    const auto id = id_of<PoolTag>(p);
    const Pool& pool = view.fleet->pool(id);
    std::int64_t all_held = 0;
    for (const TenantId root : view.tenants->roots()) all_held += view.use_of(root, id).held_milli;
    capacity.Add({{"pool", pool.path}}).Set(amount(pool.capacity()));
    held.Add({{"pool", pool.path}}).Set(amount(all_held));
    if (pool.has_gpus()) sick.Add({{"pool", pool.path}}).Set(sick_gpus(view, pool));
    for (std::size_t t = 0; t < view.tenants->size(); ++t) {
      const auto tenant = id_of<TenantTag>(t);
      tenant_held.Add({{"pool", pool.path}, {"tenant", (*view.tenants)[tenant].path}})
          .Set(amount(view.use_of(tenant, id).held_milli));
    }
  }
}

void add_forecasts(const api::Forecasts& forecasts, prometheus::Registry& registry) {
  gauges(registry, "dure_forecast_jobs", "Jobs of which it is said when they start")
      .Add({})
      .Set(static_cast<double>(forecasts.jobs.size()));
  if (forecasts.made) {
    const Duration age = std::max(wall_clock() - *forecasts.made, Duration{});
    gauges(registry, "dure_forecast_age_seconds", "Since the last pass over all that wait began")
        .Add({})
        .Set(static_cast<double>(age.ns) * 1e-9);
    gauges(registry, "dure_forecast_pass_seconds", "Time that the last pass over all that wait took")
        .Add({})
        .Set(forecasts.pass_seconds);
  }
  Gauges& outcomes = gauges(registry, "dure_forecast_outcomes", "Forecasts that the next two are about, by horizon");
  Gauges& covered = gauges(registry, "dure_forecast_covered", "Part of the starts that lay within p10 to p90");
  Gauges& error = gauges(registry, "dure_forecast_median_error_seconds", "Median absolute error of p50");
  for (std::size_t h = 0; h < forecast::horizon_count; ++h) {
    const forecast::Accuracy& accuracy = forecasts.of_all_sizes.by_horizon[h];
    const prometheus::Labels labels{{"horizon", std::string(forecast::horizon_names[h])}};
    outcomes.Add(labels).Set(static_cast<double>(accuracy.forecasts));
    if (accuracy.forecasts == 0) continue;
    covered.Add(labels).Set(accuracy.covered);
    error.Add(labels).Set(accuracy.median_error);
  }
}

}  // namespace

// What has been counted since the start.
struct Metrics::Parts {
  prometheus::Registry registry;
  prometheus::Counter& facts =
      prometheus::BuildCounter().Name("dure_facts_total").Help("Facts since the start").Register(registry).Add({});
  prometheus::Histogram& turns =
      prometheus::BuildHistogram()
          .Name("dure_turn_seconds")
          .Help("Time of a turn, its commit included")
          .Register(registry)
          .Add({}, prometheus::Histogram::BucketBoundaries{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1});
};

Metrics::Metrics() : parts_(std::make_unique<Parts>()) {}
Metrics::~Metrics() = default;

void Metrics::turn(double seconds, std::uint64_t facts) {
  parts_->turns.Observe(seconds);
  parts_->facts.Increment(static_cast<double>(facts));
}

// What holds now is gathered anew: nothing is left of a tenant or a pool that is gone.
std::string Metrics::text(const api::View& view, std::size_t watchers, const api::Forecasts* forecasts) {
  prometheus::Registry now;
  Gauges& jobs = gauges(now, "dure_jobs", "Jobs by state");
  jobs.Add({{"state", "pending"}}).Set(static_cast<double>(view.pending));
  jobs.Add({{"state", "running"}}).Set(static_cast<double>(view.running));
  gauges(now, "dure_watchers", "Open event streams").Add({}).Set(static_cast<double>(watchers));
  gauges(now, "dure_sequence", "Sequence of the last fact").Add({}).Set(static_cast<double>(view.sequence));
  add_pools(view, now);
  if (forecasts != nullptr) add_forecasts(*forecasts, now);
  std::vector<prometheus::MetricFamily> families = now.Collect();
  for (prometheus::MetricFamily& counted : parts_->registry.Collect()) families.push_back(std::move(counted));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace dure::server

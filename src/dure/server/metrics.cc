#include "dure/server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "dure/fleet/fleet.h"

namespace dure::server {

struct Metrics::Parts {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Gauge>& jobs =
      prometheus::BuildGauge().Name("dure_jobs").Help("Jobs by state").Register(registry);
  prometheus::Family<prometheus::Gauge>& capacity =
      prometheus::BuildGauge().Name("dure_pool_capacity").Help("GPUs (or CPUs) of a pool").Register(registry);
  prometheus::Family<prometheus::Gauge>& held = prometheus::BuildGauge()
                                                    .Name("dure_pool_held")
                                                    .Help("GPUs (or CPUs) of a pool that jobs hold")
                                                    .Register(registry);
  prometheus::Family<prometheus::Gauge>& tenant_held =
      prometheus::BuildGauge().Name("dure_tenant_held").Help("What a tenant holds in a pool").Register(registry);
  prometheus::Gauge& watchers =
      prometheus::BuildGauge().Name("dure_watchers").Help("Open event streams").Register(registry).Add({});
  prometheus::Gauge& sequence =
      prometheus::BuildGauge().Name("dure_sequence").Help("Sequence of the last fact").Register(registry).Add({});
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

std::string Metrics::text(const api::View& view, std::size_t watchers) {
  const auto amount = [](std::int64_t milli) { return static_cast<double>(milli) / static_cast<double>(whole); };
  parts_->jobs.Add({{"state", "pending"}}).Set(static_cast<double>(view.pending));
  parts_->jobs.Add({{"state", "running"}}).Set(static_cast<double>(view.running));
  parts_->watchers.Set(static_cast<double>(watchers));
  parts_->sequence.Set(static_cast<double>(view.sequence));
  for (std::size_t p = 0; p < view.fleet->pools().size(); ++p) {
    const Pool& pool = view.fleet->pools()[p];
    std::int64_t held = 0;
    for (const TenantId root : view.tenants->roots()) held += view.use_of(root, id_of<PoolTag>(p)).held_milli;
    parts_->capacity.Add({{"pool", pool.path}}).Set(amount(pool.capacity()));
    parts_->held.Add({{"pool", pool.path}}).Set(amount(held));
    for (std::size_t t = 0; t < view.tenants->size(); ++t) {
      const TenantId tenant = id_of<TenantTag>(t);
      parts_->tenant_held.Add({{"pool", pool.path}, {"tenant", (*view.tenants)[tenant].path}})
          .Set(amount(view.use_of(tenant, id_of<PoolTag>(p)).held_milli));
    }
  }
  return prometheus::TextSerializer().Serialize(parts_->registry.Collect());
}

}  // namespace dure::server

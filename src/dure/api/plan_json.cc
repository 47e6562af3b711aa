#include "dure/api/plan_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <optional>
#include <set>
#include <string>

#include "dure/api/forecast_json.h"
#include "dure/api/job_json.h"
#include "dure/api/numbers.h"
#include "dure/fleet/folded_nodes.h"
#include "dure/work/eligible.h"

namespace dure::api {
namespace {

namespace json = boost::json;
using forecast::DrawnStart;
using forecast::Plan;
using forecast::Variation;

// What gives way within a minute counts as at once.
constexpr double at_once_s = 60;

json::object start_json(const Plan& plan, Duration horizon) {
  return to_json(start_forecast(plan.job.id, plan.made, plan.start, plan.drawn, horizon), plan.drawn.size(), horizon);
}

json::object place_json(const View& view, const Plan& plan, const DrawnStart& place, const Demand& per_task) {
  std::set<NodeId> nodes;
  for (const Placement& placement : place.allocation) nodes.insert(placement.node);
  const std::uint32_t tasks = placed_tasks(place.allocation);
  json::object out{
      {"pool", view.fleet->pool(place.pool).path},
      {"where", folded_nodes(*view.fleet, place.allocation)},
      {"nodes", nodes.size()},
      {"tasks", tasks},
      {"chance", thousandths(static_cast<double>(plan.count_at(place)) / static_cast<double>(plan.starts.size()))}};
  if (per_task.gpu_milli > 0) out["gpus"] = amount_json(per_task.gpu_milli * tasks);
  return out;
}

// Where it counts: the pool in which it likely starts, else the first that could take it.
std::optional<PoolId> pool_of(const View& view, const JobPlan& plan) {
  if (const DrawnStart* place = plan.plan.likely_place()) return place->pool;
  for (std::size_t i = 0; i < view.fleet->pools().size(); ++i) {
    const PoolId pool = id_of<PoolTag>(i);
    if (is_eligible(plan.job.shape, *view.fleet, pool)) return pool;
  }
  return std::nullopt;
}

Duration typical_run(const Plan& plan) { return {plan.runs_ns[plan.runs_ns.size() / 2]}; }

void add_cost(const View& view, const JobPlan& plan, json::object& out) {
  const auto id = pool_of(view, plan);
  if (!id) return;
  const Pool& pool = view.fleet->pool(*id);
  const DrawnStart* place = plan.plan.likely_place();
  const std::uint32_t tasks = place != nullptr ? placed_tasks(place->allocation) : plan.job.shape.tasks_max;
  const std::int64_t each = pool.amount(plan.job.shape.per_task) * tasks;
  const std::int64_t all = each * static_cast<std::int64_t>(plan.count);
  const auto hours_of = [&](Duration run) {
    return thousandths(static_cast<double>(all) / whole * static_cast<double>(run.ns) / hours(1).ns);
  };
  json::object cost{
      {"unit", unit_of(pool)}, {"held", amount_json(all)}, {"hours_at_limit", hours_of(plan.job.time_limit)}};
  if (!plan.plan.runs_ns.empty()) {
    cost["typical_run_s"] = typical_run(plan.plan).whole_seconds();
    cost["hours_typical"] = hours_of(typical_run(plan.plan));
  }
  out["cost"] = std::move(cost);
}

// The first pool in which it likely starts that it does not name.
std::string new_pool(const View& view, const JobPlan& plan, const PlannedChange& change) {
  const DrawnStart* place = change.plan.likely_place();
  if (place != nullptr && !is_among(plan.job.shape.pools, place->pool)) return view.fleet->pool(place->pool).path;
  for (const PoolId pool : change.job.shape.pools) {
    if (!is_among(plan.job.shape.pools, pool)) return view.fleet->pool(pool).path;
  }
  return "";
}

double chance_to_end_within(const Plan& plan, Duration limit) {
  const auto end = std::lower_bound(plan.runs_ns.begin(), plan.runs_ns.end(), limit.ns);
  return static_cast<double>(end - plan.runs_ns.begin()) / static_cast<double>(plan.runs_ns.size());
}

void add_change(const View& view, const JobPlan& plan, const PlannedChange& change, json::object& out) {
  const Shape& shape = change.job.shape;
  switch (change.variation) {
    case Variation::fewer_tasks:
      out["tasks"] = shape.tasks_min;
      out["detail"] = fmt::format("{} task{} at least, in place of {}", shape.tasks_min,
                                  shape.tasks_min == 1 ? "" : "s", plan.job.shape.tasks_min);
      return;
    case Variation::fewer_gpus:
      out["gpus"] = shape.per_task.whole_gpus();
      out["detail"] =
          fmt::format("{} GPU{}, in place of {}, and half of its CPUs and memory", shape.per_task.whole_gpus(),
                      shape.per_task.whole_gpus() == 1 ? "" : "s", plan.job.shape.per_task.whole_gpus());
      return;
    case Variation::wider:
      out["within"] = json::string_view(dure::to_text(shape.within));
      out["detail"] = fmt::format("within a {}, in place of a {}", dure::to_text(shape.within),
                                  dure::to_text(plan.job.shape.within));
      return;
    case Variation::other_pool:
      out["pool"] = new_pool(view, plan, change);
      out["detail"] = fmt::format("pool {} too", new_pool(view, plan, change));
      return;
    case Variation::shorter:
      out["time_limit_s"] = change.job.time_limit.whole_seconds();
      out["detail"] = "a time limit of " + dure::to_text(change.job.time_limit);
      if (plan.plan.runs_ns.empty()) return;
      out["ends_within"] = thousandths(chance_to_end_within(plan.plan, change.job.time_limit));
      return;
  }
}

json::object change_json(const View& view, const JobPlan& plan, const PlannedChange& change) {
  json::object out{{"code", forecast::to_text(change.variation)},
                   {"starts_at_once", change.plan.starts_at_once},
                   {"forecast", start_json(change.plan, plan.horizon)}};
  add_change(view, plan, change, out);
  const bool is_within = plan.plan.start[1] < static_cast<double>(plan.horizon.ns) * 1e-9;
  if (is_within) out["sooner_s"] = std::llround(plan.plan.start[1] - change.plan.start[1]);
  return out;
}

}  // namespace

json::object to_json(const View& view, const JobPlan& plan) {
  const Plan& it = plan.plan;
  json::object out{{"name", plan.job.name},
                   {"count", plan.count},
                   {"sequence", plan.sequence},
                   {"starts_at_once", it.starts_at_once},
                   {"chance_at_once", thousandths(it.chance_within(at_once_s))},
                   {"forecast", start_json(it, plan.horizon)},
                   {"time_limit_s", plan.job.time_limit.whole_seconds()}};
  if (it.last) {
    StartForecast last = start_forecast(it.job.id, it.made, *it.last, {}, plan.horizon);
    json::object told = to_json(last, it.drawn.size(), plan.horizon);
    told.erase("draws");
    told.erase("draws_within");
    out["last"] = std::move(told);
  }
  if (const DrawnStart* place = it.likely_place()) {
    out["place"] = place_json(view, it, *place, plan.job.shape.per_task);
  }
  if (plan.job.start_by) {
    out["start_by"] = {{"at", dure::to_text(*plan.job.start_by)},
                       {"chance", thousandths(plan.chance_by(*plan.job.start_by))}};
  }
  add_cost(view, plan, out);
  json::array changes;
  for (const PlannedChange& change : plan.changes) changes.push_back(change_json(view, plan, change));
  out["changes"] = std::move(changes);
  return out;
}

void hide_machines(json::object& plan) {
  plan.erase("place");
  json::array& changes = plan["changes"].as_array();
  const auto names_a_pool = [](const json::value& change) { return change.as_object().contains("pool"); };
  changes.erase(std::remove_if(changes.begin(), changes.end(), names_a_pool), changes.end());
}

}  // namespace dure::api

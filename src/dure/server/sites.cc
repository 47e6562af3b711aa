#include "dure/server/sites.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "dure/base/overload.h"
#include "dure/fleet/served_fleet.h"
#include "dure/server/site_nodes.h"

namespace dure::server {
namespace {

// How a job's tasks lie on the devices of its nodes.
std::vector<engine::TaskPlan> task_plans(const Job& job, const Shape& shape) {
  std::vector<engine::TaskPlan> plans;
  const bool has_whole_gpus = shape.per_task.gpu_milli >= whole;
  const auto each = static_cast<std::size_t>(shape.per_task.gpu_milli / whole);
  for (std::size_t node = 0; node < job.allocation.size(); ++node) {
    const Placement& placement = job.allocation[node];
    std::vector<std::uint32_t> devices;
    for (std::uint64_t mask = placement.gpus; mask != 0; mask &= mask - 1) {
      devices.push_back(static_cast<std::uint32_t>(std::countr_zero(mask)));
    }
    for (std::uint32_t task = 0; task < placement.tasks; ++task) {
      engine::TaskPlan plan{.rank = static_cast<std::uint32_t>(plans.size()),
                            .node = static_cast<std::uint32_t>(node),
                            .cpu_milli = shape.per_task.cpu_milli,
                            .memory_mib = shape.per_task.memory_mib,
                            .gpu_milli = shape.per_task.gpu_milli};
      if (has_whole_gpus) {
        const auto first = devices.begin() + static_cast<std::ptrdiff_t>(task * each);
        plan.devices.assign(first, first + static_cast<std::ptrdiff_t>(each));
      } else {
        plan.devices = devices;
      }
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

}  // namespace

// nullptr of a cluster that this server was not told how to reach: nothing of it must run here.
WorkSite* Sites::site_of(const Site& site) const {
  switch (site.engine) {
    case EngineKind::simulated: return rehearsed_;
    case EngineKind::local: return here_;
    case EngineKind::slurm: break;
  }
  const auto found = clusters_.find(site.name);
  return found != clusters_.end() ? found->second : nullptr;
}

WorkSite* Sites::site_of(const State& state, PoolId pool) const {
  const Fleet& fleet = state.fleet();
  return site_of(fleet.sites()[fleet.pool(pool).site.index()]);
}

WorkSite* Sites::find(const Fleet& fleet, const std::string& name) const {
  const auto& sites = fleet.sites();
  const auto named = std::find_if(sites.begin(), sites.end(), [&](const Site& site) { return site.name == name; });
  WorkSite* const found = named != sites.end() ? site_of(*named) : nullptr;
  return found != nullptr ? found : here_;
}

void Sites::on_fact(const State& state, const Fact& fact) {
  const auto go = [&] {
    const Job& job = state.departed();
    if (WorkSite* site = site_of(state, job.pool)) gone_.push_back({site, attempt_id_of(job)});
  };
  std::visit(Overload{
                 [&](const StartOrdered& c) { starts_.push_back(c.job); },
                 [&](const StopOrdered& c) { stops_.push_back(c); },
                 [&](const Ended&) { go(); },
                 [&](const StartFailed&) { go(); },
                 [&](const NodeDrained& c) {
                   if (!is_of_a_site(c.reason)) say(state, c.node, c.reason.empty() ? "drained" : c.reason);
                 },
                 [&](const NodeResumed& c) { say(state, c.node, ""); },
                 [](const auto&) {},
             },
             fact.change);
}

void Sites::say(const State& state, NodeId node, std::string reason) {
  if (WorkSite* site = site_of(state, state.fleet().pool_of(node))) {
    words_.push_back({site, state.fleet().node_name(node), std::move(reason)});
  }
}

void Sites::execute(const State& state, std::span<const Decision>) {
  for (const Gone& gone : std::exchange(gone_, {})) gone.site->forget(gone.id);
  for (const JobId id : std::exchange(starts_, {})) {
    const Job* job = state.jobs().find(id);
    if (job == nullptr || !job->holds_devices()) continue;
    if (WorkSite* site = site_of(state, job->pool)) site->start(attempt_of(state, *job, WithText::yes));
  }
  for (const StopOrdered& order : std::exchange(stops_, {})) {
    const Job* job = state.jobs().find(order.job);
    if (job == nullptr || !job->holds_devices()) continue;
    if (WorkSite* site = site_of(state, job->pool)) site->stop(attempt_id_of(*job), stop_order_of(*job, order.outcome));
  }
  for (const Word& word : std::exchange(words_, {})) {
    if (word.reason.empty()) {
      word.site->resume(word.node);
    } else {
      word.site->drain(word.node, word.reason);
    }
  }
}

engine::Attempt Sites::attempt_of(const State& state, const Job& job, WithText with_text) {
  const Fleet& fleet = state.fleet();
  engine::Attempt attempt{.id = attempt_id_of(job), .ordered = job.ordered};
  for (const Placement& placement : job.allocation) attempt.nodes.push_back(fleet.node_name(placement.node));
  attempt.names = {.job = job.name,
                   .tenant = state.tenants()[job.tenant].path,
                   .user = state.users()[job.user.index()],
                   .pool = fleet.pool(job.pool).path,
                   .node = attempt.nodes.front()};
  if (job.array) attempt.element = engine::ArrayElement{job.array->array, job.array->index};
  if (with_text == WithText::yes) {
    if (auto text = text_of(job.text)) attempt.text = std::move(*text);
  }
  attempt.tasks = task_plans(job, state.shape_of(job));
  attempt.time_limit = job.time_limit;
  if (job.checkpoint) attempt.grace = job.checkpoint->grace;
  attempt.environment = {{"DURE_SERVER", address_}};
  return attempt;
}

engine::StopOrder Sites::stop_order_of(const Job& job, Outcome outcome) {
  engine::StopOrder order;
  if (!is_interruption(outcome)) return order;
  order.kind = engine::StopKind::evict;
  if (job.checkpoint) {
    const auto text = text_of(job.text);
    order.signal = text ? text->checkpoint_signal : "USR1";
    order.grace = job.checkpoint->grace;
  }
  return order;
}

std::optional<JobText> Sites::text_of(BlobId id) {
  constexpr std::size_t most_texts = 64;
  for (const KnownText& known : texts_) {
    if (known.id == id) return known.text;
  }
  const auto text = archive_.text(id);
  if (!text || !*text) return std::nullopt;
  texts_.push_front({id, **text});
  if (texts_.size() > most_texts) texts_.pop_back();
  return *text;
}

}  // namespace dure::server

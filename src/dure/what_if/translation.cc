#include "dure/what_if/translation.h"

#include <algorithm>
#include <cmath>

#include "dure/base/overload.h"
#include "dure/what_if/origin.h"

namespace dure::what_if {

Translation::Translation(const State& journal, bool declares_fleet, bool declares_tenants,
                         std::vector<DemandFactor> demand)
    : fleet_(journal.fleet()),
      tenants_(journal.tenants()),
      declares_fleet_(declares_fleet),
      declares_tenants_(declares_tenants),
      demand_(std::move(demand)),
      next_job_{std::max(journal.next_job().value, 1u)} {}

const std::vector<JobId>* Translation::jobs_of(JobId journal) const {
  const auto found = jobs_.find(journal);
  return found == jobs_.end() ? nullptr : &found->second;
}

std::optional<JobId> Translation::first_of(JobId journal) const {
  const std::vector<JobId>* known = jobs_of(journal);
  if (known == nullptr) return journal;
  return known->empty() ? std::nullopt : std::optional(known->front());
}

std::pair<JobId, bool> Translation::original_of(JobId ours) const {
  const auto found = originals_.find(ours);
  return found == originals_.end() ? std::pair{ours, false} : found->second;
}

std::optional<PoolId> Translation::pool_of(PoolId journal, const State& ours) const {
  return ours.fleet().find_pool(fleet_.pool(journal).path);
}

std::optional<NodeId> Translation::node_of(NodeId journal, const State& ours) const {
  const Pool& former = fleet_.pool(fleet_.pool_of(journal));
  const auto pool = ours.fleet().find_pool(former.path);
  if (!pool) return std::nullopt;
  const std::uint32_t place = journal.value - former.first_node.value;
  const Pool& now = ours.fleet().pool(*pool);
  return place < now.node_count ? std::optional(NodeId{now.first_node.value + place}) : std::nullopt;
}

std::optional<TenantId> Translation::tenant_of(TenantId journal, const State& ours) const {
  return ours.tenants().find(tenants_[journal].path);
}

std::optional<Window> Translation::window_of(Window window, const State& ours) const {
  std::vector<NodeId> nodes;
  for (const NodeId node : window.nodes) {
    if (const auto known = node_of(node, ours)) nodes.push_back(*known);
  }
  std::sort(nodes.begin(), nodes.end());
  window.nodes = std::move(nodes);
  if (window.tenant) {
    window.tenant = tenant_of(*window.tenant, ours);
    if (!window.tenant) return std::nullopt;
  }
  return window.nodes.empty() ? std::nullopt : std::optional(std::move(window));
}

// Of the nearest tenant on the path that states one.
double Translation::factor_of(TenantId tenant) const {
  for (std::optional<TenantId> at = tenant; at; at = tenants_[*at].parent) {
    for (const DemandFactor& stated : demand_) {
      if (stated.tenant == tenants_[*at].path) return stated.factor;
    }
  }
  return 1;
}

// An array is copied as a whole.
std::uint32_t Translation::copies_of(const JobSubmitted& change) {
  const auto& array = change.spec.array;
  if (array && array->array != change.job) {
    if (const std::vector<JobId>* first = jobs_of(array->array)) return static_cast<std::uint32_t>(first->size());
  }
  const double factor = factor_of(change.spec.tenant);
  const double sure = std::floor(factor);
  return static_cast<std::uint32_t>(sure) + (factor > sure && random_.unit() < factor - sure ? 1u : 0u);
}

JobId Translation::copy_of(JobId journal, std::size_t copy) const {
  const std::vector<JobId>* known = jobs_of(journal);
  return known == nullptr || known->empty() ? journal : (*known)[std::min(copy, known->size() - 1)];
}

std::optional<JobSpec> Translation::spec_of(const JobSpec& spec, const State& ours) const {
  JobSpec said = spec;
  const auto tenant = tenant_of(spec.tenant, ours);
  if (!tenant) return std::nullopt;
  said.tenant = *tenant;
  said.shape.pools.clear();
  for (const PoolId pool : spec.shape.pools) {
    if (const auto known = pool_of(pool, ours)) said.shape.pools.push_back(*known);
  }
  std::sort(said.shape.pools.begin(), said.shape.pools.end());
  if (said.shape.pools.empty() && !spec.shape.pools.empty()) return std::nullopt;
  return said;
}

void Translation::submit(const JobSubmitted& change, const State& ours, std::vector<Change>& out) {
  const std::uint32_t copies = copies_of(change);
  std::vector<JobId>& known = jobs_[change.job];
  const auto said = spec_of(change.spec, ours);
  if (!said && copies > 0) ++left_out_;
  for (std::uint32_t copy = 0; said && copy < copies; ++copy) {
    const JobId id = next_job_;
    ++next_job_.value;
    known.push_back(id);
    originals_[id] = {change.job, copy > 0};
    JobSpec spec = *said;
    if (spec.array) spec.array->array = copy_of(spec.array->array, copy);
    std::erase_if(spec.after, [&](const Dependency& on) {
      const std::vector<JobId>* waited_for = jobs_of(on.job);
      return waited_for != nullptr && waited_for->empty();
    });
    for (Dependency& on : spec.after) on.job = copy_of(on.job, copy);
    std::sort(spec.after.begin(), spec.after.end());
    out.emplace_back(JobSubmitted{id, std::move(spec)});
  }
}

void Translation::translate(const Change& change, const State& ours, std::vector<Change>& out) {
  const auto of_node = [&](auto said) {
    const auto node = node_of(said.node, ours);
    if (!node) return ++left_out_, void();
    said.node = *node;
    out.emplace_back(std::move(said));
  };
  const auto of_jobs = [&](auto said) {
    const std::vector<JobId>* known = jobs_of(said.job);
    if (known == nullptr) return out.emplace_back(std::move(said)), void();
    for (const JobId id : *known) {
      said.job = id;
      out.emplace_back(said);
    }
  };
  const auto of_first = [&](auto said) {
    const auto id = first_of(said.job);
    if (!id) return;
    said.job = *id;
    out.emplace_back(std::move(said));
  };
  std::visit(Overload{
                 [&](const FleetDeclared& c) {
                   fleet_ = Fleet(c.fleet);
                   tenants_ = Tenants(tenants_.spec(), fleet_.pool_paths());
                   if (!declares_fleet_) out.emplace_back(c);
                 },
                 [&](const TenantsDeclared& c) {
                   tenants_ = Tenants(c.tenants, fleet_.pool_paths());
                   if (!declares_tenants_) out.emplace_back(c);
                 },
                 [&](const JobSubmitted& c) { submit(c, ours, out); },
                 [&](const JobHeld& c) { of_jobs(c); },
                 [&](const JobReleased& c) { of_jobs(c); },
                 [&](const JobCancelled& c) { of_jobs(c); },
                 [&](const StopOrdered& c) { of_jobs(c); },
                 [&](const JobUpdated& c) { of_jobs(c); },
                 [&](const NodeDrained& c) { of_node(c); },
                 [&](const NodeResumed& c) { of_node(c); },
                 [&](const NodeLost& c) { of_node(c); },
                 [&](const NodeReturned& c) { of_node(c); },
                 [&](const DevicesFailed& c) { of_node(c); },
                 [&](const DevicesReturned& c) { of_node(c); },
                 [&](const Started& c) { of_first(c); },
                 [&](const StartFailed& c) { of_first(c); },
                 [&](const Ended& c) { of_first(c); },
                 [&](const EstimateExceeded& c) { of_first(c); },
                 [&](const WindowOpened& c) {
                   auto window = window_of(c.window, ours);
                   if (!window) return ++left_out_, void();
                   out.emplace_back(WindowOpened{*std::move(window)});
                 },
                 [&](const auto& c) { out.emplace_back(c); },
             },
             change);
}

}  // namespace dure::what_if

#include "dure/simulate/trace_source.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace dure::simulate {
namespace {

std::string tenant_name(const TraceRow& row) {
  std::string name = row.tenant.empty() ? "unnamed" : row.tenant;
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

std::int64_t divided_up(std::int64_t amount, std::int64_t parts) { return (amount + parts - 1) / parts; }

// How many equal tasks `amount` makes on nodes of `per_node`.
std::int64_t tasks_for(std::int64_t amount, std::int64_t per_node) {
  if (per_node == 0 || amount <= per_node) return 1;
  return amount % per_node == 0 ? amount / per_node : amount;
}

// Leaf tenants by path and, where that is clear, by last name.
std::map<std::string, TenantId> leaves_by_name(const Tenants& tenants) {
  std::map<std::string, TenantId> by_name;
  std::set<std::string> ambiguous;
  for (std::size_t t = 0; t < tenants.size(); ++t) {
    const TenantId id = id_of<TenantTag>(t);
    const std::string& path = tenants[id].path;
    if (!tenants[id].children.empty()) continue;
    const std::string last = path.substr(path.rfind('/') + 1);
    if (!by_name.emplace(last, id).second) ambiguous.insert(last);
  }
  for (const std::string& name : ambiguous) by_name.erase(name);
  for (std::size_t t = 0; t < tenants.size(); ++t) {
    const TenantId id = id_of<TenantTag>(t);
    if (tenants[id].children.empty()) by_name.insert_or_assign(tenants[id].path, id);
  }
  return by_name;
}

}  // namespace

TenantsSpec tenants_of(const Trace& trace) {
  std::set<std::string> names;
  for (const TraceRow& row : trace.rows) names.insert(tenant_name(row));
  TenantsSpec tenants;
  for (const std::string& name : names) tenants.roots.push_back({.name = name});
  return tenants;
}

TraceSource::TraceSource(Trace trace, const Fleet& fleet, const Tenants& tenants, Duration time_limit)
    : rows_(std::move(trace.rows)), time_limit_(time_limit) {
  for (const Rejected& rejected : trace.rejected) rejected_[rejected.reason] += rejected.count;
  for (const Pool& pool : fleet.pools()) {
    gpus_per_node_ = std::max<std::int64_t>(gpus_per_node_, pool.spec.gpus_per_node);
    cpus_per_node_ = std::max(cpus_per_node_, pool.spec.cpu_milli / whole);
  }
  keep_rows_with_a_tenant(tenants);
  number_users();
}

void TraceSource::keep_rows_with_a_tenant(const Tenants& tenants) {
  const std::map<std::string, TenantId> by_name = leaves_by_name(tenants);
  // A leaf is in there by its path and by its last name, which for a root are one.
  const bool is_only_one = std::all_of(by_name.begin(), by_name.end(),
                                       [&](const auto& entry) { return entry.second == by_name.begin()->second; });
  std::size_t kept = 0;
  for (TraceRow& row : rows_) {
    auto found = is_only_one ? by_name.begin() : by_name.find(row.tenant);
    if (found == by_name.end()) found = by_name.find(tenant_name(row));
    if (found == by_name.end()) {
      ++rejected_["no such tenant: " + tenant_name(row)];
      continue;
    }
    tenants_.push_back(found->second);
    if (&rows_[kept] != &row) rows_[kept] = std::move(row);
    ++kept;
  }
  rows_.resize(kept);
}

void TraceSource::number_users() {
  std::map<std::string, UserId> ids;
  users_of_.reserve(rows_.size());
  for (const TraceRow& row : rows_) {
    const auto [user, is_new] = ids.try_emplace(row.user, id_of<UserTag>(users_.size()));
    if (is_new) users_.push_back(row.user);
    users_of_.push_back(user->second);
  }
}

Shape TraceSource::shape_of(const TraceRow& row) const {
  Shape shape;
  std::int64_t tasks = 1;
  if (row.gpus_milli > 0) {
    const bool is_share = row.gpus_milli < whole;
    const std::int64_t gpus = divided_up(row.gpus_milli, whole);
    tasks = is_share ? 1 : tasks_for(gpus, gpus_per_node_);
    shape.per_task.gpu_milli = is_share ? row.gpus_milli : gpus / tasks * whole;
  } else {
    tasks = tasks_for(row.cpus, cpus_per_node_);
  }
  tasks = std::min<std::int64_t>(tasks, std::numeric_limits<std::uint32_t>::max());
  shape.per_task.cpu_milli = divided_up(row.cpus * whole, tasks);
  shape.per_task.memory_mib = divided_up(row.memory_mib, tasks);
  shape.tasks_min = shape.tasks_max = static_cast<std::uint32_t>(tasks);
  return shape;
}

std::optional<SourcedJob> TraceSource::next() {
  if (next_ == rows_.size()) return std::nullopt;
  const std::size_t at = next_++;
  TraceRow& row = rows_[at];
  return SourcedJob{.submit = row.submit,
                    .spec = {.name = std::move(row.name),
                             .tenant = tenants_[at],
                             .user = users_of_[at],
                             .shape = shape_of(row),
                             .time_limit = row.time_limit.value_or(time_limit_)},
                    .run_time = row.run_time,
                    .source_id = std::move(row.id)};
}

}  // namespace dure::simulate

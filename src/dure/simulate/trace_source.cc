#include "dure/simulate/trace_source.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace dure::simulate {
namespace {

std::string tenant_name(const TraceRow& row) {
  std::string name = row.tenant.empty() ? "unnamed" : row.tenant;
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

// Slurm writes h200 for what a fleet may call H200.
bool is_same_model(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::int64_t divided_up(std::int64_t amount, std::int64_t parts) { return (amount + parts - 1) / parts; }

// How many equal tasks `amount` makes on nodes of `per_node`.
std::int64_t tasks_for(std::int64_t amount, std::int64_t per_node) {
  if (per_node == 0 || amount <= per_node) return 1;
  return amount % per_node == 0 ? amount / per_node : amount;
}

// The least divisor of `number` that is above `least`; 0 if there is none. O(sqrt(number)).
std::int64_t next_divisor(std::int64_t number, std::int64_t least) {
  std::int64_t next = 0;
  for (std::int64_t small = 1; small * small <= number; ++small) {
    if (number % small != 0) continue;
    if (small > least) return next == 0 ? small : std::min(next, small);
    if (number / small > least) next = number / small;
  }
  return next;
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

TraceSource::TraceSource(Trace trace, const Fleet& fleet, const Tenants& tenants, Duration time_limit,
                         const Partitions& partitions)
    : rows_(std::move(trace.rows)), time_limit_(time_limit) {
  for (const Rejected& rejected : trace.rejected) rejected_[rejected.reason] += rejected.count;
  keep_rows_that_can_run(fleet, tenants, partitions);
  number_users();
}

TraceSource::Ground TraceSource::make_ground(const Fleet& fleet, std::vector<PoolId> ids,
                                             const std::string& gpu_model) {
  const auto is_of_model = [&](PoolId id) { return is_same_model(fleet.pool(id).spec.gpu_model, gpu_model); };
  std::vector<PoolId> all;
  for (std::size_t p = 0; p < fleet.pools().size(); ++p) all.push_back(id_of<PoolTag>(p));
  std::vector<PoolId> of_model;
  if (!gpu_model.empty()) std::ranges::copy_if(ids.empty() ? all : ids, std::back_inserter(of_model), is_of_model);
  if (!of_model.empty() && of_model != all) ids = std::move(of_model);
  Ground ground{.ids = std::move(ids), .pools = {}};
  for (const PoolId id : ground.ids.empty() ? all : ground.ids) ground.pools.push_back(fleet.pool(id));
  for (const Pool& pool : ground.pools) {
    ground.gpus_per_node = std::max<std::int64_t>(ground.gpus_per_node, pool.spec.gpus_per_node);
    ground.cpus_per_node = std::max(ground.cpus_per_node, pool.spec.cpu_milli / whole);
  }
  return ground;
}

void TraceSource::add_ground(const TraceRow& row, const Fleet& fleet, const Partitions& partitions) {
  const auto [ground, is_new] = grounds_.try_emplace({row.partition, row.gpu_model});
  if (!is_new) return;
  const auto named = partitions.find(row.partition);
  ground->second = make_ground(fleet, named == partitions.end() ? std::vector<PoolId>{} : named->second, row.gpu_model);
}

const TraceSource::Ground& TraceSource::ground_of(const TraceRow& row) const {
  return grounds_.at({row.partition, row.gpu_model});
}

void TraceSource::keep_rows_that_can_run(const Fleet& fleet, const Tenants& tenants, const Partitions& partitions) {
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
    add_ground(row, fleet, partitions);
    if (!division_of(row, ground_of(row))) {
      ++rejected_["larger than each pool that it may go to"];
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

TraceSource::Division TraceSource::divided(const TraceRow& row, std::int64_t tasks) {
  tasks = std::min<std::int64_t>(tasks, std::numeric_limits<std::uint32_t>::max());
  const bool is_share = row.gpus_milli < whole;
  const std::int64_t gpus = is_share ? 0 : divided_up(row.gpus_milli, whole);
  return {.tasks = static_cast<std::uint32_t>(tasks),
          .per_task = {.gpu_milli = is_share ? row.gpus_milli : gpus / tasks * whole,
                       .cpu_milli = divided_up(row.cpus * whole, tasks),
                       .memory_mib = divided_up(row.memory_mib, tasks)}};
}

bool TraceSource::fits(const Division& division, const Ground& ground) {
  return std::any_of(ground.pools.begin(), ground.pools.end(), [&](const Pool& pool) {
    return pool.tasks_per_empty_node(division.per_task) * pool.node_count >= division.tasks;
  });
}

std::optional<TraceSource::Division> TraceSource::division_of(const TraceRow& row, const Ground& ground) {
  const bool is_share = row.gpus_milli > 0 && row.gpus_milli < whole;
  const std::int64_t gpus = is_share ? 0 : divided_up(row.gpus_milli, whole);
  const std::int64_t units = is_share ? 1 : gpus > 0 ? gpus : row.cpus;
  std::int64_t tasks = is_share ? 1 : tasks_for(units, gpus > 0 ? ground.gpus_per_node : ground.cpus_per_node);
  while (true) {
    const Division division = divided(row, tasks);
    if (fits(division, ground)) return division;
    tasks = next_divisor(units, tasks);
    if (tasks == 0) return std::nullopt;
  }
}

std::optional<SourcedJob> TraceSource::next() {
  if (next_ == rows_.size()) return std::nullopt;
  const std::size_t at = next_++;
  TraceRow& row = rows_[at];
  const Ground& ground = ground_of(row);
  const Division division = *division_of(row, ground);
  Shape shape{.tasks_min = division.tasks, .tasks_max = division.tasks, .per_task = division.per_task};
  shape.pools = ground.ids;
  return SourcedJob{.submit = row.submit,
                    .spec = {.name = std::move(row.name),
                             .tenant = tenants_[at],
                             .user = users_of_[at],
                             .shape = std::move(shape),
                             .time_limit = row.time_limit.value_or(time_limit_)},
                    .run_time = row.run_time,
                    .source_id = std::move(row.id)};
}

}  // namespace dure::simulate

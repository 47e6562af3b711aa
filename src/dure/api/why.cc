#include "dure/api/why.h"

#include <fmt/format.h>

#include <algorithm>

namespace dure::api {
namespace {

std::string amount_text(std::int64_t milli, const Pool& pool) {
  const double amount = static_cast<double>(milli) / static_cast<double>(whole);
  const char* unit = pool.has_gpus() ? "GPU" : "CPU";
  return fmt::format("{:g} {}{}", amount, unit, amount == 1 ? "" : "s");
}

std::string end_of(const Dependency& dependency) {
  const std::uint32_t job = dependency.job.value;
  switch (dependency.kind) {
    case After::ok: return fmt::format("job {} completes", job);
    case After::any: return fmt::format("job {} ends", job);
    case After::not_ok: return fmt::format("job {} fails", job);
    case After::array_ok: return fmt::format("all jobs of array {} complete", job);
    case After::array_any: return fmt::format("all jobs of array {} end", job);
    case After::array_not_ok: return fmt::format("all jobs of array {} end and one of them fails", job);
  }
  return {};
}

void add_holds(const JobRow& row, Why& why) {
  const Job& job = row.job;
  if (job.is_user_held) {
    why.blockers.push_back({"held", "", "it is held by its user"});
    why.changes.push_back(fmt::format("release it: dure release {}", job.id.value));
  }
  for (const Dependency& dependency : row.after) {
    why.blockers.push_back({"dependency", "", fmt::format("it starts when {}", end_of(dependency))});
  }
  if (job.is_hopeless) {
    why.blockers.push_back({"dependency", "", "a job it comes after has ended in another way: it will never start"});
    why.changes.push_back(fmt::format("cancel it and submit it again: dure cancel {}", job.id.value));
  }
}

// Limits on the way up that leave too little room.
bool add_limits(const View& view, const JobRow& row, PoolId id, const SeesUse& sees_use, Why& why) {
  const Pool& pool = view.fleet->pool(id);
  const std::int64_t wanted = pool.amount(row.shape.per_task) * row.shape.tasks_min;
  bool any = false;
  for (std::optional<TenantId> at = row.job.tenant; at; at = (*view.tenants)[*at].parent) {
    const std::int64_t limit = view.tenants->quota(*at, id).limit_milli;
    if (limit == no_limit) continue;
    const std::int64_t held = view.use_of(*at, id).held_milli;
    if (held + wanted <= limit) continue;
    any = true;
    if (!sees_use(*at)) {
      why.blockers.push_back({"limit", pool.path, "a limit of its tenant, or of one above it, leaves too little room"});
      continue;
    }
    why.blockers.push_back(
        {"limit", pool.path,
         fmt::format("tenant {} may hold {} and holds {}; the job needs {}", (*view.tenants)[*at].path,
                     amount_text(limit, pool), amount_text(held, pool), amount_text(wanted, pool))});
    const std::int64_t room = std::max<std::int64_t>(limit - held, 0);
    const std::int64_t each = pool.amount(row.shape.per_task);
    const auto tasks = each > 0 ? row.shape.segments.whole_groups_of(static_cast<std::uint64_t>(room / each)) : 0;
    if (tasks > 0) why.changes.push_back(fmt::format("ask for {} tasks at most in {}", tasks, pool.path));
  }
  return any;
}

struct Room {
  std::int64_t tasks = 0;
  std::uint32_t down = 0;  // nodes that are lost or drained
};

// How many tasks the free part of a node holds, by its sums.
std::int64_t tasks_beside(const Pool& pool, const NodeRow& node, const Demand& demand) {
  std::int64_t tasks = pool.most_tasks_per_node();
  const auto bound = [&](std::int64_t free, std::int64_t each) {
    if (each > 0) tasks = std::min(tasks, std::max<std::int64_t>(free, 0) / each);
  };
  bound(std::int64_t{pool.spec.gpus_per_node} * whole - node.gpu_held_milli, demand.gpu_milli);
  bound(pool.spec.cpu_milli - node.cpu_held_milli, demand.cpu_milli);
  if (pool.spec.memory_mib > 0) bound(pool.spec.memory_mib - node.memory_held_mib, demand.memory_mib);
  return tasks;
}

// The same for all nodes, as far as segments or a spread let tasks lie there.
Room room_in(const View& view, PoolId id, const Placing& placing) {
  const Pool& pool = view.fleet->pool(id);
  const std::uint32_t span = pool.nodes_in(placing.ruled_level().value_or(Level::node));
  Room room;
  std::int64_t in_domain = 0;
  for (std::uint32_t n = 0; n < pool.node_count; ++n) {
    const NodeRow* node = view.nodes.find(pool.first_node.index() + n);
    const bool is_down = node != nullptr && (node->is_lost || node->is_drained);
    if (is_down) ++room.down;
    if (node != nullptr && !is_down) in_domain += tasks_beside(pool, *node, placing.per_task);
    if ((n + 1) % span != 0) continue;
    room.tasks += static_cast<std::int64_t>(placing.allowed(static_cast<std::uint64_t>(in_domain)));
    in_domain = 0;
  }
  return room;
}

void add_capacity(const View& view, const JobRow& row, PoolId id, Why& why) {
  const Pool& pool = view.fleet->pool(id);
  const Room room = room_in(view, id, row.shape.placing());
  if (room.tasks < row.shape.tasks_min) {
    std::string detail = fmt::format("{} of its {} tasks fit beside what runs there", room.tasks, row.shape.tasks_min);
    if (room.down > 0) detail += fmt::format("; {} nodes are drained or lost", room.down);
    why.blockers.push_back({"capacity", pool.path, std::move(detail)});
    if (room.tasks > 0)
      why.changes.push_back(
          fmt::format("ask for {} {} in {}", room.tasks, room.tasks == 1 ? "task" : "tasks", pool.path));
  } else {
    why.blockers.push_back({"order", pool.path, "what is free is promised to others, or not in one piece"});
  }
}

}  // namespace

Why why_not(const View& view, const JobRow& row, const SeesUse& sees_use) {
  Why why;
  if (row.job.state != JobState::pending && row.job.state != JobState::held) return why;
  add_holds(row, why);
  for (std::size_t i = 0; i < view.fleet->pools().size(); ++i) {
    const PoolId id = id_of<PoolTag>(i);
    const Pool& pool = view.fleet->pool(id);
    const bool is_listed =
        row.shape.pools.empty() || std::binary_search(row.shape.pools.begin(), row.shape.pools.end(), id);
    if (!is_listed || pool.most_tasks(row.shape.placing(), row.shape.within) < row.shape.tasks_min) continue;
    if (!add_limits(view, row, id, sees_use, why)) add_capacity(view, row, id, why);
  }
  if (row.promised_from) {
    why.blockers.push_back(
        {"reservation", "", fmt::format("it is promised a start by {}", to_text(*row.promised_from))});
  }
  return why;
}

}  // namespace dure::api

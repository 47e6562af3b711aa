#include "dure/fleet/fleet.h"

#include <algorithm>
#include <limits>

#include "dure/base/assert.h"

namespace dure {
namespace {

std::size_t digits(std::uint32_t count) {
  std::size_t result = 1;
  for (; count >= 10; count /= 10) ++result;
  return result;
}

// Appends `number` with zeros before it, as wide as the largest of its kind.
void append_number(std::string& out, std::uint32_t number, std::size_t width) {
  const std::size_t own = digits(number);
  out.append(std::max(width, own), '0');
  for (std::size_t at = out.size(); number > 0; number /= 10) out[--at] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::uint32_t Pool::nodes_in(Level level) const {
  switch (level) {
    case Level::node: return 1;
    case Level::rack: return spec.nodes_per_rack;
    case Level::block: return spec.nodes_per_rack * spec.racks_per_block;
    case Level::site: return node_count;
  }
  return 0;
}

std::int64_t Pool::tasks_per_empty_node(const Demand& demand) const {
  std::int64_t tasks = most_tasks_per_node();
  if (demand.is_fraction()) {
    tasks = std::min(tasks, spec.gpus_per_node * (whole / demand.gpu_milli));
  } else if (demand.gpu_milli > 0) {
    tasks = std::min(tasks, spec.gpus_per_node / demand.whole_gpus());
  }
  if (demand.cpu_milli > 0) tasks = std::min(tasks, spec.cpu_milli / demand.cpu_milli);
  if (demand.memory_mib > 0 && spec.memory_mib > 0) tasks = std::min(tasks, spec.memory_mib / demand.memory_mib);
  return tasks;
}

std::int64_t Pool::most_tasks(const Placing& placing, Level within) const {
  const std::int64_t on_each = tasks_per_empty_node(placing.per_task);
  const auto ruled = placing.ruled_level();
  if (!ruled || within < *ruled) return on_each * nodes_in(within);
  const auto in_each = static_cast<std::uint64_t>(on_each * nodes_in(*ruled));
  return static_cast<std::int64_t>(placing.allowed(in_each)) * (nodes_in(within) / nodes_in(*ruled));
}

Fleet::Fleet(FleetSpec spec) : spec_(std::move(spec)) {
  for (const SiteSpec& site : spec_.sites) {
    const SiteId site_id = id_of<SiteTag>(sites_.size());
    sites_.push_back({.name = site.name, .engine = site.engine});
    for (const PoolSpec& pool : site.pools) {
      const std::uint64_t count = pool.node_count();
      DURE_ASSERT(pool_of_node_.size() + count <= most_nodes);
      DURE_ASSERT(pools_.size() < std::numeric_limits<std::uint16_t>::max());
      DURE_ASSERT(pool.gpus_per_node <= most_gpus_per_node);
      const auto pool_index = static_cast<std::uint16_t>(pools_.size());
      pools_.push_back({.path = site.name + "/" + pool.name,
                        .site = site_id,
                        .first_node = id_of<NodeTag>(pool_of_node_.size()),
                        .node_count = static_cast<std::uint32_t>(count),
                        .spec = pool});
      pool_of_node_.insert(pool_of_node_.end(), count, pool_index);
    }
  }
}

std::int64_t Fleet::gpu_count() const {
  std::int64_t count = 0;
  for (const Pool& pool : pools_) count += std::int64_t{pool.spec.gpus_per_node} * pool.node_count;
  return count;
}

std::vector<std::string> Fleet::pool_paths() const {
  std::vector<std::string> paths;
  for (const Pool& pool : pools_) paths.push_back(pool.path);
  return paths;
}

std::optional<PoolId> Fleet::find_pool(std::string_view path) const {
  const auto found = std::find_if(pools_.begin(), pools_.end(), [&](const Pool& pool) { return pool.path == path; });
  if (found == pools_.end()) return std::nullopt;
  return id_of<PoolTag>(static_cast<std::size_t>(found - pools_.begin()));
}

// By hand: a simulation writes a million of them.
std::string Fleet::node_name(NodeId node) const {
  const Pool& owner = pool(pool_of(node));
  const PoolSpec& shape = owner.spec;
  const std::uint32_t in_pool = node.value - owner.first_node.value;
  const std::uint32_t rack = in_pool / shape.nodes_per_rack;
  std::string name = sites_[owner.site.index()].name;
  name.append("-").append(shape.name).append("-b");
  append_number(name, rack / shape.racks_per_block + 1, std::max<std::size_t>(2, digits(shape.blocks)));
  name += "-r";
  append_number(name, rack % shape.racks_per_block + 1, std::max<std::size_t>(2, digits(shape.racks_per_block)));
  name += "-n";
  append_number(name, in_pool % shape.nodes_per_rack + 1, digits(shape.nodes_per_rack));
  return name;
}

std::optional<NodeId> Fleet::find_node(std::string_view name) const {
  for (const Pool& pool : pools_) {
    const std::string prefix = sites_[pool.site.index()].name + "-" + pool.spec.name + "-b";
    if (!name.starts_with(prefix)) continue;
    for (std::uint32_t i = 0; i < pool.node_count; ++i) {
      const NodeId node{pool.first_node.value + i};
      if (node_name(node) == name) return node;
    }
  }
  return std::nullopt;
}

}  // namespace dure

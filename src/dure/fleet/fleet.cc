#include "dure/fleet/fleet.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

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

// Takes a mark and the number after it, such as `-b03`, off the end of a name. Returns nullopt, and the name as it was,
// if it does not end so.
std::optional<std::uint32_t> take_number(std::string_view& name, std::string_view mark) {
  const std::size_t at = name.rfind(mark);
  if (at == name.npos) return std::nullopt;
  const char* end = name.data() + name.size();
  std::uint32_t number = 0;
  const auto read = std::from_chars(name.data() + at + mark.size(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  name = name.substr(0, at);
  return number;
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
      add_names(PoolId{pool_index});
    }
  }
  const auto key = [this](NodeId node) { return std::pair(host_of(node), node); };
  std::sort(by_host_.begin(), by_host_.end(), [&](NodeId a, NodeId b) { return key(a) < key(b); });
  std::sort(stems_.begin(), stems_.end());
}

void Fleet::add_names(PoolId id) {
  const Pool& pool = this->pool(id);
  if (pool.spec.hosts.empty()) {
    stems_.push_back({.text = sites_[pool.site.index()].name + "-" + pool.spec.name, .pool = id});
    return;
  }
  DURE_ASSERT(pool.spec.hosts.size() == pool.node_count);
  for (std::uint32_t n = 0; n < pool.node_count; ++n) by_host_.push_back(NodeId{pool.first_node.value + n});
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

std::string_view Fleet::host_of(NodeId node) const {
  const Pool& owner = pool(pool_of(node));
  return owner.spec.hosts[node.value - owner.first_node.value];
}

// By hand: a simulation writes a million of them.
std::string Fleet::node_name(NodeId node) const {
  const Pool& owner = pool(pool_of(node));
  const PoolSpec& shape = owner.spec;
  const std::uint32_t in_pool = node.value - owner.first_node.value;
  if (!shape.hosts.empty()) return shape.hosts[in_pool];
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
  const auto host = find_host(name);
  return host ? host : find_generated(name);
}

std::optional<NodeId> Fleet::find_host(std::string_view name) const {
  const auto found = std::lower_bound(by_host_.begin(), by_host_.end(), name,
                                      [this](NodeId node, std::string_view text) { return host_of(node) < text; });
  if (found == by_host_.end() || host_of(*found) != name) return std::nullopt;
  return *found;
}

// `a-b-c` may be the pool `c` of the site `a-b` or `b-c` of `a`: where both have such a node it is the first.
std::optional<NodeId> Fleet::find_generated(std::string_view name) const {
  std::string_view stem = name;
  const auto node = take_number(stem, "-n");
  const auto rack = node ? take_number(stem, "-r") : std::nullopt;
  const auto block = rack ? take_number(stem, "-b") : std::nullopt;
  if (!block || *node == 0 || *rack == 0 || *block == 0) return std::nullopt;
  auto at = std::lower_bound(stems_.begin(), stems_.end(), stem,
                             [](const Stem& known, std::string_view text) { return known.text < text; });
  for (; at != stems_.end() && at->text == stem; ++at) {
    const Pool& owner = pool(at->pool);
    const PoolSpec& shape = owner.spec;
    if (*block > shape.blocks || *rack > shape.racks_per_block || *node > shape.nodes_per_rack) continue;
    const std::uint32_t racks_before = (*block - 1) * shape.racks_per_block + *rack - 1;
    const NodeId id{owner.first_node.value + racks_before * shape.nodes_per_rack + *node - 1};
    if (node_name(id) == name) return id;  // with as many zeros
  }
  return std::nullopt;
}

std::optional<std::pair<NodeId, NodeId>> Fleet::namesakes() const {
  for (const NodeId node : by_host_) {
    const NodeId first = *find_host(host_of(node));
    if (first != node) return std::pair(first, node);
    if (const auto generated = find_generated(host_of(node))) return std::pair(*generated, node);
  }
  return std::nullopt;
}

}  // namespace dure

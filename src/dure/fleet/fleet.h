// The fleet as ids: every pool's nodes are consecutive, and so are the nodes of each block and rack.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/base/ids.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/fleet_spec.h"
#include "dure/fleet/placing.h"

namespace dure {

struct Site {
  std::string name;
  EngineKind engine = EngineKind::simulated;
};

struct Pool {
  std::string path;  // `site/pool`, as users write it
  SiteId site;
  NodeId first_node;
  std::uint32_t node_count = 0;
  PoolSpec spec;

  bool contains(NodeId node) const {
    return node.value >= first_node.value && node.value - first_node.value < node_count;
  }
  bool has_gpus() const { return spec.gpus_per_node > 0; }
  // The amount that guarantees, limits and shares count: GPU thousandths, or CPU thousandths without GPUs.
  std::int64_t amount(const Demand& demand) const { return has_gpus() ? demand.gpu_milli : demand.cpu_milli; }
  std::int64_t node_amount() const { return has_gpus() ? std::int64_t{spec.gpus_per_node} * whole : spec.cpu_milli; }
  std::int64_t capacity() const { return node_amount() * node_count; }
  // The number of nodes in one domain of the level.
  std::uint32_t nodes_in(Level level) const;
  // The domain of the level that the node lies in, counted from the pool's first. Requires contains(node).
  std::uint32_t domain_of(NodeId node, Level level) const { return (node.value - first_node.value) / nodes_in(level); }
  // More tasks of one job than this are not put on a node: it keeps the index over the pool small (16 bits a node, and
  // sums over all nodes in 32).
  std::int64_t most_tasks_per_node() const { return std::min<std::int64_t>(65'535, 4'000'000'000 / node_count); }
  // How many tasks of `demand` one empty node holds.
  std::int64_t tasks_per_empty_node(const Demand& demand) const;
  // The most tasks that an empty domain of the level holds.
  std::int64_t most_tasks(const Placing& placing, Level within) const;
};

// Constant after construction.
class Fleet {
 public:
  Fleet() = default;
  // Requires a spec that spec::read_fleet or the like has checked: names unique, counts within the bounds.
  explicit Fleet(FleetSpec spec);

  const FleetSpec& spec() const { return spec_; }
  std::span<const Site> sites() const { return sites_; }
  std::span<const Pool> pools() const { return pools_; }
  const Pool& pool(PoolId id) const { return pools_[id.index()]; }
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(pool_of_node_.size()); }
  PoolId pool_of(NodeId node) const { return PoolId{pool_of_node_[node.index()]}; }
  // Whole GPUs in all pools.
  std::int64_t gpu_count() const;

  // By PoolId.
  std::vector<std::string> pool_paths() const;
  // Returns the pool of that path (`site/pool`). O(pools).
  std::optional<PoolId> find_pool(std::string_view path) const;
  // The name that its pool says, or the generated one, such as `naver-sejong-h200-b01-r03-n2`.
  std::string node_name(NodeId node) const;
  // O(log nodes).
  std::optional<NodeId> find_node(std::string_view name) const;
  // Returns two nodes of one name, of which pools say one or both; none in a fleet as it should be.
  // O(nodes x log nodes).
  std::optional<std::pair<NodeId, NodeId>> namesakes() const;

 private:
  // Pools whose nodes have generated names, by what these begin with.
  struct Stem {
    std::string text;  // `site-pool`
    PoolId pool;

    auto operator<=>(const Stem&) const = default;
  };

  void add_names(PoolId id);
  std::string_view host_of(NodeId node) const;
  std::optional<NodeId> find_host(std::string_view name) const;
  std::optional<NodeId> find_generated(std::string_view name) const;

  FleetSpec spec_;
  std::vector<Site> sites_;
  std::vector<Pool> pools_;
  std::vector<std::uint16_t> pool_of_node_;
  std::vector<NodeId> by_host_;  // those with names of their own, by these and by id
  std::vector<Stem> stems_;      // in order
};

}  // namespace dure

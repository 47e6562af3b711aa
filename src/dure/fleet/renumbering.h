// What the ids of a fleet are called after it was declared anew.
#pragma once

#include <cstdint>
#include <vector>

#include "dure/fleet/allocation.h"
#include "dure/fleet/fleet.h"

namespace dure {

// Pools are known by their path, nodes by their place in the pool.
class Renumbering {
 public:
  // Requires that every pool of `former` is in `now`. O(pools squared).
  Renumbering(const Fleet& former, const Fleet& now);

  PoolId pool(PoolId former) const { return moves_[former.index()].to; }
  // Requires that the pool still has so many nodes.
  NodeId node(PoolId pool, NodeId former) const {
    const Move& move = moves_[pool.index()];
    return NodeId{former.value - move.first_node_before.value + move.first_node.value};
  }
  void renumber(PoolId& pool, Allocation& allocation) const;
  void renumber(std::vector<PoolId>& pools) const;  // ascending, before and after

 private:
  struct Move {
    PoolId to;
    NodeId first_node_before;
    NodeId first_node;
  };
  std::vector<Move> moves_;  // by the former PoolId
};

}  // namespace dure

// How much a node is liked for a pod: what the policies that pack differ in.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "dure/base/ids.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/fleet.h"
#include "dure/fleet/room.h"
#include "dure/policy/reference/score_board.h"
#include "dure/work/shape.h"

namespace dure {

// A node as a score sees it. A view: what it points to must outlive it.
struct NodeView {
  NodeId id;
  PoolId pool;
  const PoolSpec& spec;
  Room room;
};

// Idle GPU thousandths of all devices. O(partial devices).
inline std::int64_t idle_milli(const Room& room) {
  std::int64_t idle = std::popcount(room.idle) * whole;
  for_each_device(room.partial, [&](std::uint32_t device) { idle += room.devices[device]; });
  return idle;
}

// A score depends on the shape, on what is free on the node, and on what this object was told of the node: two asks
// with nothing in between get the same answer.
class NodeScore {
 public:
  virtual ~NodeScore() = default;

  // Scores are asked for pods of that shape from now on.
  virtual void prepare(const Shape&) {}
  // The higher the better; above ScoreBoard::unfit. Requires that one task fits, and that `shape` was prepared.
  virtual ScoreBoard::Score score(const NodeView& node, const Shape& shape) = 0;
  // Appends the devices that one task gets there. Requires the same.
  virtual void place(const NodeView& node, const Shape& shape, Allocation& out) {
    node.room.choose(node.id, shape.per_task, 1, out);
  }

  // Nothing is on any node, and nothing has arrived.
  virtual void reset(const Fleet&) {}
  // The node has one task more, or one less.
  enum class Change : std::uint8_t { placed, left };
  virtual void on_change(NodeId, const Demand&, Change) {}
  // What is free on the node has changed, to this.
  virtual void on_room(const NodeView&) {}
  // A pod has arrived. Returns whether all scores are others from now on.
  virtual bool on_arrival(const Shape&) { return false; }
};

}  // namespace dure

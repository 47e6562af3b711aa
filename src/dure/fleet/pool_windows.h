// The windows on the nodes of one pool, and which nodes they bar to whoever would stay from one time to another.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

// A node is barred that has a window which ends after `over_by` and begins by `begun_by`. Both are times of windows, so
// that the same nodes are barred by the same values for as long as no window begins or ends.
struct Bar {
  static constexpr Time always() { return {std::numeric_limits<std::int64_t>::min()}; }

  Time over_by = always();
  Time begun_by = always();        // always(): nothing is barred
  std::optional<WindowId> inside;  // only this window's nodes are not barred, whatever the times

  auto operator<=>(const Bar&) const = default;
  bool bars_anything() const { return begun_by != always() || inside; }
};

class PoolWindows {
 public:
  bool empty() const { return windows_.empty(); }
  // The window takes these nodes, counted from the first of the pool. No window of a node overlaps another in time.
  // O(nodes + windows).
  void open(WindowId id, Time from, Time until, std::vector<std::uint32_t> nodes);
  // Returns its nodes; none if it was on none of this pool. Likewise.
  std::vector<std::uint32_t> close(WindowId id);

  // What is barred to who would be there from `begin` to `end`. O(windows).
  Bar bar(Time begin, Time end) const;
  // O(windows of the node).
  bool is_barred(std::uint32_t node, const Bar& bar) const;
  // When windows end after `now`, ascending, each time once. O(windows log windows).
  std::vector<Time> ends_after(Time now) const;

 private:
  struct Window {
    Time from;
    Time until;
    std::vector<std::uint32_t> nodes;
  };
  struct OnNode {
    WindowId id;
    Time from;
    Time until;
  };

  std::map<WindowId, Window> windows_;
  std::vector<std::vector<OnNode>> on_node_;  // by node, as far as there is a window
};

}  // namespace dure

// How the tasks of a job may lie among nodes, racks and blocks, besides what each of them asks of a node.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>

#include "dure/base/bytes.h"
#include "dure/fleet/demand.h"

namespace dure {

// The tasks of a job in groups, each of which lies in one domain. Several may share one.
struct Segments {
  std::uint32_t of = 0;  // tasks in each; 0: the job is not divided
  Level within = Level::rack;

  auto operator<=>(const Segments&) const = default;

  std::uint64_t whole_groups_of(std::uint64_t tasks) const { return of > 0 ? tasks - tasks % of : tasks; }
};

// How few tasks of a job may go at once with one domain.
struct Spread {
  std::uint32_t most = 0;  // tasks in one domain; 0: any number
  Level over = Level::node;

  auto operator<=>(const Spread&) const = default;
};

// What decides how many tasks of a job fit into a domain: equal ones count alike. Not both segments and a spread.
struct Placing {
  Demand per_task;
  Segments segments;
  Spread spread;

  // A demand by itself leaves it open where tasks lie.
  Placing(const Demand& demand = {}, Segments groups = {}, Spread apart = {})
      : per_task(demand), segments(groups), spread(apart) {}

  auto operator<=>(const Placing&) const = default;

  // The level at which it is not enough that each task fits on a node, if there is one.
  std::optional<Level> ruled_level() const {
    if (segments.of > 0) return segments.within;
    if (spread.most > 0) return spread.over;
    return std::nullopt;
  }
  // How many tasks may lie in one domain of that level, where its nodes hold `tasks`. Grows with them.
  std::uint64_t allowed(std::uint64_t tasks) const {
    return spread.most > 0 ? std::min<std::uint64_t>(tasks, spread.most) : segments.whole_groups_of(tasks);
  }
};

template <class Archive>
void fields(Archive& archive, Like<Segments> auto& segments) {
  archive(segments.of);
  archive(segments.within);
}

template <class Archive>
void fields(Archive& archive, Like<Spread> auto& spread) {
  archive(spread.most);
  archive(spread.over);
}

}  // namespace dure

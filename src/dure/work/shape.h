// What a job needs of the fleet. Jobs of equal shape are interchangeable for placement and are tried once.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/placing.h"

namespace dure {

struct Shape {
  std::uint32_t tasks_min = 1;  // 1 <= tasks_min <= tasks_max; equal unless the job is elastic
  std::uint32_t tasks_max = 1;
  Demand per_task;
  Level within = Level::site;      // hard: all tasks in one domain of this level
  Level prefer = Level::site;      // soft: the smallest domain that fits is taken anyway
  std::vector<PoolId> pools;       // alternatives, ascending and unique; empty: any pool
  Segments segments;               // hard; divide tasks_min and tasks_max; their level is below `within`
  Spread spread;                   // hard; not with segments; its level is below `within`
  std::optional<WindowId> window;  // hard: on its nodes alone, and while it is open

  auto operator<=>(const Shape&) const = default;

  Placing placing() const { return {per_task, segments, spread}; }
};

template <class Archive>
void fields(Archive& archive, Like<Shape> auto& shape) {
  archive(shape.tasks_min);
  archive(shape.tasks_max);
  archive(shape.per_task);
  archive(shape.within);
  archive(shape.prefer);
  archive(shape.pools);
  if (archive.layout < Layout::placing) return;
  archive(shape.segments);
  archive(shape.spread);
  if (archive.layout < Layout::windows) return;
  archive(shape.window);
}

}  // namespace dure

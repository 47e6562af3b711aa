// What a job needs of the fleet. Jobs of equal shape are interchangeable for placement and are tried once.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/fleet/demand.h"

namespace dure {

// The tasks of a job in groups, each of which lies in one domain.
struct Segments {
  std::uint32_t of = 0;  // tasks in each; 0: the job is not divided. Divides tasks_min and tasks_max.
  Level within = Level::rack;

  auto operator<=>(const Segments&) const = default;
};

// How few tasks of a job may go at once with one domain.
struct Spread {
  std::uint32_t most = 0;  // tasks in one domain; 0: any number
  Level over = Level::node;

  auto operator<=>(const Spread&) const = default;
};

struct Shape {
  std::uint32_t tasks_min = 1;  // 1 <= tasks_min <= tasks_max; equal unless the job is elastic
  std::uint32_t tasks_max = 1;
  Demand per_task;
  Level within = Level::site;  // hard: all tasks in one domain of this level
  Level prefer = Level::site;  // soft: the smallest domain that fits is taken anyway; kept for `why`
  std::vector<PoolId> pools;   // alternatives, ascending and unique; empty: any pool
  Segments segments;           // their level is below `within`
  Spread spread;               // not with segments; its level is below `within`

  auto operator<=>(const Shape&) const = default;
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
}

}  // namespace dure

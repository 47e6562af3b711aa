#include "dure/forecast/variants.h"

#include <algorithm>
#include <array>
#include <optional>

#include "dure/base/ids.h"

namespace dure::forecast {
namespace {

constexpr std::array<std::string_view, 5> names{"fewer_tasks", "fewer_gpus", "wider", "other_pool", "shorter"};
constexpr Duration shortest_limit = minutes(10);

std::optional<Shape> fewer_tasks(Shape shape) {
  const auto half = static_cast<std::uint32_t>(shape.segments.whole_groups_of(shape.tasks_min / 2));
  if (half == 0) return std::nullopt;
  // An elastic one may still grow to what it asks for; one that is not stays of one size.
  if (shape.tasks_min == shape.tasks_max) shape.tasks_max = half;
  shape.tasks_min = half;
  return shape;
}

std::optional<Shape> fewer_gpus(Shape shape) {
  const std::int64_t half = shape.per_task.whole_gpus() / 2;
  if (shape.tasks_max > 1 || half == 0) return std::nullopt;
  shape.per_task.gpu_milli = half * whole;
  shape.per_task.cpu_milli = (shape.per_task.cpu_milli + 1) / 2;
  shape.per_task.memory_mib = (shape.per_task.memory_mib + 1) / 2;
  return shape;
}

std::optional<Shape> wider(Shape shape) {
  if (shape.within == Level::site || (shape.tasks_max == 1 && shape.within == Level::node)) return std::nullopt;
  shape.within = static_cast<Level>(static_cast<std::uint8_t>(shape.within) + 1);
  return shape;
}

// One that names a window stays on its nodes.
std::optional<Shape> other_pool(const State& state, Shape shape) {
  if (shape.pools.empty() || shape.window) return std::nullopt;
  const std::size_t before = shape.pools.size();
  Shape anywhere = shape;
  anywhere.pools.clear();
  for (std::size_t i = 0; i < state.fleet().pools().size(); ++i) {
    const PoolId pool = id_of<PoolTag>(i);
    if (state.is_eligible(anywhere, pool)) shape.pools.push_back(pool);
  }
  std::sort(shape.pools.begin(), shape.pools.end());
  shape.pools.erase(std::unique(shape.pools.begin(), shape.pools.end()), shape.pools.end());
  return shape.pools.size() > before ? std::optional(shape) : std::nullopt;
}

// Whole minutes.
std::optional<Duration> shorter(Duration limit) {
  const Duration half{limit.ns / 2 / minutes(1).ns * minutes(1).ns};
  return half >= shortest_limit ? std::optional(half) : std::nullopt;
}

}  // namespace

std::string_view to_text(Variation variation) { return names[static_cast<std::size_t>(variation)]; }

std::vector<Variant> variants_of(const State& state, const Wish& wish) {
  const JobSpec& first = wish.front();
  std::vector<Variant> variants;
  const auto offer = [&](Variation variation, const std::optional<Shape>& shape) {
    if (!shape) return;
    variants.push_back({variation, wish});
    for (JobSpec& spec : variants.back().wish) spec.shape = *shape;
  };
  offer(Variation::fewer_tasks, fewer_tasks(first.shape));
  offer(Variation::fewer_gpus, fewer_gpus(first.shape));
  offer(Variation::wider, wider(first.shape));
  offer(Variation::other_pool, other_pool(state, first.shape));
  if (const auto limit = shorter(first.time_limit)) {
    variants.push_back({Variation::shorter, wish});
    for (JobSpec& spec : variants.back().wish) spec.time_limit = *limit;
  }
  return variants;
}

}  // namespace dure::forecast

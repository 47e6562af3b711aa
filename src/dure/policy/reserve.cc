#include "dure/policy/reserve.h"

#include <algorithm>

#include "dure/base/assert.h"

namespace dure {
namespace {

const Allocation& allocation_of(const Job& job, std::span<const Decision> planned) {
  if (job.holds_devices()) return job.allocation;
  const auto found = std::find_if(planned.begin(), planned.end(), [&](const Decision& decision) {
    const auto* start = std::get_if<StartOrdered>(&decision);
    return start != nullptr && start->job == job.id;
  });
  DURE_ASSERT(found != planned.end());
  return std::get<StartOrdered>(*found).allocation;
}

}  // namespace

std::optional<EarliestStart> find_earliest_start(const State& state, CapacityIndex& index, PoolId pool,
                                                 const Shape& shape, const LatestEnds& ends, Time now,
                                                 std::span<const Decision> planned) {
  PoolCapacity& capacity = index.pool(pool);
  const std::uint64_t mark = capacity.mark();
  const DemandId demand = capacity.watch(shape.per_task);
  std::optional<EarliestStart> found;
  auto next = ends.begin();
  while (!found && next != ends.end()) {
    const Time end = next->first;
    for (; next != ends.end() && next->first == end; ++next) {
      const Job& job = state.jobs()[next->second];
      index.give_back(pool, allocation_of(job, planned), state.shape_of(job).per_task);
    }
    if (!capacity.fits(demand, shape.tasks_min, shape.within, Fences::respected)) continue;
    found = {.from = std::max(end, now),
             .allocation = capacity.place(shape.per_task, shape.tasks_min, shape.within, Fences::respected)};
  }
  while (next != ends.begin()) {
    --next;
    const Job& job = state.jobs()[next->second];
    index.book(pool, allocation_of(job, planned), state.shape_of(job).per_task);
  }
  capacity.unwatch(demand);
  capacity.undone_since(mark);
  return found;
}

}  // namespace dure

#include "dure/policy/reserve.h"

#include <algorithm>

namespace dure {

std::optional<EarliestStart> find_earliest_start(const State& state, CapacityIndex& index, PoolId pool,
                                                 const Shape& shape, const LatestEnds& ends) {
  PoolCapacity& capacity = index.pool(pool);
  const std::uint64_t mark = capacity.mark();
  std::optional<EarliestStart> found;
  auto next = ends.begin();
  while (!found && next != ends.end()) {
    const Time end = next->first;
    for (; next != ends.end() && next->first == end; ++next) {
      const Job& job = state.jobs()[next->second];
      index.give_back(pool, job.allocation, state.shape_of(job).per_task);
    }
    if (capacity.most_tasks(shape.per_task, shape.within, Fences::respected) < shape.tasks_min) continue;
    found = {.from = std::max(end, state.now()),
             .allocation = capacity.place(shape.per_task, shape.tasks_min, shape.within, Fences::respected)};
  }
  while (next != ends.begin()) {
    --next;
    const Job& job = state.jobs()[next->second];
    index.book(pool, job.allocation, state.shape_of(job).per_task);
  }
  capacity.undone_since(mark);
  return found;
}

}  // namespace dure

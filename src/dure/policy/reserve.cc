#include "dure/policy/reserve.h"

#include <algorithm>

#include "dure/policy/planned_starts.h"

namespace dure {

std::optional<EarliestStart> find_earliest_start(const State& state, CapacityIndex& index, PoolId pool,
                                                 const Wish& wish, LatestEnds& latest_ends, const Stopping& stopping,
                                                 Time now, std::span<const Decision> planned) {
  const Shape& shape = wish.shape;
  PlannedStarts starts(planned);
  const auto departure_of = [&](const LatestEnds::Entry& entry) -> Departure {
    const auto stops = stopping.find(entry.second);
    return stops == stopping.end() ? Departure{entry.first} : Departure{stops->second, true};
  };
  PoolCapacity& capacity = index.pool(pool);
  const std::uint64_t mark = capacity.mark();
  const DemandId demand = capacity.watch(shape.placing());
  std::optional<EarliestStart> found;
  const std::span<const LatestEnds::Entry> ends = latest_ends.sorted();
  auto next = ends.begin();
  // Where a window ends there is room again as where a job does.
  const std::vector<Time> reopenings = capacity.windows().ends_after(now);
  auto reopening = reopenings.begin();
  while (!found && (next != ends.end() || reopening != reopenings.end())) {
    const Time end = std::min(next == ends.end() ? Time::never() : next->first,
                              reopening == reopenings.end() ? Time::never() : *reopening);
    const Time from = std::max(end, now);
    if (from >= wish.before) break;
    if (reopening != reopenings.end() && *reopening == end) ++reopening;
    for (; next != ends.end() && next->first == end; ++next) {
      const Job& job = state.jobs()[next->second];
      index.give_back(pool, starts.allocation_of(job), state.shape_of(job).per_task, departure_of(*next));
    }
    const Terms terms{Fences::respected, capacity.windows().bar(from, from + wish.limit), wish.ground};
    if (!capacity.fits(demand, shape.tasks_min, shape.within, terms)) continue;
    found = {.from = from, .allocation = capacity.place(shape.placing(), shape.tasks_min, shape.within, terms)};
  }
  while (next != ends.begin()) {
    --next;
    const Job& job = state.jobs()[next->second];
    index.book(pool, starts.allocation_of(job), state.shape_of(job).per_task, departure_of(*next));
  }
  capacity.unwatch(demand);
  capacity.undone_since(mark);
  return found;
}

}  // namespace dure

#include "dure/policy/reserve.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "dure/base/assert.h"

namespace dure {
namespace {

// What starts are planned, by job: a plan may hold as many as there are GPUs.
class PlannedStarts {
 public:
  explicit PlannedStarts(std::span<const Decision> planned) {
    for (const Decision& decision : planned) {
      if (const auto* start = std::get_if<StartOrdered>(&decision))
        starts_.emplace_back(start->job, &start->allocation);
    }
    std::sort(starts_.begin(), starts_.end());
  }

  // Requires a job that holds devices or is planned to start.
  const Allocation& allocation_of(const Job& job) const {
    if (job.holds_devices()) return job.allocation;
    const auto found = std::lower_bound(starts_.begin(), starts_.end(), job.id,
                                        [](const auto& start, JobId wanted) { return start.first < wanted; });
    DURE_ASSERT(found != starts_.end() && found->first == job.id);
    return *found->second;
  }

 private:
  std::vector<std::pair<JobId, const Allocation*>> starts_;
};

}  // namespace

std::optional<EarliestStart> find_earliest_start(const State& state, CapacityIndex& index, PoolId pool,
                                                 const Shape& shape, LatestEnds& latest_ends, Time now,
                                                 std::span<const Decision> planned) {
  const PlannedStarts starts(planned);
  PoolCapacity& capacity = index.pool(pool);
  const std::uint64_t mark = capacity.mark();
  const DemandId demand = capacity.watch(shape.per_task);
  std::optional<EarliestStart> found;
  const std::span<const LatestEnds::Entry> ends = latest_ends.sorted();
  auto next = ends.begin();
  while (!found && next != ends.end()) {
    const Time end = next->first;
    for (; next != ends.end() && next->first == end; ++next) {
      const Job& job = state.jobs()[next->second];
      index.give_back(pool, starts.allocation_of(job), state.shape_of(job).per_task);
    }
    if (!capacity.fits(demand, shape.tasks_min, shape.within, Fences::respected)) continue;
    found = {.from = std::max(end, now),
             .allocation = capacity.place(shape.per_task, shape.tasks_min, shape.within, Fences::respected)};
  }
  while (next != ends.begin()) {
    --next;
    const Job& job = state.jobs()[next->second];
    index.book(pool, starts.allocation_of(job), state.shape_of(job).per_task);
  }
  capacity.unwatch(demand);
  capacity.undone_since(mark);
  return found;
}

}  // namespace dure

#include "dure/simulate/stranded.h"

#include <algorithm>
#include <cstdint>

#include "dure/policy/reference/node_score.h"
#include "dure/work/eligible.h"

namespace dure::simulate {
namespace {

// Thousandths on devices that pods of that demand can make no use of. All of it if too few devices have enough.
std::int64_t fragment(const Room& room, std::int64_t idle, const Demand& demand) {
  const std::int64_t each = std::min(demand.gpu_milli, whole);
  std::int64_t fitting = 0;
  std::int64_t usable = 0;
  for_each_device(room.idle | room.partial, [&](std::uint32_t device) {
    if (room.free_milli(device) < each) return;
    ++fitting;
    usable += room.free_milli(device);
  });
  return fitting * each < demand.gpu_milli ? idle : idle - usable;
}

// The same sums, thousandths x pods: 6 million GPUs and 10^9 pods stay within 64 bits.
struct Sums {
  std::int64_t wrong_model = 0, no_memory = 0, no_cpu = 0, fragment = 0;
};

void add(const Room& room, std::int64_t idle, bool is_allowed, const Demand& demand, std::int64_t pods, Sums& sums) {
  if (!is_allowed) {
    sums.wrong_model += pods * idle;
  } else if (room.counts_memory && room.memory_mib < demand.memory_mib) {
    sums.no_memory += pods * idle;
  } else if (room.cpu_milli < demand.cpu_milli) {
    sums.no_cpu += pods * idle;
  } else {
    sums.fragment += pods * fragment(room, idle, demand);
  }
}

}  // namespace

Stranded stranded(const State& state, std::span<const WantedShape> wanted) {
  std::int64_t pods = 0;
  for (const WantedShape& shape : wanted) pods += static_cast<std::int64_t>(shape.pods);
  Sums sums;
  std::int64_t all_idle = 0;
  for (std::uint32_t n = 0; n < state.fleet().node_count(); ++n) {
    const Room room = state.occupancy().room(NodeId{n});
    const std::int64_t idle = idle_milli(room);
    all_idle += idle;
    if (idle == 0) continue;
    const PoolId pool = state.fleet().pool_of(NodeId{n});
    for (const auto& [shape, count] : wanted) {
      add(room, idle, may_use(shape, pool), shape.per_task, static_cast<std::int64_t>(count), sums);
    }
  }
  if (pods == 0) return {.usable = all_idle};
  Stranded mean{.wrong_model = sums.wrong_model / pods,
                .no_memory = sums.no_memory / pods,
                .no_cpu = sums.no_cpu / pods,
                .fragment = sums.fragment / pods};
  mean.usable = all_idle - mean.wrong_model - mean.no_memory - mean.no_cpu - mean.fragment;
  return mean;
}

}  // namespace dure::simulate

// Devices: none comes or goes by itself, and who holds one that failed leaves it.
#include <bit>
#include <utility>

#include "laws.h"

namespace dure {

bool Laws::is_on_sick(const Allocation& allocation) const {
  for (const Placement& placement : allocation) {
    const auto found = sick_.find(placement.node);
    if (found != sick_.end() && (placement.gpus & found->second) != 0) return true;
  }
  return false;
}

// Nodes may have other numbers now: no fewer devices are sick.
void Laws::renumber_sick() {
  int before = 0;
  int after = 0;
  for (const auto& [node, gpus] : std::exchange(sick_, {})) before += std::popcount(gpus);
  for (std::uint32_t n = 0; n < state_.fleet().node_count(); ++n) {
    const std::uint64_t gpus = state_.health(NodeId{n}).sick;
    if (gpus != 0) sick_[NodeId{n}] = gpus;
    after += std::popcount(gpus);
  }
  expect(before == after, JobId{}, "devices fail or return with the fleet");
}

// Nothing is promised on a device that failed, and whoever starts again is on its way elsewhere.
void Laws::sick_devices_are_left() {
  for (std::uint32_t n = 0; n < state_.fleet().node_count(); ++n) {
    const auto found = sick_.find(NodeId{n});
    expect(state_.health(NodeId{n}).sick == (found == sick_.end() ? 0 : found->second), JobId{},
           "the state and the witness differ on which devices are sick");
  }
  for (const auto& [job, promise] : state_.reservations()) {
    expect(!is_on_sick(promise.allocation), job, "is promised a device that failed");
  }
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    const bool stays = job.requeues && job.holds_devices() && job.state != JobState::stopping;
    expect(!stays || !is_on_sick(job.allocation), id, "stays on a device that failed");
  }
}

// Invariant 1, from the state alone: what is free and what jobs hold is what there is, to the last thousandth.
void Laws::conservation_of_devices() {
  const Occupancy& occupancy = state_.occupancy();
  std::vector<NodeAmounts> held(state_.fleet().node_count());
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& job = state_.jobs()[id];
    expect(job.holds_devices() == (job.state >= JobState::starting), id, "holds devices without a start, or none with");
    for (const Placement& placement : job.allocation) {
      held[placement.node.index()].add(placement, state_.shape_of(job).per_task, 1);
    }
  }
  for (std::uint32_t n = 0; n < held.size(); ++n) {
    const NodeId node{n};
    const PoolSpec& spec = state_.fleet().pool(state_.fleet().pool_of(node)).spec;
    bool is_kept = held[n].cpu_milli >= 0 && occupancy.free_cpu_milli(node) >= 0 &&
                   held[n].cpu_milli + occupancy.free_cpu_milli(node) == spec.cpu_milli;
    for (std::uint32_t device = 0; device < spec.gpus_per_node; ++device) {
      is_kept = is_kept && held[n].gpu_milli[device] + occupancy.free_gpu_milli(node, device) == whole;
    }
    expect(is_kept, JobId{}, "invariant 1: a node has more or less than it was declared with");
  }
}

}  // namespace dure

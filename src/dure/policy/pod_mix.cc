#include "dure/policy/pod_mix.h"

namespace dure {

PodMix::PodMix(const TypicalPods& given) : given_total_(given.total) {
  for (const TypicalPod& pod : given.pods) kind_of(pod.demand, pod.pools).given += pod.count;
}

PodMix::Kind& PodMix::kind_of(const Demand& demand, const std::vector<PoolId>& pools) {
  const Demand without_memory{.gpu_milli = demand.gpu_milli, .cpu_milli = demand.cpu_milli};
  const auto [found, is_new] = index_.try_emplace({without_memory, pools}, kinds_.size());
  if (is_new) kinds_.push_back({.demand = without_memory, .pools = pools});
  return kinds_[found->second];
}

void PodMix::add(const Shape& shape) {
  Kind& kind = kind_of(shape.per_task, shape.pools);
  ++kind.seen;
  kind.memory += static_cast<std::uint64_t>(shape.per_task.memory_mib);
  ++arrived_;
}

std::uint64_t PodMix::probability(const Kind& kind) const {
  if (kind.given > 0) return kind.given * one / given_total_;
  return arrived_ > 0 ? kind.seen * one / arrived_ : 0;
}

void PodMix::learn_memory() {
  for (Kind& kind : kinds_) {
    if (kind.seen > 0) kind.demand.memory_mib = static_cast<std::int64_t>(kind.memory / kind.seen);
  }
}

}  // namespace dure

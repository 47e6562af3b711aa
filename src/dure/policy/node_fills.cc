#include "dure/policy/node_fills.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "dure/base/assert.h"

namespace dure {

FreeNode::FreeNode(const Room& room, std::uint32_t gpus, std::uint32_t in_group)
    : group(in_group),
      devices(gpus),
      cpu_milli(room.cpu_milli),
      memory_mib(room.counts_memory ? room.memory_mib : std::numeric_limits<std::int64_t>::max()) {
  for (std::uint32_t i = 0; i < gpus; ++i) milli[i] = static_cast<std::int16_t>(room.free_milli(i));
  std::sort(milli.begin(), milli.begin() + gpus, std::greater<>());
}

Hash128 FreeNode::hash() const {
  std::array<std::byte, 2 * sizeof(std::uint32_t) + 2 * sizeof(std::int64_t) + sizeof(milli)> bytes;
  std::size_t size = 0;
  const auto put = [&](const void* from, std::size_t count) {
    std::memcpy(bytes.data() + size, from, count);
    size += count;
  };
  put(&group, sizeof(group));
  put(&devices, sizeof(devices));
  put(&cpu_milli, sizeof(cpu_milli));
  put(&memory_mib, sizeof(memory_mib));
  put(milli.data(), devices * sizeof(milli[0]));
  return hash_128({bytes.data(), size});
}

std::int64_t FreeNode::tasks_that_fit(const Demand& demand) const {
  std::int64_t tasks = std::numeric_limits<std::int32_t>::max();
  if (demand.is_fraction()) {
    tasks = 0;
    for (const std::int16_t device : free()) tasks += device / demand.gpu_milli;
  } else if (demand.gpu_milli > 0) {
    const auto idle = std::find_if(milli.begin(), milli.begin() + devices, [](std::int16_t m) { return m < whole; });
    tasks = (idle - milli.begin()) / demand.whole_gpus();
  }
  if (demand.cpu_milli > 0) tasks = std::min(tasks, cpu_milli / demand.cpu_milli);
  if (demand.memory_mib > 0) tasks = std::min(tasks, memory_mib / demand.memory_mib);
  return tasks;
}

FreeNode FreeNode::without(const Demand& demand, std::int16_t on) const {
  FreeNode left = *this;
  left.cpu_milli -= demand.cpu_milli;
  left.memory_mib -= demand.memory_mib;
  if (demand.is_fraction()) {
    std::size_t at = devices;
    while (at > 0 && milli[at - 1] < on) --at;
    DURE_ASSERT(at > 0);
    left.milli[at - 1] = static_cast<std::int16_t>(milli[at - 1] - demand.gpu_milli);
    for (; at < devices && left.milli[at - 1] < left.milli[at]; ++at) std::swap(left.milli[at - 1], left.milli[at]);
  } else if (demand.gpu_milli > 0) {
    const auto gpus = static_cast<std::ptrdiff_t>(demand.whole_gpus());
    std::rotate(left.milli.begin(), left.milli.begin() + gpus, left.milli.begin() + devices);
    std::fill(left.milli.begin() + devices - gpus, left.milli.begin() + devices, std::int16_t{0});
  }
  return left;
}

// Each place of the sequences is drawn in equal parts of the mix, one for each sequence, in an order of its own: fewer
// sequences tell as much.
void NodeFills::add_group(const std::vector<Pod>& pods, Random& random) {
  Group& group = groups_.emplace_back();
  std::vector<Wanted> kinds;
  group.least_cpu.fill(std::numeric_limits<std::int64_t>::max());
  std::vector<std::uint64_t> until;  // running sums of the weights
  std::uint64_t total = 0;
  for (const Pod& pod : pods) {
    if (pod.weight == 0) continue;
    const Demand& demand = pod.demand;
    until.push_back(total += pod.weight);
    kinds.push_back({.cpu_milli = demand.cpu_milli,
                     .memory_mib = demand.memory_mib,
                     .gpus = static_cast<std::int32_t>(demand.whole_gpus()),
                     .most = static_cast<std::int32_t>(std::min(demand.gpu_milli, whole))});
    if (demand.gpu_milli == 0) continue;
    auto least = group.least_cpu.begin() + std::min(demand.gpu_milli, whole);
    for (; least != group.least_cpu.end(); ++least) *least = std::min(*least, demand.cpu_milli);
  }
  if (total < sequences) return;  // nothing is expected
  group.pods.resize(sequences * length);
  std::array<std::uint64_t, sequences> part;
  std::iota(part.begin(), part.end(), std::uint64_t{0});
  for (std::size_t place = 0; place < length; ++place) {
    for (std::size_t i = sequences; i > 1; --i) std::swap(part[i - 1], part[random.below(i)]);
    for (std::size_t sequence = 0; sequence < sequences; ++sequence) {
      const std::uint64_t drawn = total / sequences * part[sequence] + random.below(total / sequences);
      const auto kind = std::upper_bound(until.begin(), until.end(), drawn) - until.begin();
      group.pods[sequence * length + place] = kinds[static_cast<std::size_t>(kind)];
    }
  }
}

// One node while pods come to it.
class NodeFills::Filling {
 public:
  Filling(const Group& group, const FreeNode& node)
      : group_(group), devices_(node.devices), cpu_(node.cpu_milli), memory_(node.memory_mib), milli_(node.milli) {
    for (const std::int16_t device : node.free()) {
      idle_ += device;
      wholly_ += device == whole ? 1 : 0;
    }
    look_for_most();
  }

  bool is_over() const { return idle_ == 0 || cpu_ < least_cpu_; }
  std::int64_t idle() const { return idle_; }

  // Most of a sequence does not fit, so there is one branch for all reasons.
  bool fits(const Wanted& pod) const {
    return !(static_cast<int>(pod.cpu_milli > cpu_) | static_cast<int>(pod.most > most_) |
             static_cast<int>(pod.gpus > wholly_) | static_cast<int>(pod.memory_mib > memory_));
  }
  void take(const Wanted& pod) {
    cpu_ -= pod.cpu_milli;
    memory_ -= pod.memory_mib;
    if (pod.gpus > 0) {
      take_wholes(pod.gpus);
    } else if (pod.most > 0) {
      take_share(pod.most);
    }
  }

 private:
  void take_wholes(std::int32_t gpus) {
    wholly_ -= gpus;
    idle_ -= gpus * whole;
    for (std::uint32_t i = 0; gpus > 0; ++i) {
      if (milli_[i] == whole) milli_[i] = 0, --gpus;
    }
    look_for_most();
  }

  // From the device that has least of those that have enough.
  void take_share(std::int32_t share) {
    std::uint32_t best = devices_;
    for (std::uint32_t i = 0; i < devices_; ++i) {
      if (milli_[i] >= share && (best == devices_ || milli_[i] < milli_[best])) best = i;
    }
    const bool was_most = milli_[best] == most_;
    wholly_ -= milli_[best] == whole ? 1 : 0;
    milli_[best] = static_cast<std::int16_t>(milli_[best] - share);
    idle_ -= share;
    if (was_most) look_for_most();
  }

  void look_for_most() {
    most_ = 0;
    for (std::uint32_t i = 0; i < devices_; ++i) most_ = std::max(most_, milli_[i]);
    least_cpu_ = group_.least_cpu[static_cast<std::size_t>(most_)];
  }

  const Group& group_;
  std::uint32_t devices_;
  std::int64_t cpu_;
  std::int64_t memory_;
  std::array<std::int16_t, most_gpus_per_node> milli_;
  std::int64_t idle_ = 0;
  std::int32_t wholly_ = 0;  // devices that are wholly free
  std::int16_t most_ = 0;    // that is free of one
  std::int64_t least_cpu_ = 0;
};

std::int64_t NodeFills::stranded(const FreeNode& node) const {
  const Group& group = groups_[node.group];
  const Filling empty(group, node);
  if (group.pods.empty() || empty.is_over()) return empty.idle() * static_cast<std::int64_t>(sequences);
  std::int64_t sum = 0;
  for (std::size_t sequence = 0; sequence < sequences; ++sequence) {
    sum += fill(empty, {group.pods.data() + sequence * length, length});
  }
  return sum;
}

// What is idle when the pods have come.
std::int64_t NodeFills::fill(Filling node, std::span<const Wanted> pods) {
  for (const Wanted& pod : pods) {
    if (!node.fits(pod)) continue;
    node.take(pod);
    if (node.is_over()) break;
  }
  return node.idle();
}

}  // namespace dure

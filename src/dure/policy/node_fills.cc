#include "dure/policy/node_fills.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

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
// sequences tell as much. Nothing is drawn where nothing is expected.
std::vector<Demand> NodeFills::draw(const std::vector<Pod>& pods, Random& random) {
  std::vector<std::uint64_t> until;  // running sums of the weights
  for (const Pod& pod : pods) until.push_back((until.empty() ? 0 : until.back()) + pod.weight);
  if (until.empty() || until.back() < sequences) return {};
  std::vector<Demand> drawn(sequences * length);
  std::array<std::uint64_t, sequences> part;
  std::iota(part.begin(), part.end(), std::uint64_t{0});
  const std::uint64_t width = until.back() / sequences;
  for (std::size_t place = 0; place < length; ++place) {
    for (std::size_t i = sequences; i > 1; --i) std::swap(part[i - 1], part[random.below(i)]);
    for (std::size_t sequence = 0; sequence < sequences; ++sequence) {
      const std::uint64_t at = width * part[sequence] + random.below(width);
      const auto pod = std::upper_bound(until.begin(), until.end(), at) - until.begin();
      drawn[sequence * length + place] = pods[static_cast<std::size_t>(pod)].demand;
    }
  }
  return drawn;
}

void NodeFills::add_group(const std::vector<Pod>& pods, Random& random) {
  Group& group = groups_.emplace_back();
  group.pods = draw(pods, random);
  if (group.pods.empty()) return;
  std::vector<std::int64_t> wanted(group.pods.size());
  const auto bits_of = [&](std::int64_t Demand::* resource) {
    std::transform(group.pods.begin(), group.pods.end(), wanted.begin(), [&](const Demand& d) { return d.*resource; });
    return FitBits(wanted, length);
  };
  group.cpu = bits_of(&Demand::cpu_milli);
  group.memory = bits_of(&Demand::memory_mib);
  group.gpu = bits_of(&Demand::gpu_milli);
  group.find_least_cpu();
}

void NodeFills::Group::find_least_cpu() {
  least_cpu.assign(gpu.ranks(), std::numeric_limits<std::int64_t>::max());
  for (const Demand& pod : pods) {
    if (pod.gpu_milli == 0) continue;
    std::int64_t& least = least_cpu[gpu.rank_of(pod.gpu_milli)];
    least = std::min(least, pod.cpu_milli);
  }
  for (std::size_t rank = 1; rank < least_cpu.size(); ++rank) {
    least_cpu[rank] = std::min(least_cpu[rank], least_cpu[rank - 1]);
  }
}

// One node while pods come to it. What is free only falls, so that ranks only go down.
class NodeFills::Filling {
 public:
  Filling(const Group& group, const FreeNode& node)
      : group_(group), end_(node.devices), cpu_(node.cpu_milli), memory_(node.memory_mib), milli_(node.milli) {
    for (const std::int16_t device : node.free()) {
      idle_ += device;
      wholly_ += device == whole ? 1 : 0;
    }
    cpu_rank_ = group.cpu.rank_of(cpu_);
    memory_rank_ = group.memory.rank_of(memory_);
    gpu_rank_ = group.gpu.rank_of(most());
  }

  bool is_over() const { return idle_ == 0 || cpu_ < group_.least_cpu[gpu_rank_]; }
  std::int64_t idle() const { return idle_; }

  // The places of this word of a sequence whose pods fit.
  std::uint64_t fitting(std::size_t sequence, std::size_t word) const {
    return group_.cpu.row(sequence, cpu_rank_)[word] & group_.memory.row(sequence, memory_rank_)[word] &
           group_.gpu.row(sequence, gpu_rank_)[word];
  }
  void take(const Demand& pod) {
    cpu_ -= pod.cpu_milli;
    memory_ -= pod.memory_mib;
    cpu_rank_ = group_.cpu.rank_of(cpu_);
    memory_rank_ = group_.memory.rank_of(memory_);
    if (pod.gpu_milli == 0) return;
    if (pod.is_fraction()) {
      take_share(pod.gpu_milli);
    } else {
      first_ += static_cast<std::uint32_t>(pod.whole_gpus());
      wholly_ -= pod.whole_gpus();
    }
    idle_ -= pod.gpu_milli;
    gpu_rank_ = group_.gpu.rank_of(most());
  }

 private:
  // From the device that has least of those that have enough.
  void take_share(std::int64_t share) {
    std::uint32_t at = end_ - 1;
    while (milli_[at] < share) --at;
    if (milli_[at] == whole) --wholly_;
    const auto left = static_cast<std::int16_t>(milli_[at] - share);
    for (; at + 1 < end_ && milli_[at + 1] > left; ++at) milli_[at] = milli_[at + 1];
    milli_[at] = left;
  }

  // What a pod may want: so many whole devices, or so much of one.
  std::int64_t most() const { return wholly_ > 0 ? wholly_ * whole : first_ < end_ ? milli_[first_] : 0; }

  const Group& group_;
  std::uint32_t first_ = 0;  // devices before it are taken
  std::uint32_t end_;
  std::int64_t wholly_ = 0;  // devices that are wholly free
  std::int64_t idle_ = 0;
  std::int64_t cpu_;
  std::int64_t memory_;
  std::size_t cpu_rank_ = 0;
  std::size_t memory_rank_ = 0;
  std::size_t gpu_rank_ = 0;
  std::array<std::int16_t, most_gpus_per_node> milli_;  // falling
};

std::int64_t NodeFills::stranded(const FreeNode& node) const {
  const Group& group = groups_[node.group];
  if (group.pods.empty()) {
    return std::accumulate(node.free().begin(), node.free().end(), std::int64_t{0}) *
           static_cast<std::int64_t>(sequences);
  }
  const Filling empty(group, node);
  if (empty.is_over()) return empty.idle() * static_cast<std::int64_t>(sequences);
  std::int64_t sum = 0;
  for (std::size_t sequence = 0; sequence < sequences; ++sequence) sum += fill(group, sequence, empty);
  return sum;
}

// What is idle when the pods have come.
std::int64_t NodeFills::fill(const Group& group, std::size_t sequence, Filling node) {
  const Demand* const pods = group.pods.data() + sequence * length;
  for (std::size_t word = 0; word < group.cpu.words(); ++word) {
    std::uint64_t left = ~std::uint64_t{0};
    while (const std::uint64_t fitting = node.fitting(sequence, word) & left) {
      node.take(pods[word * 64 + static_cast<std::size_t>(std::countr_zero(fitting))]);
      if (node.is_over()) return node.idle();
      left = fitting & (fitting - 1);
    }
  }
  return node.idle();
}

}  // namespace dure

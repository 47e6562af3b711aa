// What a node would strand if pods of a mix kept coming to it at random until nothing fits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dure/base/hash.h"
#include "dure/base/random.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/fleet_spec.h"
#include "dure/fleet/room.h"
#include "dure/policy/fit_bits.h"

namespace dure {

// What is free on a node, whichever devices it is free on: the fullest last.
struct FreeNode {
  std::uint32_t group = 0;  // of nodes to which the same pods may go
  std::uint32_t devices = 0;
  std::int64_t cpu_milli = 0;
  std::int64_t memory_mib = 0;
  std::array<std::int16_t, most_gpus_per_node> milli{};  // falling; 0 from `devices` on

  FreeNode() = default;
  FreeNode(const Room& room, std::uint32_t gpus, std::uint32_t in_group);

  std::span<const std::int16_t> free() const { return {milli.data(), devices}; }
  Hash128 hash() const;  // stands for all of it
  // How many tasks fit. O(devices).
  std::int64_t tasks_that_fit(const Demand& demand) const;
  // What is left after one: on the device with the least that is `on` or more, for a share. Requires that it fits.
  FreeNode without(const Demand& demand, std::int16_t on) const;
};

// For each group of nodes some sequences of pods, drawn once: every node of the group is filled by the same ones, so
// that two are compared by what differs between them.
class NodeFills {
 public:
  // So many sequences, of so many pods.
  static constexpr std::size_t sequences = 32;
  static constexpr std::size_t length = 200;

  struct Pod {
    Demand demand;
    std::uint64_t weight = 0;  // of arriving, against the others of its group
  };

  // The pods of one group; its number is the position. O(pods + sequences x length x log pods), and FitBits of these.
  void add_group(const std::vector<Pod>& pods, Random& random);
  void clear() { groups_.clear(); }

  // Thousandths of GPUs that are idle after each sequence, summed up. O(sequences x length) at worst.
  std::int64_t stranded(const FreeNode& node) const;

 private:
  struct Group {
    std::vector<Demand> pods;             // sequence after sequence
    FitBits cpu, memory, gpu;             // of these
    std::vector<std::int64_t> least_cpu;  // of the pods that want GPUs, by rank of `gpu`

    void find_least_cpu();
  };
  class Filling;

  static std::vector<Demand> draw(const std::vector<Pod>& pods, Random& random);
  static std::int64_t fill(const Group& group, std::size_t sequence, Filling node);

  std::vector<Group> groups_;
};

}  // namespace dure

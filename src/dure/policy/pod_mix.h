// Which pods are expected, and how often: what is known beforehand, and what has arrived.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "dure/base/ids.h"
#include "dure/fleet/demand.h"
#include "dure/policy/reference/typical_pods.h"
#include "dure/work/shape.h"

namespace dure {

// Pods of a kind want the same GPUs and CPUs and may go to the same pools. Of memory they have what those had that
// came.
class PodMix {
 public:
  // One expected pod in so many.
  static constexpr std::uint64_t one = std::uint64_t{1} << 32;

  struct Kind {
    Demand demand;              // with the mean of the memory of those that arrived, 0 before the first
    std::vector<PoolId> pools;  // ascending; empty: any
    std::uint64_t given = 0;    // in the list of what is known beforehand
    std::uint64_t seen = 0;     // that arrived
    std::uint64_t memory = 0;   // MiB of all of these
  };

  // `given` may be empty.
  explicit PodMix(const TypicalPods& given);

  // A pod arrives. O(log kinds).
  void add(const Shape& shape);

  // In the order in which they became known; `demand.memory_mib` is as of the last call of learn_memory().
  const std::vector<Kind>& kinds() const { return kinds_; }
  std::uint64_t arrived() const { return arrived_; }
  // Of `one`: how often the kind is expected. What is given stands; of the others it is what has arrived.
  std::uint64_t probability(const Kind& kind) const;
  void learn_memory();

 private:
  using Key = std::pair<Demand, std::vector<PoolId>>;  // without memory

  Kind& kind_of(const Demand& demand, const std::vector<PoolId>& pools);

  std::vector<Kind> kinds_;
  std::map<Key, std::size_t> index_;
  std::uint64_t given_total_ = 0;
  std::uint64_t arrived_ = 0;
};

}  // namespace dure

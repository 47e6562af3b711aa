// Measures a run of the protocol `pack`: how much is allocated as pods arrive, and why the rest is idle in the end.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dure/runtime/ports.h"
#include "dure/simulate/pack_source.h"
#include "dure/simulate/summary.h"
#include "dure/world/world.h"

namespace dure::simulate {

// The published definition of the curve: after each pod, the GPUs that have arrived as a percentage of the fleet,
// rounded, and those allocated, to two decimals; the value at x is the mean of what was allocated when x had arrived.
class PackRecorder final : public Observer {
 public:
  // Both must outlive this object.
  PackRecorder(const PackTrace& trace, const World& world) : trace_(trace), world_(world) {}

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State& state, bool is_settled) override;

  // O(nodes x shapes).
  PackSummary summary(const State& state) const;

 private:
  static constexpr std::size_t points = 131;  // 0 % to 130 %
  struct Bin {
    double sum = 0;
    std::uint64_t count = 0;
  };

  void take_point(const State& state);

  const PackTrace& trace_;
  const World& world_;
  std::uint64_t seen_ = 0;  // pods
  std::uint64_t dropped_ = 0;
  std::int64_t arrived_milli_ = 0;
  std::int64_t allocated_milli_ = 0;
  std::array<Bin, points> bins_;
};

}  // namespace dure::simulate

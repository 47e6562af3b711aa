// What one task asks of one node.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dure/base/bytes.h"

namespace dure {

// A GPU is 1,000 thousandths, a CPU likewise.
constexpr std::int64_t whole = 1000;

// `gpu_milli` is 0, a share of one GPU (1..999) or a multiple of 1,000 whole GPUs. `cpu_milli` and `memory_mib` (MiB)
// are amounts of the node. None is negative and at least one is above zero.
struct Demand {
  std::int64_t gpu_milli = 0;
  std::int64_t cpu_milli = 0;
  std::int64_t memory_mib = 0;

  auto operator<=>(const Demand&) const = default;

  bool is_fraction() const { return gpu_milli > 0 && gpu_milli < whole; }
  std::int64_t whole_gpus() const { return gpu_milli / whole; }
};

template <class Archive>
void fields(Archive& archive, Like<Demand> auto& demand) {
  archive(demand.gpu_milli);
  archive(demand.cpu_milli);
  archive(demand.memory_mib);
}

// The kinds of domain of the topology, smallest first. A pool lies within one site.
enum class Level : std::uint8_t { node, rack, block, site };
constexpr std::size_t level_count = 4;
constexpr std::array<std::string_view, level_count> level_names{"node", "rack", "block", "site"};
constexpr std::string_view to_text(Level level) { return level_names[static_cast<std::size_t>(level)]; }
constexpr Level last_of(Level) { return Level::site; }

}  // namespace dure

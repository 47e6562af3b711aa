// All small worlds: every fleet of up to three nodes, every sequence of up to three jobs of a small alphabet. The model
// (model.h) watches each run to its end: every job that was accepted ends.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "arena.h"

namespace dure {
namespace {

struct SmallFleet {
  std::uint32_t racks = 1, nodes_per_rack = 1, gpus = 1;
  std::int64_t limit_milli = 0;  // of the first tenant; 0: none
};

struct Letter {
  Shape shape;
  Duration limit;
};

std::vector<SmallFleet> fleets() {
  std::vector<SmallFleet> all;
  for (std::uint32_t gpus : {1u, 2u}) {
    for (const auto& [racks, nodes] : {std::pair{1u, 1u}, {1u, 2u}, {2u, 1u}, {1u, 3u}, {3u, 1u}}) {
      all.push_back({racks, nodes, gpus, (racks + nodes + gpus) % 2 == 0 ? 1000 : 0});
    }
  }
  return all;
}

std::vector<Letter> alphabet() {
  const auto shape = [](std::uint32_t tasks_min, std::uint32_t tasks_max, std::int64_t gpu_milli, Level within) {
    return Shape{
        .tasks_min = tasks_min, .tasks_max = tasks_max, .per_task = {.gpu_milli = gpu_milli}, .within = within};
  };
  return {{shape(1, 1, 1000, Level::site), minutes(1)},
          {shape(2, 2, 1000, Level::rack), minutes(2)},
          {shape(1, 1, 2000, Level::site), minutes(4)},
          {shape(1, 3, 500, Level::site), minutes(1)},
          {shape(3, 3, 1000, Level::site), minutes(2)}};
}

// Plays one world. Returns what went wrong, or nothing.
std::string play(const SmallFleet& fleet, const std::vector<std::uint32_t>& word, Duration gap,
                 std::uint32_t reservations) {
  PoolSpec pool{.name = "p",
                .gpu_model = "X",
                .gpus_per_node = fleet.gpus,
                .cpu_milli = 8000,
                .racks_per_block = fleet.racks,
                .nodes_per_rack = fleet.nodes_per_rack};
  TenantsSpec tenants{.roots = {{.name = "a"}, {.name = "b"}}};
  if (fleet.limit_milli > 0) tenants.roots[0].quotas = {{.pool = "s/p", .limit_milli = fleet.limit_milli}};
  Arena arena({.name = "f", .sites = {{.name = "s", .pools = {pool}}}}, tenants, {.reservations = reservations},
              Time{});
  const auto letters = alphabet();
  for (std::size_t i = 0; i < word.size(); ++i) {
    const Letter& letter = letters[word[i] / 2];
    const JobSpec spec{.tenant = TenantId{word[i] % 2}, .shape = letter.shape, .time_limit = letter.limit};
    arena.submit(id_of<JobTag>(i + 1), spec, i == 1 ? seconds(20) : letter.limit);
    if (gap > Duration{}) {
      arena.settle();
      arena.advance(arena.now() + gap);
    }
  }
  arena.settle();
  for (int i = 0; i < 50 && arena.next_event() && arena.complaints().empty(); ++i) arena.advance(*arena.next_event());
  if (!arena.complaints().empty()) return arena.complaints().front();
  return arena.state().jobs().size() == 0 ? "" : "a job waits for ever";
}

TEST(SmallWorlds, EveryJobEndsAndEveryRuleHolds) {
  std::uint64_t worlds = 0;
  const auto letters = static_cast<std::uint32_t>(alphabet().size() * 2);
  for (const SmallFleet& fleet : fleets()) {
    for (std::uint32_t code = 0; code < letters * letters * (letters + 1); ++code) {
      std::vector<std::uint32_t> word{code % letters, code / letters % letters};
      if (code / (letters * letters) < letters) word.push_back(code / (letters * letters));
      for (const Duration gap : {seconds(0), seconds(30)}) {
        const std::uint32_t reservations = code % 3;
        const std::string wrong = play(fleet, word, gap, reservations);
        ++worlds;
        ASSERT_EQ(wrong, "") << fmt::format("racks {} nodes {} gpus {} limit {} word {} gap {} reservations {}",
                                            fleet.racks, fleet.nodes_per_rack, fleet.gpus, fleet.limit_milli,
                                            fmt::join(word, " "), to_text(gap), reservations);
      }
    }
  }
  EXPECT_EQ(worlds, 10u * letters * letters * (letters + 1) * 2);
}

}  // namespace
}  // namespace dure

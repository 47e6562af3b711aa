// A fleet held at 95 % by the limits of 1,000 tenants, with jobs waiting behind each. A step is a turn in which a
// random job ends, its tenant submits another, and the next of its queue starts. Whatever the number of nodes, the
// fleet is five pools, each with jobs of all tenants, or one.
#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <memory>

#include "dure/base/random.h"
#include "estate.h"

namespace {

using namespace dure;
using namespace dure::bench;

constexpr std::uint32_t roots = 10;
constexpr std::uint32_t leaves_each = 100;
constexpr std::array<Duration, 6> limits{hours(1), hours(2), hours(8), hours(24), hours(72), days(7)};

class FullFleet {
 public:
  FullFleet(std::uint32_t nodes, std::uint32_t sites, std::uint64_t pending)
      : fleet_(fleet_of(nodes, sites)),
        estate_(fleet_, tenants_of(fleet_, roots, leaves_each, 0.95)),
        leaves_(estate_.leaves()) {
    std::uint64_t room = 0;
    for (TenantId leaf : leaves_) {
      for (std::size_t p = 0; p < fleet_.sites.size(); ++p) {
        room += static_cast<std::uint64_t>(estate_.state.tenants().quota(leaf, id_of<PoolTag>(p)).limit_milli / whole);
      }
    }
    for (std::uint64_t i = 0; i < room + pending; ++i)
      estate_.submit(leaves_[i % leaves_.size()], shape_, time_limit());
    estate_.turn();
    running_ = std::exchange(estate_.orders.starts, {});
  }

  // Returns how long its turn took, in seconds by the wall: so often in so short a time the clock of the thread would
  // cost a tenth of what it measures.
  double step() {
    const std::size_t at = random_.below(running_.size());
    const JobId job = running_[at];
    const TenantId tenant = estate_.state.jobs()[job].tenant;
    running_[at] = running_.back();
    running_.pop_back();
    estate_.changes.next = {Ended{job}, estate_.submission(tenant, shape_, time_limit())};
    const auto begin = std::chrono::steady_clock::now();
    estate_.turn();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    for (JobId started : std::exchange(estate_.orders.starts, {})) running_.push_back(started);
    return spent.count();
  }
  double share_running() const {
    return static_cast<double>(running_.size()) / static_cast<double>(estate_.state.fleet().gpu_count());
  }

 private:
  Duration time_limit() { return limits[random_.below(limits.size())]; }

  FleetSpec fleet_;
  Estate estate_;
  std::vector<TenantId> leaves_;
  Shape shape_{.per_task = {.gpu_milli = whole}};
  Random random_{1};
  std::vector<JobId> running_;
};

void step(benchmark::State& bench) {
  // Kept from one repetition to the next: filling it takes longer than the steps.
  static std::unique_ptr<FullFleet> fleet;
  static std::array<std::int64_t, 3> size;
  const std::array wanted{bench.range(0), bench.range(1), bench.range(2)};
  if (size != wanted) {
    fleet.reset();
    fleet = std::make_unique<FullFleet>(static_cast<std::uint32_t>(wanted[0]), static_cast<std::uint32_t>(wanted[1]),
                                        static_cast<std::uint64_t>(wanted[2]));
    size = wanted;
  }
  constexpr int steps = 50'000;
  for (auto _ : bench) {
    double spent_s = 0;
    for (int i = 0; i < steps; ++i) spent_s += fleet->step();
    bench.SetIterationTime(spent_s);
  }
  DURE_ASSERT(fleet->share_running() > 0.9);
  bench.SetItemsProcessed(bench.iterations() * steps);
  bench.SetLabel("steps/s");
}
BENCHMARK(step)
    ->ArgNames({"nodes", "sites", "pending"})
    ->ArgsProduct({{650, 6500, 32500}, {1, 5}, {1'000, 10'000, 100'000, 1'000'000}})
    ->UseManualTime()
    ->Iterations(1)
    ->Repetitions(5);

}  // namespace

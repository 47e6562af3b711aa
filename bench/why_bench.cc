// What it costs to say why a job cannot start, and what would help: 32,500 nodes of 8 GPUs on which nearly everything
// runs that can, 100,000 pending jobs of many shapes, with promises, limits, shares of GPUs and drained nodes. A result
// is the time of one question at that percentile, over questions about jobs of all kinds.
#include <benchmark/benchmark.h>

#include <algorithm>

#include <memory>
#include <utility>
#include <vector>

#include "dure/api/why.h"
#include "dure/base/random.h"
#include "dure/server/publisher.h"
#include "estate.h"
#include "thread_time.h"

namespace {

using namespace dure;
using namespace dure::bench;

constexpr std::size_t pending_jobs = 100'000;

// From shares of a GPU to gangs of hundreds of nodes, in any pool or in one.
Shape random_shape(Random& random, std::size_t pools) {
  static constexpr std::int64_t gpus[] = {250, 500, 1000, 1000, 2000, 4000, 8000, 8000};
  const std::int64_t gpu_milli = gpus[random.below(8)];
  Shape shape{.per_task = {.gpu_milli = gpu_milli,
                           .cpu_milli = std::max<std::int64_t>(gpu_milli * random.between(1, 24), 1000),
                           .memory_mib = random.between(0, 8) * 16'384}};
  const std::uint64_t size = random.below(6);
  shape.tasks_min = size < 3 ? 1 : static_cast<std::uint32_t>(random.between(2, size == 5 ? 1000 : 40));
  shape.tasks_max = shape.tasks_min;
  if (shape.tasks_min <= 80 && random.below(2) == 0) shape.within = shape.tasks_min <= 10 ? Level::rack : Level::block;
  if (random.below(2) == 0) shape.pools = {PoolId{static_cast<std::uint32_t>(random.below(pools))}};
  return shape;
}

// Full, with more to come. What is running at the end has started in one turn or in those after some ends.
struct Full {
  Full() {
    const FleetSpec fleet = fleet_of(32'500, 5);
    TenantsSpec tenants = tenants_of(fleet, 10, 100, 1);
    for (TenantSpec& root : tenants.roots) {
      root.quotas = {{.pool = "s0/gpu", .guarantee_milli = 5000 * whole, .limit_milli = 9000 * whole}};
    }
    estate = std::make_unique<Estate>(fleet, tenants, DureOptions{.reservations = 4});
    estate->loop.add_observer(publisher);
    publisher.on_fact(estate->state, {Time{}, FleetDeclared{fleet}});
    publisher.on_fact(estate->state, {Time{}, TenantsDeclared{tenants}});
    Random random(1);
    for (std::uint32_t node = 0; node < 32'500; node += 97) estate->changes.next.push_back(NodeDrained{NodeId{node}});
    const auto leaves = estate->leaves();
    std::vector<Shape> shapes;
    for (int i = 0; i < 200; ++i) shapes.push_back(random_shape(random, fleet.sites.size()));
    while (estate->state.jobs().size() < pending_jobs + running()) {
      for (int i = 0; i < 20'000; ++i) {
        const Shape& shape = shapes[random.below(shapes.size())];
        estate->changes.next.push_back(
            estate->submission(leaves[random.below(leaves.size())], shape, minutes(random.between(10, 3000))));
      }
      turn();
    }
    for (int round = 0; round < 5; ++round) {
      for (const JobId id : estate->state.jobs().sorted_ids()) {
        if (estate->state.jobs()[id].state == JobState::running && random.below(50) == 0)
          estate->changes.next.push_back(Ended{.job = id});
      }
      turn();
    }
    publisher.publish(estate->state);
    view = publisher.view();
  }

  std::size_t running() const { return view == nullptr ? 0 : view->running; }
  void turn() {
    estate->turn();
    for (const JobId job : std::exchange(estate->orders.starts, {})) estate->changes.next.push_back(Started{job});
    estate->turn();
    publisher.publish(estate->state);
    view = publisher.view();
  }

  std::unique_ptr<Estate> estate;
  server::Publisher publisher;
  std::shared_ptr<const api::View> view;
};

const Full& full() {
  static const Full only;
  return only;
}

// In seconds, ascending, each question asked anew.
std::vector<double> ask(std::size_t questions) {
  const api::View& view = *full().view;
  std::vector<const api::JobRow*> pending;
  for (std::size_t id = 0; id < view.jobs.id_bound(); ++id) {
    const api::JobRow* row = view.jobs.find(id);
    if (row != nullptr && row->job.state == JobState::pending) pending.push_back(row);
  }
  const api::Sees sees{
      .use = [](TenantId) { return true; }, .job = [](const api::JobRow&) { return true; }, .nodes = true};
  std::vector<double> times;
  std::size_t said = 0;
  for (std::size_t i = 0; i < questions; ++i) {
    const api::JobRow& row = *pending[i * 7919 % pending.size()];
    const double begin = thread_seconds();
    const api::Why why = api::Explainer(view, view.now, sees).why_not(row, api::Explainer::Extent::all);
    times.push_back(thread_seconds() - begin);
    said += why.blockers.size();
  }
  DURE_ASSERT(said >= questions);
  std::sort(times.begin(), times.end());
  return times;
}

void why_not(benchmark::State& bench) {
  const double part = static_cast<double>(bench.range(0)) / 1000;
  DURE_ASSERT(full().view->pending >= pending_jobs);
  for (auto _ : bench) {
    const std::vector<double> times = ask(5000);
    bench.SetIterationTime(times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))]);
  }
}
BENCHMARK(why_not)->ArgName("permille")->Arg(500)->Arg(990)->Arg(1000)->UseManualTime()->Iterations(1)->Repetitions(5);

}  // namespace

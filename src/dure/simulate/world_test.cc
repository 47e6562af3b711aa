#include "dure/world/world.h"

#include <gtest/gtest.h>

#include <deque>

#include "dure/policy/dure_policy.h"
#include "dure/runtime/loop.h"
#include "dure/simulate/recorder.h"

namespace dure::simulate {
namespace {

class List final : public JobSource {
 public:
  explicit List(std::vector<SourcedJob> jobs) : jobs_(std::move(jobs)) {}
  std::optional<SourcedJob> next() override { return at_ < jobs_.size() ? std::optional(jobs_[at_++]) : std::nullopt; }
  std::uint64_t total() const override { return jobs_.size(); }

 private:
  std::vector<SourcedJob> jobs_;
  std::size_t at_ = 0;
};

// One or more nodes of 4 GPUs, and what came of every job.
struct Simulated final : Observer {
  List source;
  State state;
  World world;
  DurePolicy policy{{}};
  NoJournal journal;
  Loop loop;
  std::vector<std::string> log;
  Summary summary;

  Simulated(std::vector<SourcedJob> jobs, std::uint32_t nodes, WorldOptions options = {})
      : source(std::move(jobs)),
        state(fleet(nodes)),
        world(source, state, options),
        loop(state, policy, world, journal, world) {
    policy.rebuild(state);
    loop.add_observer(*this);
  }
  static State fleet(std::uint32_t nodes) {
    State state;
    state.apply(
        {{},
         FleetDeclared{
             {.name = "f",
              .sites = {{.name = "s",
                         .pools = {{.name = "p", .gpu_model = "X", .gpus_per_node = 4, .nodes_per_rack = nodes}}}}}}});
    state.apply({{}, TenantsDeclared{{.roots = {{.name = "a"}}}}});
    state.apply({{}, UserDeclared{UserId{0}, "kim"}});
    return state;
  }
  void run() {
    Recorder recorder(state, world, {});
    loop.add_observer(recorder);
    std::optional<Time> wakeup;
    for (int turns = 0; !world.is_over() && turns < 10'000; ++turns) {
      std::optional<Time> next = world.next_time();
      if (wakeup && (!next || *wakeup < *next)) next = wakeup;
      if (!next) break;
      wakeup = loop.turn(*next);
    }
    recorder.fill(summary);
  }
  void on_fact(const State& then, const Fact& fact) override {
    const auto at = std::to_string((then.now() - Time{}).whole_seconds()) + " ";
    if (const auto* c = std::get_if<StartOrdered>(&fact.change))
      log.push_back(at + "start " + std::to_string(c->job.value));
    if (const auto* c = std::get_if<Ended>(&fact.change)) {
      log.push_back(at + std::string(to_text(c->outcome)) + " " + std::to_string(c->job.value));
    }
  }
  void on_turn(const State&, bool) override {}
};

SourcedJob job(std::int64_t submit_s, std::int64_t gpus, std::int64_t run_s, std::int64_t limit_s) {
  return {.submit = Time{} + seconds(submit_s),
          .spec = {.shape = {.per_task = {.gpu_milli = gpus * whole}}, .time_limit = seconds(limit_s)},
          .run_time = seconds(run_s)};
}

using Log = std::vector<std::string>;

TEST(World, RunsAJobToItsEndOrToItsLimit) {
  Simulated s({job(5, 2, 10, 20), job(5, 2, 20, 20), job(6, 4, 21, 20)}, 1);
  s.run();
  EXPECT_EQ(s.log, (Log{"5 start 1", "5 start 2", "15 completed 1", "25 completed 2", "25 start 3", "45 timed_out 3"}));
  EXPECT_TRUE(s.world.is_over());
}

TEST(World, CountsWhatIsRefusedByReason) {
  Simulated s({job(0, 5, 1, 1), job(0, 4, 1, 1), job(0, 9, 1, 1)}, 1);
  s.run();
  EXPECT_EQ(s.log, (Log{"0 start 2", "1 completed 2"}));
  EXPECT_EQ(s.world.refusals().at("larger than the fleet"), 2u);
  EXPECT_EQ(s.world.submitted(), 3u);
}

TEST(World, AFailingNodeSendsItsJobsBackAndEveryJobEndsAllTheSame) {
  std::vector<SourcedJob> jobs;
  for (int i = 0; i < 50; ++i) jobs.push_back(job(i * 10, 1 + i % 4, 3600, 7200));
  const WorldOptions options{.faults = {.node_mtbf = hours(4), .repair = minutes(10)}, .seed = 3};
  Simulated s(jobs, 3, options);
  s.run();
  EXPECT_EQ(s.state.jobs().size(), 0u);
  EXPECT_EQ(s.summary.jobs_completed, 50u);
  EXPECT_GT(s.summary.evictions, 0u);
  // What was used is an hour of each job, and what was lost.
  constexpr double work = 12 * (1 + 2 + 3 + 4) + 1 + 2;
  EXPECT_GT(s.summary.lost_gpu_hours_faults, 0);
  EXPECT_NEAR(s.summary.gpu_hours, work + s.summary.lost_gpu_hours_faults, 1e-9);
  EXPECT_EQ(s.summary.lost_gpu_hours_evicted, 0);
  Simulated again(jobs, 3, options);
  again.run();
  EXPECT_EQ(again.log, s.log);
  EXPECT_EQ(again.state.digest(), s.state.digest());
}

TEST(World, AJobLeavesAGpuThatFailsAndLosesNothingThatItCouldSave) {
  std::vector<SourcedJob> jobs;
  for (int i = 0; i < 50; ++i) {
    jobs.push_back(job(i * 10, 1 + i % 4, 3600, 7200));
    jobs.back().spec.checkpoint = Checkpoint{.every = hours(9)};
  }
  const WorldOptions options{.faults = {.gpu_mtbf = hours(5), .repair = minutes(10)}, .seed = 3};
  Simulated s(jobs, 3, options);
  s.run();
  EXPECT_EQ(s.summary.jobs_completed, 50u);
  EXPECT_GT(s.summary.evictions, 5u);
  constexpr double work = 12 * (1 + 2 + 3 + 4) + 1 + 2;
  EXPECT_NEAR(s.summary.gpu_hours, work, 1e-6);
  EXPECT_GT(s.summary.lost_gpu_hours_faults, 0);  // at stake
  for (std::uint32_t n = 0; n < 3; ++n) EXPECT_TRUE(s.state.health(NodeId{n}).is_available());
}

// On two of three nodes, with checkpoints every hour.
SourcedJob gang(std::int64_t run_s, std::int64_t limit_s) {
  SourcedJob gang = job(0, 4, run_s, limit_s);
  gang.spec.shape.tasks_min = gang.spec.shape.tasks_max = 2;
  gang.spec.checkpoint = Checkpoint{.every = hours(1)};
  gang.spec.hot_swap = true;
  return gang;
}

TEST(World, AGangGoesOnWithAnotherNodeFromItsLastCheckpoint) {
  const WorldOptions options{.faults = {.node_mtbf = hours(10), .repair = minutes(1)}, .seed = 3};
  Simulated s({gang(360'000, 1'000'000)}, 3, options);
  s.run();
  EXPECT_EQ(s.summary.jobs_completed, 1u);
  EXPECT_GT(s.summary.swaps, 10u);
  EXPECT_EQ(s.summary.evictions, 0u);
  EXPECT_EQ(s.log.size(), 2u);
  // All that it used is a hundred hours of eight GPUs, and what it lost each time: less than an hour.
  EXPECT_GT(s.summary.lost_gpu_hours_faults, 0);
  EXPECT_LT(s.summary.lost_gpu_hours_faults, static_cast<double>(s.summary.swaps) * 8);
  EXPECT_NEAR(s.summary.gpu_hours, 800 + s.summary.lost_gpu_hours_faults, 1e-6);
}

TEST(World, AGangEndsAtItsTimeLimitHoweverOftenItsNodesWereSwapped) {
  const WorldOptions options{.faults = {.node_mtbf = hours(10), .repair = minutes(1)}, .seed = 3};
  Simulated s({gang(360'000, 360'000)}, 3, options);
  s.run();
  EXPECT_EQ(s.log, (Log{"0 start 1", "360000 timed_out 1"}));
  EXPECT_GT(s.summary.swaps, 10u);
}

TEST(World, AGangThatThePolicyCannotMendStartsAgain) {
  const WorldOptions options{.faults = {.node_mtbf = hours(10), .repair = minutes(1)}, .swaps = false, .seed = 3};
  Simulated s({gang(360'000, 1'000'000)}, 3, options);
  s.run();
  EXPECT_EQ(s.summary.swaps, 0u);
  EXPECT_GT(s.summary.evictions, 10u);
  EXPECT_NEAR(s.summary.gpu_hours, 800 + s.summary.lost_gpu_hours_faults, 1e-6);
}

TEST(Recorder, MeasuresWaitsSlowdownAndUse) {
  // 1 holds all for 100 s; 2 waits 90 s and runs 50 s; 3 waits 140 s and runs 5 s, which counts as ten.
  Simulated s({job(0, 4, 100, 100), job(10, 4, 50, 50), job(10, 2, 5, 60)}, 1);
  s.run();
  EXPECT_EQ(s.summary.jobs_completed, 3u);
  EXPECT_DOUBLE_EQ(s.summary.mean_wait_s, (0 + 90 + 140) / 3.0);
  EXPECT_DOUBLE_EQ(s.summary.p50_wait_s, 90);
  EXPECT_DOUBLE_EQ(s.summary.p99_wait_s, 140);
  EXPECT_DOUBLE_EQ(s.summary.avg_bounded_slowdown, (1 + 140 / 50.0 + 145 / 10.0) / 3.0);
  EXPECT_DOUBLE_EQ(s.summary.makespan_s, 155);
  EXPECT_NEAR(s.summary.gpu_hours, (400 + 200 + 10) / 3600.0, 1e-12);
  EXPECT_NEAR(s.summary.utilisation, 610 / (4 * 155.0), 1e-12);
  EXPECT_EQ(s.summary.peak_pending, 2u);
  EXPECT_EQ(s.summary.evictions, 0u);
}

TEST(FleetHistory, KeepsTheSumWhenNeighboursAreJoined) {
  FleetHistory timeline;
  timeline.begin(Time{});
  timeline.advance(Time{} + hours(3), 500, 1, 2);
  timeline.advance(Time{} + hours(90), 1000, 3, 4);
  double busy = 0;
  for (const Sample& sample : timeline.samples(Time{} + hours(90), 1000)) busy += sample.busy_share;
  const auto samples = timeline.samples(Time{} + hours(90), 1000);
  EXPECT_LE(samples.size(), 480u);
  const double hours_each = static_cast<double>((samples[1].time - samples[0].time).whole_seconds()) / 3600;
  EXPECT_NEAR(busy * hours_each, 3 * 0.5 + 87, hours_each);
  EXPECT_EQ(samples.front().pending, 1u);
  EXPECT_EQ(samples.back().running, 4u);
}

class Jobs final : public JobSource {
 public:
  explicit Jobs(std::deque<SourcedJob> jobs) : jobs_(std::move(jobs)) {}
  std::optional<SourcedJob> next() override {
    if (jobs_.empty()) return std::nullopt;
    SourcedJob job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }
  std::uint64_t total() const override { return jobs_.size(); }

 private:
  std::deque<SourcedJob> jobs_;
};

TEST(World, NodesFailOnceTheFirstJobIsThere) {
  State state;
  Jobs jobs({{.submit = Time{} + hours(1), .spec = {.time_limit = days(1)}, .run_time = days(1)}});
  // As in a simulation: the fleet is declared when the world is there already.
  World world(jobs, state, {.faults = {.node_mtbf = hours(1), .repair = minutes(1)}});
  const PoolSpec pool{.name = "p", .cpu_milli = whole, .nodes_per_rack = 4};
  state.apply({Time{}, FleetDeclared{{.sites = {{.name = "s", .pools = {pool}}}}}});

  std::vector<Change> changes;
  world.drain(*world.next_time(), changes);
  ASSERT_EQ(changes.size(), 1u);
  ASSERT_TRUE(world.next_time());
  EXPECT_LT(*world.next_time(), Time{} + days(1));
  world.drain(*world.next_time(), changes);
  ASSERT_EQ(changes.size(), 2u);
  ASSERT_TRUE(std::holds_alternative<NodeLost>(changes[1]));
  EXPECT_LT(std::get<NodeLost>(changes[1]).node.value, 4u);
}

}  // namespace
}  // namespace dure::simulate

// What the tests of the journal share: random but possible facts, and folders that go away.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "dure/base/random.h"
#include "dure/base/test_folder.h"
#include "dure/core/state.h"
#include "dure/runtime/ports.h"

namespace dure {

// A small fleet on which anything happens that may. Every fact goes to the journal, then into the state.
class Story {
 public:
  explicit Story(std::uint64_t seed) : random_(seed) {}

  State state;

  // Journals and applies one fact.
  void tell(Journal& journal) {
    Change change = next();
    while (!state.check(change)) change = next();
    const Fact fact{state.now() + Duration{random_.between(0, 1'000'000'000)}, std::move(change)};
    journal.append(fact);
    state.apply(fact);
  }
  void tell(Journal& journal, std::uint64_t facts) {
    for (std::uint64_t i = 0; i < facts; ++i) tell(journal);
  }

 private:
  Change next() {
    if (state.fleet().pools().empty()) return FleetDeclared{fleet()};
    if (state.tenants().size() == 0) return TenantsDeclared{tenants()};
    if (state.users().size() < 3) return UserDeclared{id_of<UserTag>(state.users().size()), "user"};
    if (state.fact_count() % 40 == 39) return window();
    if (state.fact_count() % 40 == 19) return booking();
    const auto jobs = state.jobs().sorted_ids();
    if (jobs.empty() || (jobs.size() < 60 && random_.below(3) == 0)) return submission();
    return about(state.jobs()[jobs[random_.below(jobs.size())]]);
  }

  Change window() {
    if (!state.windows().empty()) return WindowClosed{state.windows().begin()->first, CloseCause::withdrawn};
    return WindowOpened{{.id = state.next_window(),
                         .name = "lesson",
                         .purpose = WindowPurpose::reserved,
                         .nodes = {NodeId{1}, NodeId{2}},
                         .from = state.now() + hours(1),
                         .until = state.now() + hours(30),
                         .tenant = TenantId{1},
                         .reason = "day 1"}};
  }

  Change booking() {
    if (!state.ledger().is_open()) return Booked{ledger::RatesDeclared{state.now(), hours(9), {{"X", ledger::credit}}}};
    if (state.ledger().programmes().empty()) {
      return Booked{ledger::ProgrammeDeclared{{.name = "p", .tenant = "a", .use = {{}}}, UserId{0}}};
    }
    if (auto due = state.ledger().due(state.now())) return Booked{std::move(*due)};
    return Booked{ledger::GrantAwarded{.grant = id_of<GrantTag>(state.ledger().grants().size()),
                                       .programme = "p",
                                       .tenant = "a/b",
                                       .kinds = {"X"},
                                       .lots = {{state.now(), state.now() + hours(1), 1000 * ledger::credit}},
                                       .application = {},
                                       .why = "a story",
                                       .by = UserId{1}}};
  }

  Change about(const Job& job) {
    const NodeId node{static_cast<std::uint32_t>(random_.below(4))};
    switch (random_.below(17)) {
      case 14: return JobUpdated{.job = job.id, .time_limit = hours(2), .priority = 3, .name = "renamed"};
      case 0: return JobHeld{job.id};
      case 1: return JobReleased{job.id};
      case 2: return JobCancelled{job.id};
      case 3: return random_.below(4) == 0 ? Change{NodeDrained{node}} : Change{NodeResumed{node}};
      case 4: return random_.below(4) == 0 ? Change{NodeLost{node}} : Change{NodeReturned{node}};
      case 15: return random_.below(4) == 0 ? Change{DevicesFailed{node, 5, "ill"}} : Change{DevicesReturned{node, 4}};
      case 16: return swap(job, node);
      case 5: return StopOrdered{job.id, Outcome::cancelled};
      case 6: return reservation(job);
      case 7: return StartFailed{job.id, random_.below(2) == 0 ? "no reason" : ""};
      case 8: return EstimateExceeded{job.id};
      case 9:
      case 10: return start(job, node);
      case 11: return started(job);
      default: return ended(job, static_cast<Outcome>(random_.below(6)));
    }
  }

  // By an engine whose clock goes before ours, and that chooses devices itself, or by one that says nothing of that.
  Change started(const Job& job) {
    Started change{job.id};
    if (random_.below(2) == 0) change.at = some_time(job.ordered);
    if (random_.below(2) == 0) return change;
    for (const Placement& placement : job.allocation) {
      change.devices.push_back(all_devices(static_cast<std::uint32_t>(std::popcount(placement.gpus))));
    }
    return change;
  }
  Change ended(const Job& job, Outcome outcome) {
    Ended change{job.id, outcome};
    if (random_.below(2) == 0) {
      const Time from = some_time(job.ordered);
      change.ran = {from, some_time(from)};
    }
    return change;
  }
  Time some_time(Time least) { return Time{random_.between(least.ns, std::max(least, state.now()).ns)}; }

  Change reservation(const Job& job) {
    if (job.state != JobState::pending) return started(job);
    if (state.reservations().contains(job.id)) return ReservationDropped{job.id, DropCause::improved};
    if (random_.below(4) == 0) return NodesReserved{job.id, PoolId{0}, state.now() + hours(1), {NodeId{0}, NodeId{2}}};
    return ReservationMade{job.id,
                           PoolId{0},
                           state.now() + hours(1),
                           {{.node = NodeId{2}, .tasks = 1, .gpus = 1, .gpu_milli = whole}},
                           static_cast<Promise>(random_.below(2))};
  }
  Change start(const Job& job, NodeId node) {
    const Demand& demand = state.shape_of(job).per_task;
    if (state.occupancy().tasks_that_fit(node, demand) == 0) return ended(job, Outcome::completed);
    StartOrdered order{.job = job.id, .pool = PoolId{0}, .allocation = {}};
    state.occupancy().room(node).choose(node, demand, 1, order.allocation);
    return order;
  }
  Change swap(const Job& job, NodeId node) {
    const Demand& demand = state.shape_of(job).per_task;
    const bool is_spare = job.holds_devices() && !is_on(job.allocation, node) &&
                          state.occupancy().tasks_that_fit(node, demand) >= job.placed_tasks();
    if (!is_spare) return started(job);
    NodesSwapped swap{.job = job.id, .from = {job.allocation.front().node}, .to = {}};
    state.occupancy().room(node).choose(node, demand, job.placed_tasks(), swap.to);
    return swap;
  }
  Change submission() {
    constexpr std::int64_t gpus[] = {250, 500, 1000, 2000, 8000};
    JobSpec spec{.name = "job " + std::to_string(next_job_),
                 .tenant = TenantId{1},
                 .user = id_of<UserTag>(random_.below(3)),
                 .shape = {.per_task = {.gpu_milli = gpus[random_.below(5)], .cpu_milli = 1000}},
                 .time_limit = hours(random_.between(1, 100))};
    if (random_.below(2) == 0) spec.checkpoint = Checkpoint{.every = minutes(30)};
    if (!state.windows().empty() && spec.time_limit < hours(9)) {
      spec.shape.window = state.windows().begin()->first;
    }
    return JobSubmitted{JobId{next_job_++}, spec};
  }
  static FleetSpec fleet() {
    const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .cpu_milli = 64'000, .nodes_per_rack = 4};
    return {.name = "f", .sites = {{.name = "s", .pools = {pool}}}};
  }
  static TenantsSpec tenants() {
    const TenantSpec child{.name = "b", .quotas = {{.pool = "s/p", .limit_milli = 32'000}}};
    return {.roots = {{.name = "a", .children = {child}}}};
  }

  Random random_;
  std::uint32_t next_job_ = 1;
};

}  // namespace dure

// Properties of the parts, on whatever RapidCheck thinks of. RC_PARAMS=reproduce=... replays a failure, as it prints.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "dure/base/time.h"
#include "dure/fleet/occupancy.h"
#include "dure/policy/pool_queue.h"
#include "dure/tenancy/usage.h"

namespace dure {
namespace {

void expect(const char* what, bool held) { EXPECT_TRUE(held) << what; }

TEST(Properties, ADurationIsReadBackAsItWasWritten) {
  expect("round trip", rc::check([](std::uint64_t any) {
           const Duration duration{static_cast<std::int64_t>(any % static_cast<std::uint64_t>(longest_duration.ns)) /
                                   1'000'000 * 1'000'000};
           const auto back = parse_duration(to_text(duration));
           RC_ASSERT(back.has_value());
           RC_ASSERT(*back == duration);
         }));
}

TEST(Properties, WeightsGrowAndDoubleWithEachHalfLife) {
  expect("growth", rc::check([](std::uint32_t a, std::uint32_t b) {
           const Duration half_life = seconds(*rc::gen::inRange<std::int64_t>(1, 1'000'000));
           const std::int64_t most = half_life.ns * 30;
           const Duration first{static_cast<std::int64_t>(a) * (most >> 32)};
           const Duration second{static_cast<std::int64_t>(b) * (most >> 32)};
           if (first <= second) RC_ASSERT(growth(first, half_life) <= growth(second, half_life));
           const std::uint64_t now = growth(first, half_life);
           const std::uint64_t later = growth(first + half_life, half_life);
           RC_ASSERT(later == 2 * now || later == 2 * now + 1);
         }));
}

TEST(Properties, RebasingShiftsWeightsByWhatItSays) {
  expect("rebase", rc::check([](std::uint16_t minutes_in) {
           UsageClock clock(minutes(30));
           const Time t = Time{} + minutes(30 * 31) + minutes(minutes_in);
           RC_PRE(clock.must_rebase(t));
           UsageClock moved = clock;
           const int shift = moved.rebase(t);
           RC_ASSERT(!moved.must_rebase(t));
           RC_ASSERT(moved.epoch() == Time{} + minutes(30) * std::int64_t{shift} || shift == 120);
           RC_ASSERT(moved.weight(t) >= std::int64_t{1} << 24);
           RC_ASSERT(moved.weight(t) < std::int64_t{1} << 25);
         }));
}

// What is placed by `choose` fits, and what was booked comes back to the last thousandth.
TEST(Properties, WhatWasBookedCanBeGivenBackInAnyOrder) {
  expect("occupancy", rc::check([] {
           const PoolSpec pool{
               .name = "p", .gpu_model = "X", .gpus_per_node = 4, .cpu_milli = 16'000, .memory_mib = 64};
           const Fleet fleet({.name = "f", .sites = {{.name = "s", .pools = {pool}}}});
           Occupancy occupancy(fleet);
           std::vector<std::pair<Placement, Demand>> booked;
           const auto counts = [&](const Demand& demand) { return occupancy.tasks_that_fit(NodeId{0}, demand); };
           const Demand probe{.gpu_milli = 250};
           for (int step = 0; step < 30; ++step) {
             if (!booked.empty() && *rc::gen::inRange(0, 3) == 0) {
               const auto at = static_cast<std::ptrdiff_t>(*rc::gen::inRange<std::size_t>(0, booked.size()));
               occupancy.give_back(booked[static_cast<std::size_t>(at)].first,
                                   booked[static_cast<std::size_t>(at)].second);
               booked.erase(booked.begin() + at);
               continue;
             }
             const Demand demand{.gpu_milli = *rc::gen::element<std::int64_t>(0, 100, 333, 500, 999, 1000, 2000, 3000),
                                 .cpu_milli = *rc::gen::element<std::int64_t>(1, 500, 3000),
                                 .memory_mib = *rc::gen::element<std::int64_t>(0, 5, 20)};
             const std::uint32_t fits = counts(demand);
             if (fits == 0) continue;
             const auto tasks = *rc::gen::inRange<std::uint32_t>(1, std::min(fits, 5u) + 1);
             Allocation allocation;
             occupancy.room(NodeId{0}).choose(NodeId{0}, demand, tasks, allocation);
             std::uint32_t placed = 0;
             for (const Placement& placement : allocation) {
               occupancy.book(placement, demand);
               booked.emplace_back(placement, demand);
               placed += placement.tasks;
             }
             RC_ASSERT(placed == tasks);
             RC_ASSERT(counts(demand) <= fits - tasks);
           }
           while (!booked.empty()) {
             occupancy.give_back(booked.back().first, booked.back().second);
             booked.pop_back();
           }
           RC_ASSERT(counts(probe) == 16u);
           RC_ASSERT(counts({.gpu_milli = 4000}) == 1u);
           RC_ASSERT(occupancy.free_cpu_milli(NodeId{0}) == 16'000);
           RC_ASSERT(occupancy.free_memory_mib(NodeId{0}) == 64);
         }));
}

TEST(Properties, AClassQueueIsASortedList) {
  expect("class queue", rc::check([](const std::vector<std::tuple<std::uint8_t, std::uint8_t, bool>>& steps) {
           ClassQueue queue;
           std::vector<ClassQueue::Entry> sorted;
           std::uint32_t next = 0;
           for (const auto& [priority, age, removes] : steps) {
             if (removes && !sorted.empty()) {
               const auto at = sorted.begin() + age % static_cast<std::ptrdiff_t>(sorted.size());
               queue.erase(*at);
               sorted.erase(at);
             } else {
               const ClassQueue::Entry entry{.priority = priority % 3, .submitted = Time{age}, .job = JobId{next++}};
               queue.insert(entry);
               sorted.push_back(entry);
               std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
                 return std::tuple(-a.priority, a.submitted, a.job) < std::tuple(-b.priority, b.submitted, b.job);
               });
             }
             RC_ASSERT(queue.empty() == sorted.empty());
             if (!sorted.empty()) RC_ASSERT(queue.front().job == sorted.front().job);
           }
         }));
}

// Equal use throughout: then the queue of one tenant is a list by priority, age and id, whatever the classes.
TEST(Properties, APoolQueueIsASortedListOfTheClassesAskedFor) {
  expect(
      "pool queue", rc::check([](const std::vector<std::tuple<std::uint8_t, std::uint8_t, bool>>& steps) {
        State state;
        const auto say = [&](Change change) { state.apply({state.now(), std::move(change)}); };
        say(FleetDeclared{
            {.name = "f", .sites = {{.name = "s", .pools = {{.name = "p", .gpu_model = "X", .gpus_per_node = 8}}}}}});
        say(TenantsDeclared{{.roots = {{.name = "a"}}}});
        say(UserDeclared{UserId{0}, "kim"});
        WaitingLines lines(state);
        CreditBook credits;
        credits.reset(state);
        PoolQueue queue;
        queue.reset(state, PoolId{0}, lines, credits);
        struct Waiting {
          std::int32_t priority;
          JobId job;
          ClassId job_class;
        };
        std::vector<Waiting> list;
        std::uint32_t next = 1;
        for (const auto& [kind, order, removes] : steps) {
          if (removes && !list.empty()) {
            const auto at = list.begin() + order % static_cast<std::ptrdiff_t>(list.size());
            const Job& job = state.jobs()[at->job];
            queue.erase(job, lines.erase(job, Stands::in_line), Stands::in_line);
            say(JobCancelled{at->job});
            list.erase(at);
          } else {
            const JobId id{next++};
            const auto priority = static_cast<std::int32_t>(order % 3);
            say(JobSubmitted{id,
                             {.shape = {.per_task = {.gpu_milli = (1 + kind % 4) * whole}},
                              .time_limit = minutes(1 + kind / 4 % 9),
                              .priority = priority}});
            const Job& job = state.jobs()[id];
            list.push_back({priority, id, lines.insert(job, Stands::in_line)});
            queue.insert(state, job, list.back().job_class, Stands::in_line);
          }
          ClassSet among;
          for (std::size_t c = 0; c < 64; c += 1 + order % 2) among.insert(id_of<ClassTag>(c));
          const Waiting* first = nullptr;
          for (const Waiting& job : list) {
            if (!among.contains(job.job_class)) continue;
            if (first == nullptr || std::tuple(-job.priority, job.job) < std::tuple(-first->priority, first->job))
              first = &job;
          }
          const auto candidate = queue.next(among);
          RC_ASSERT(candidate.has_value() == (first != nullptr));
          if (first != nullptr) RC_ASSERT(candidate->job == first->job);
          ClassSet all;
          for (std::size_t c = 0; c < 64; ++c) all.insert(id_of<ClassTag>(c));
          RC_ASSERT(queue.next(all).has_value() == !list.empty());
        }
      }));
}

}  // namespace
}  // namespace dure

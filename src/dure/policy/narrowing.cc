#include "dure/policy/narrowing.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace dure {
namespace {

// The room less what is taken of the node, whose CPUs and memory are taken to be asked for alike: an estimate where
// they are not, and whether all fits is asked in the end.
Room beside(Room room, NodeId node, const Demand& demand, const Allocation& taken) {
  for (const Placement& placement : taken) {
    if (placement.node != node) continue;
    room.idle &= ~placement.gpus;
    room.partial &= ~placement.gpus;
    room.cpu_milli = std::max<std::int64_t>(room.cpu_milli - placement.tasks * demand.cpu_milli, 0);
    room.memory_mib = std::max<std::int64_t>(room.memory_mib - placement.tasks * demand.memory_mib, 0);
  }
  return room;
}

}  // namespace

bool may_narrow(const Shape& shape, const Job& job) {
  return job.requeues && !shape.window && shape.tasks_min < job.placed_tasks();
}

// Without a rule every node is a domain of its own.
std::uint32_t Narrowing::domain_of(const Job& job, NodeId node) const {
  const Pool& pool = state_.fleet().pool(pool_);
  const Segments& segments = state_.shape_of(job).segments;
  return pool.domain_of(node, segments.of > 0 ? segments.within : Level::node);
}

std::optional<Allocation> Narrowing::choose(const Job& job, const Tasks& tasks, const Allocation& taken) const {
  const Demand& demand = state_.shape_of(job).per_task;
  Allocation kept;
  Allocation used = taken;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i] == 0) continue;
    const Placement& placement = job.allocation[i];
    const Room room = beside(index_.pool(pool_).room_on(placement), placement.node, demand, used);
    if (room.tasks_that_fit(demand) < tasks[i]) return std::nullopt;
    const std::size_t before = kept.size();
    room.choose(placement.node, demand, tasks[i], kept);
    used.insert(used.end(), kept.begin() + static_cast<std::ptrdiff_t>(before), kept.end());
  }
  return kept;
}

std::optional<Allocation> Narrowing::keep(const Job& job, const Allocation& taken) const {
  const Shape& shape = state_.shape_of(job);
  struct Domain {
    std::uint32_t id = 0;
    std::uint32_t tasks = 0;
    std::vector<std::size_t> placements;
  };
  Tasks room(job.allocation.size());
  std::map<std::uint32_t, Domain> domains;
  for (std::size_t i = 0; i < room.size(); ++i) {
    const Placement& placement = job.allocation[i];
    const Room there = beside(index_.pool(pool_).room_on(placement), placement.node, shape.per_task, taken);
    room[i] = std::min(placement.tasks, there.tasks_that_fit(shape.per_task));
    Domain& domain = domains[domain_of(job, placement.node)];
    domain.id = domain_of(job, placement.node);
    domain.tasks += room[i];
    domain.placements.push_back(i);
  }
  std::vector<const Domain*> roomiest;
  for (const auto& [id, domain] : domains) roomiest.push_back(&domain);
  std::sort(roomiest.begin(), roomiest.end(), [](const Domain* a, const Domain* b) {
    return a->tasks != b->tasks ? a->tasks > b->tasks : a->id < b->id;
  });
  Tasks tasks(room.size());
  std::uint32_t missing = shape.tasks_min;
  for (const Domain* domain : roomiest) {
    auto here = static_cast<std::uint32_t>(shape.segments.whole_groups_of(std::min(domain->tasks, missing)));
    missing -= here;
    for (const std::size_t i : domain->placements) {
      tasks[i] = std::min(here, room[i]);
      here -= tasks[i];
    }
  }
  if (missing > 0) return std::nullopt;
  return choose(job, tasks, taken);
}

bool Narrowing::are_whole_groups(const Job& job, const Tasks& tasks) const {
  const Segments& segments = state_.shape_of(job).segments;
  std::map<std::uint32_t, std::uint64_t> by_domain;
  for (std::size_t i = 0; i < tasks.size(); ++i) by_domain[domain_of(job, job.allocation[i].node)] += tasks[i];
  return std::all_of(by_domain.begin(), by_domain.end(),
                     [&](const auto& domain) { return segments.whole_groups_of(domain.second) == domain.second; });
}

void Narrowing::book(const Job& job, const Allocation& kept) {
  index_.book(pool_, kept, state_.shape_of(job).per_task, {Time::never()});
}

void Narrowing::give_back(const Job& job, const Allocation& kept) {
  index_.give_back(pool_, kept, state_.shape_of(job).per_task, {Time::never()});
}

std::optional<std::vector<Allocation>> Narrowing::keep_all(std::span<const Job* const> jobs, const Allocation& wanted,
                                                           const std::function<bool()>& suits, int ways) {
  std::vector<Allocation> kept;
  for (const Job* job : jobs) {
    auto beside_it = keep(*job, wanted);
    if (!beside_it) break;
    book(*job, *beside_it);
    kept.push_back(*std::move(beside_it));
  }
  if (kept.size() == jobs.size() && suits()) return kept;
  for (std::size_t i = 0; i < kept.size(); ++i) give_back(*jobs[i], kept[i]);
  kept.clear();
  int left = ways;
  if (!try_ways(jobs, suits, left, kept)) return std::nullopt;
  return kept;
}

// Those before the last of `kept` are settled.
bool Narrowing::try_ways(std::span<const Job* const> jobs, const std::function<bool()>& suits, int& left,
                         std::vector<Allocation>& kept) {
  if (kept.size() == jobs.size()) return left-- > 0 && suits();
  const Job& job = *jobs[kept.size()];
  Tasks tasks(job.allocation.size());
  return try_ways_of(jobs, suits, left, kept, tasks, 0, state_.shape_of(job).tasks_min);
}

bool Narrowing::try_ways_of(std::span<const Job* const> jobs, const std::function<bool()>& suits, int& left,
                            std::vector<Allocation>& kept, Tasks& tasks, std::size_t next, std::uint32_t missing) {
  const Job& job = *jobs[kept.size()];
  std::uint32_t rest = 0;
  for (std::size_t i = next; i < tasks.size(); ++i) rest += job.allocation[i].tasks;
  if (left <= 0 || rest < missing) return false;
  if (missing == 0) {
    if (!are_whole_groups(job, tasks)) return false;
    const auto chosen = choose(job, tasks, {});
    if (!chosen) return --left, false;
    book(job, *chosen);
    kept.push_back(*chosen);
    if (try_ways(jobs, suits, left, kept)) return true;
    give_back(job, kept.back());
    kept.pop_back();
    return false;
  }
  for (std::uint32_t here = std::min(missing, job.allocation[next].tasks) + 1; here-- > 0;) {
    tasks[next] = here;
    if (try_ways_of(jobs, suits, left, kept, tasks, next + 1, missing - here)) return true;
  }
  tasks[next] = 0;
  return false;
}

}  // namespace dure

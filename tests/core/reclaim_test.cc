// All small worlds in which somebody may take back what others borrowed: fleets of up to three nodes of up to two GPUs,
// three tenants, sequences of four jobs. A brute force over all sets of running jobs tells what the victims should be.
// DURE_EVERY=n tries one sequence of n, where a slow build need not try them all.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "dure/policy/dure_policy.h"

namespace dure {
namespace {

constexpr PoolId pool{0};
constexpr std::uint32_t tenants = 3;

struct World {
  std::uint32_t nodes = 1;
  std::uint32_t gpus = 1;
  std::vector<std::int64_t> guarantees;  // by tenant, in GPUs
};

struct Letter {
  std::uint32_t tenant = 0;
  std::uint32_t tasks = 1;
  std::int64_t gpus = 1;        // of a task
  std::uint32_t tasks_min = 0;  // 0: all of them
};

// Who is stopped, and whether it goes on with its minimum.
using Victims = std::map<JobId, bool>;

// What a set of victims costs: less is better; of equals fewer, then newer jobs.
struct Price {
  Wide cost = 0;
  std::size_t count = 0;
  std::vector<JobId> newest_first;
  bool operator<(const Price& other) const {
    if (cost != other.cost) return cost < other.cost;
    if (count != other.count) return count < other.count;
    return newest_first > other.newest_first;
  }
};

class Play {
 public:
  Play(const World& world, std::uint32_t reservations)
      : world_(world), options_{.reservations = reservations, .reclaims = true}, policy_(options_) {
    const PoolSpec spec{
        .name = "p", .gpu_model = "X", .gpus_per_node = world.gpus, .cpu_milli = 8000, .nodes_per_rack = world.nodes};
    TenantsSpec declared;
    for (std::uint32_t t = 0; t < tenants; ++t) {
      declared.roots.push_back({.name = std::string(1, static_cast<char>('a' + t)),
                                .quotas = {{.pool = "s/p", .guarantee_milli = world.guarantees[t] * whole}}});
    }
    say(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {spec}}}}});
    say(TenantsDeclared{declared});
    say(UserDeclared{UserId{0}, "kim"});
  }

  void submit(const Letter& letter) {
    const std::uint32_t tasks_min = letter.tasks_min == 0 ? letter.tasks : letter.tasks_min;
    const Shape shape{
        .tasks_min = tasks_min, .tasks_max = letter.tasks, .per_task = {.gpu_milli = letter.gpus * whole}};
    if (letter.gpus > world_.gpus || tasks_min * letter.gpus > world_.nodes * world_.gpus) return;
    say(JobSubmitted{JobId{next_++}, {.tenant = TenantId{letter.tenant}, .shape = shape, .time_limit = hours(100)}});
    settle();
  }
  void wait(Duration time) { now_ = now_ + time; }

  std::uint64_t reclaims = 0;
  std::uint64_t narrowings = 0;
  std::string wrong;

 private:
  void say(Change change) {
    const Fact fact{now_, std::move(change)};
    state_.apply(fact);
    policy_.observe(state_, fact);
  }

  // Plans, with an engine that does everything at once, until there is nothing more to say.
  void settle() {
    std::vector<Decision> decisions;
    int plans = 0;
    do {
      if (++plans > 50) return complain("the policy never comes to rest");
      decisions.clear();
      policy_.plan(state_, now_, decisions);
      if (options_.reservations == 0) check(decisions);
      for (const Decision& decision : decisions) say(to_change(decision));
      for (const Decision& decision : decisions) {
        if (const auto* stop = std::get_if<StopOrdered>(&decision))
          say(Ended{.job = stop->job, .outcome = stop->outcome});
        if (const auto* start = std::get_if<StartOrdered>(&decision)) say(Started{start->job});
      }
    } while (!decisions.empty());
    DurePolicy fresh(options_);
    fresh.rebuild(state_);
    fresh.plan(state_, now_, decisions);
    if (!decisions.empty()) complain("a policy made from the state would decide more");
    // What is promised to others that are owed room stands in the way.
    for (const auto& [id, promise] : state_.reservations()) {
      if (is_owed(state_.jobs()[id])) return;
    }
    for (JobId id : state_.jobs().sorted_ids()) {
      const Job& job = state_.jobs()[id];
      if (job.state != JobState::pending || !is_owed(job)) continue;
      if (fits(job, {})) complain(fmt::format("job {} fits and waits", id.value));
      if (cheapest(job)) complain(fmt::format("job {} is owed what others borrowed, and waits", id.value));
    }
  }

  // Of a plan that begins with evictions, those for its first promise.
  void check(const std::vector<Decision>& decisions) {
    Victims victims;
    for (const Decision& decision : decisions) {
      if (const auto* stop = std::get_if<StopOrdered>(&decision)) {
        victims[stop->job] = stop->why.cause == StopCause::shrink;
        narrowings += stop->why.cause == StopCause::shrink ? 1u : 0u;
        continue;
      }
      const auto* promise = std::get_if<ReservationMade>(&decision);
      if (promise == nullptr || victims.empty()) return;
      if (promise->promise == Promise::keep) continue;
      ++reclaims;
      const Job& job = state_.jobs()[promise->job];
      if (!is_owed(job)) complain(fmt::format("job {} is owed nothing", job.id.value));
      const auto best = cheapest(job);
      // Of two that cost the same, either may be narrowed.
      const bool is_best = best && !(price(*best) < price(victims)) && may_go(job, victims);
      if (!is_best) {
        complain(
            fmt::format("job {} evicts {}, and should {}", job.id.value, text(victims), best ? text(*best) : "nobody"));
      }
      return;
    }
    if (!victims.empty()) complain("evictions for nobody");
  }

  std::int64_t held(TenantId tenant) const { return state_.usage(tenant, pool).held_milli; }
  std::int64_t guarantee(TenantId tenant) const { return state_.tenants().quota(tenant, pool).guarantee_milli; }
  static std::int64_t amount(const Shape& shape) { return shape.tasks_min * shape.per_task.gpu_milli; }
  bool is_owed(const Job& job) const {
    return held(job.tenant) + amount(state_.shape_of(job)) <= guarantee(job.tenant);
  }

  // Whether the job fits beside what stays, with all ways for those that are narrowed to keep their minimum.
  bool fits(const Job& job, const Victims& gone) const {
    std::vector<std::int64_t> used(world_.nodes);
    std::vector<const Job*> narrowed;
    for (JobId id : state_.jobs().sorted_ids()) {
      const auto victim = gone.find(id);
      if (victim != gone.end() && victim->second) narrowed.push_back(&state_.jobs()[id]);
      if (victim != gone.end()) continue;
      for (const Placement& placement : state_.jobs()[id].allocation) {
        used[placement.node.value] += std::popcount(placement.gpus);
      }
    }
    return fits_beside(job, narrowed, 0, used);
  }

  bool fits_beside(const Job& job, const std::vector<const Job*>& narrowed, std::size_t next,
                   std::vector<std::int64_t>& used) const {
    if (next < narrowed.size()) {
      return keeps_some(job, narrowed, next, 0, state_.shape_of(*narrowed[next]).tasks_min, used);
    }
    const Demand& demand = state_.shape_of(job).per_task;
    std::int64_t tasks = 0;
    for (const std::int64_t taken : used) tasks += (world_.gpus - taken) / demand.whole_gpus();
    return tasks >= state_.shape_of(job).tasks_min;
  }

  bool keeps_some(const Job& job, const std::vector<const Job*>& narrowed, std::size_t next, std::size_t part,
                  std::uint32_t missing, std::vector<std::int64_t>& used) const {
    const Job& keeper = *narrowed[next];
    if (part == keeper.allocation.size()) return missing == 0 && fits_beside(job, narrowed, next + 1, used);
    const Placement& placement = keeper.allocation[part];
    const std::int64_t each = state_.shape_of(keeper).per_task.whole_gpus();
    for (std::uint32_t tasks = 0; tasks <= std::min(missing, placement.tasks); ++tasks) {
      used[placement.node.value] += tasks * each;
      const bool is_enough = keeps_some(job, narrowed, next, part + 1, missing - tasks, used);
      used[placement.node.value] -= tasks * each;
      if (is_enough) return true;
    }
    return false;
  }

  // What they give back is borrowed, and the job fits then.
  bool may_go(const Job& job, const Victims& victims) const {
    std::vector<std::int64_t> left;
    for (std::uint32_t t = 0; t < tenants; ++t) left.push_back(held(TenantId{t}));
    return can_go(victims, left) && fits(job, victims);
  }

  std::int64_t given(const Job& victim, bool is_narrowed) const {
    const Shape& shape = state_.shape_of(victim);
    return (victim.placed_tasks() - (is_narrowed ? shape.tasks_min : 0)) * shape.per_task.gpu_milli;
  }

  // Whether each of them, once all have gone, would take its tenant beyond its guarantee if it came back.
  bool can_go(const Victims& victims, std::vector<std::int64_t> left) const {
    for (const auto& [id, is_narrowed] : victims) {
      left[state_.jobs()[id].tenant.index()] -= given(state_.jobs()[id], is_narrowed);
    }
    return std::all_of(victims.begin(), victims.end(), [&](const auto& victim) {
      const Job& job = state_.jobs()[victim.first];
      return left[job.tenant.index()] + given(job, victim.second) > guarantee(job.tenant);
    });
  }

  Price price(const Victims& victims) const {
    Price price{.count = victims.size()};
    for (auto victim = victims.rbegin(); victim != victims.rend(); ++victim) {
      const Job& job = state_.jobs()[victim->first];
      const Time then = end_of_minute(now_);
      price.cost += victim->second ? narrowing_cost(state_, job, then) : eviction_cost(state_, job, then);
      price.newest_first.push_back(victim->first);
    }
    return price;
  }

  std::optional<Victims> cheapest(const Job& job) const {
    std::vector<JobId> running;
    std::size_t sets = 1;
    for (JobId id : state_.jobs().sorted_ids()) {
      if (!state_.jobs()[id].holds_devices() || state_.jobs()[id].tenant == job.tenant) continue;
      running.push_back(id);
      sets *= 3;
    }
    std::optional<std::pair<Price, Victims>> best;
    for (std::size_t set = 1; set < sets; ++set) {
      Victims victims;
      bool is_possible = true;
      for (std::size_t i = 0, rest = set; i < running.size(); ++i, rest /= 3) {
        const Job& victim = state_.jobs()[running[i]];
        if (rest % 3 == 0) continue;
        victims[victim.id] = rest % 3 == 2;
        is_possible = is_possible && (rest % 3 == 1 || state_.shape_of(victim).tasks_min < victim.placed_tasks());
      }
      if (!is_possible || !may_go(job, victims)) continue;
      const Price cost = price(victims);
      if (!best || cost < best->first) best = {cost, victims};
    }
    return best ? std::optional(best->second) : std::nullopt;
  }

  void complain(std::string what) {
    if (wrong.empty()) wrong = std::move(what);
  }
  static std::string text(const Victims& victims) {
    std::vector<std::string> ids;
    for (const auto& [id, is_narrowed] : victims) ids.push_back(fmt::format("{}{}", id.value, is_narrowed ? "n" : ""));
    return fmt::format("{}", fmt::join(ids, "+"));
  }

  World world_;
  Time now_;
  State state_;
  DureOptions options_;
  DurePolicy policy_;
  std::uint32_t next_ = 1;
};

std::uint32_t every() {
  const char* text = std::getenv("DURE_EVERY");
  return text != nullptr ? static_cast<std::uint32_t>(std::max(1, std::atoi(text))) : 1;
}

TEST(SmallWorlds, VictimsAreTheCheapestThatServe) {
  std::vector<Letter> letters;
  for (std::uint32_t tenant = 0; tenant < tenants; ++tenant) {
    for (const auto& [tasks, gpus] : {std::pair{1u, 1}, {2u, 1}, {1u, 2}}) letters.push_back({tenant, tasks, gpus});
    letters.push_back({.tenant = tenant, .tasks = 6, .tasks_min = 1});
  }
  const auto count = static_cast<std::uint32_t>(letters.size());
  std::uint64_t worlds = 0;
  std::uint64_t reclaims = 0;
  std::uint64_t narrowed = 0;
  for (std::uint32_t nodes = 1; nodes <= 3; ++nodes) {
    for (std::uint32_t gpus = 1; gpus <= 2; ++gpus) {
      for (const std::vector<std::int64_t>& guarantees :
           {std::vector<std::int64_t>{1, 0, 0}, {2, 0, 0}, {2, 1, 0}, {1, 1, 1}}) {
        if (guarantees[0] + guarantees[1] + guarantees[2] > nodes * gpus) continue;
        for (std::uint32_t code = 0; code < count * count * count * count; code += every()) {
          std::vector<std::uint32_t> word;
          for (std::uint32_t rest = code, i = 0; i < 4; ++i, rest /= count) word.push_back(rest % count);
          for (const std::uint32_t reservations : {0u, 1u}) {
            Play play({nodes, gpus, guarantees}, reservations);
            for (std::size_t i = 0; i < word.size(); ++i) {
              play.submit(letters[word[i]]);
              play.wait(minutes(i == 1 ? 30 : 10));
            }
            ++worlds;
            reclaims += play.reclaims;
            narrowed += play.narrowings;
            ASSERT_EQ(play.wrong, "") << fmt::format("nodes {} gpus {} guarantees {} word {} reservations {}", nodes,
                                                     gpus, fmt::join(guarantees, " "), fmt::join(word, " "),
                                                     reservations);
          }
        }
      }
    }
  }
  fmt::print("{} worlds, {} reclaims, {} jobs narrowed\n", worlds, reclaims, narrowed);
  EXPECT_GT(narrowed, worlds / 100);
  EXPECT_GT(reclaims, worlds / 40);
}

}  // namespace
}  // namespace dure

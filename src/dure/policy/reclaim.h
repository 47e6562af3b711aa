// Taking borrowed capacity back for a job within its tenant's guarantee: all that jobs hold, or of elastic ones what is
// above their minimum; the least work lost, and only if the job then fits on exactly what they free.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "dure/base/time.h"
#include "dure/core/state.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/capacity_index.h"
#include "dure/policy/fair_shares.h"
#include "dure/policy/latest_ends.h"
#include "dure/policy/narrowing.h"
#include "dure/policy/policy.h"
#include "dure/policy/pool_queue.h"

namespace dure {

// What a pool's plan knows beyond what tenants hold: by tenant with all below it, in the pool's unit.
struct OnTheWay {
  std::vector<std::int64_t> leaving_milli;   // held by jobs that are being stopped
  std::uint64_t uncounted = 0;               // jobs that run and hold nothing in that unit
  std::map<Duration, std::uint64_t> graces;  // of the jobs that are being stopped: how many of each
};

// Returns the lowest tenant on the path of the job's tenant that would hold no more than its guarantee with the job and
// with those for whom it takes something back already; nullopt if there is none, or if that is more than a limit on the
// path. What a pool does not count, such as the CPUs of a job without GPUs where there are GPUs, nothing guarantees.
// `queue` is that of the pool. O(depth).
std::optional<TenantId> guarantor(const State& state, PoolId pool, const PoolQueue& queue, const Job& job);

// By what a job may have others evicted.
enum class Right : std::uint8_t {
  guarantee,  // it is within one, and they borrow
  priority,   // theirs is lower, and their tenant's affairs are the same
  fairness,   // their tenant has had far more than its part
  racks,      // it is within a guarantee, and they stand on racks that are kept for its tenants
};

// Who takes back, and in whose name.
struct Beneficiary {
  const Job& job;
  // By guarantee: the guarantor, whose own jobs are spared; by priority: all whose jobs may go; by fairness: the leaf;
  // by racks: the guarantor.
  TenantId within;
  Right right = Right::guarantee;
  std::vector<TenantId> keepers = {};  // by racks: for whom those are kept (kept_racks.h)
  const FairShares* shares = nullptr;  // by fairness: who may take from whom, and how much

  std::size_t most_victims() const { return shares ? shares->left() : std::numeric_limits<std::size_t>::max(); }
};

// The tenant within which the job may evict by priority; nullopt if there is none, if it keeps failing or names a
// window. O(1).
std::optional<TenantId> preempts_within(const State& state, const Job& job);

// What evicting a running job at `now` costs: the work since its last checkpoint, or since its start without any, and
// a minute to start again, times what it holds; twice that for each time it was evicted before. Of a job that does not
// start again all is lost that it was to do. In thousandths of a GPU (or CPU) times nanoseconds.
Wide eviction_cost(const State& state, const Job& job, Time now);

// The same if it may keep its minimum and go on with that: less, as only what it gives back has to start again.
// Requires that it may be narrowed (narrowing.h).
Wide narrowing_cost(const State& state, const Job& job, Time now);

// Whether any tenant holds what may be taken back, or any job what no guarantee counts. Necessary, and not sufficient.
// O(tenants).
bool is_anything_borrowed(const State& state, PoolId pool, const PoolQueue& queue, const OnTheWay& on_the_way);
// Whether any tenant with such a job that shows has less than is guaranteed to it. Necessary, and not
// sufficient. O(tenants x classes / 64).
bool is_anybody_owed(const State& state, PoolId pool, PoolQueue& queue, const ClassSet& among);

// A job that is told to stop, and what of its devices it goes on with: nothing, or its minimum.
struct Eviction {
  JobId job;
  Allocation kept;
};

struct Reclaim {
  std::vector<Eviction> victims;  // put any one back, and the job no longer fits; the cheapest first
  Allocation allocation;          // where the job fits once they are gone
  Duration grace;                 // the longest that any of them has, or of those that are being stopped already
  bool fits_now = false;          // nobody need go
};

// Finds victims in one pool, for one job after the other, at one instant.
class Reclaimer {
 public:
  // All must outlive it. `running` is what holds devices in the pool; `stopping`, what of that is being stopped.
  Reclaimer(const State& state, CapacityIndex& index, PoolId pool, const PoolQueue& queue, const OnTheWay& on_the_way,
            LatestEnds& running, const Stopping& stopping, Time now)
      : state_(state),
        index_(index),
        pool_(pool),
        queue_(queue),
        on_the_way_(on_the_way),
        running_(running),
        stopping_(stopping),
        now_(now),
        narrowing_(state, index, pool) {}

  // Returns whom to evict so that the job fits on the ground: nobody if it fits now, or when those have gone that are
  // being stopped. Nullopt if no borrowed work is enough. Each victim would take its tenants, but those that the job
  // itself is below, beyond their guarantees if it came back: one that lies across a guarantee is borrowed. What the
  // guarantor's own tenants run is not: with the job it is within the same guarantee. By priority only what is of a
  // lower one goes, and what goes counts under limits, too; by fairness nobody whose tenants would then hold less than
  // their guarantees. On racks that are kept for its tenants all that others run may go; by that right alone, nothing
  // else. Of up to `few` that could be evicted, the victims cost the least together; of more, they are chosen by their
  // own cost, the cheapest first, and those that turn out not to be needed are spared, the dearest first; if that is
  // not enough, so in the domain where it costs the least, and then the cheapest that is enough alone. Leaves the index
  // as found. O(n log n) for n that run the first time that it comes to that, then O(victims looked at). Who has not
  // run for the pool's least time is not evicted, but from kept racks; nor is anybody who leaves too late for the job.
  std::optional<Reclaim> find(const Beneficiary& beneficiary, GroundId ground = everywhere);
  static constexpr std::size_t few = 10;

  // How many nodes have to change before the last search may find anybody, unless more may be evicted by then; nullopt
  // if that is not known.
  std::optional<std::uint64_t> changes_needed() const { return changes_needed_; }
  // What a search for victims by guarantee says in passing: `next_evictable`.
  void look_who_is_fresh();

  // When the next of those may be evicted that have not run for long enough; never if that stood in nobody's way.
  Time next_evictable() const { return next_evictable_; }

 private:
  struct Victim {
    Wide cost = 0;
    const Job* job = nullptr;
    std::int64_t given_milli = 0;     // what it gives back
    bool is_narrowed = false;         // it keeps its minimum
    bool is_fresh = false;            // it has not run for the pool's least time
    std::optional<std::size_t> twin;  // the same job, narrowed or not
  };
  // A set of victims: indices into victims_, ascending, none beside its twin; and what each keeps.
  using Choice = std::vector<std::size_t>;
  struct Plan {
    Choice victims;
    std::vector<Allocation> kept;  // by the place in `victims`; empty: nothing
  };
  // From a tenant, by the victims so far.
  struct Taken {
    std::int64_t milli = 0;
    std::vector<std::pair<std::int64_t, std::uint32_t>> each_milli;  // how much, and how many gave back that; ascending
  };
  struct Search {
    const Beneficiary* for_whom = nullptr;
    const Shape* shape = nullptr;
    std::int64_t wanted_milli = 0;
    DemandId demand;
    Bar now;    // what windows bar to the job if it starts at once
    Bar later;  // and if it starts when all have gone that are evicted for it
    GroundId ground;
    std::vector<TenantId> above = {};  // the tenants on the path of the job
    std::vector<Taken> taken;          // by TenantId
    Terms terms(Fences fences) const { return {fences, fences == Fences::after_stops ? later : now, ground}; }
  };

  void gather();
  bool fits(const Search& search, Fences fences);
  Allocation place(const Search& search, Fences fences);
  bool has_room(const Search& search) const;
  std::int64_t left_to(const Search& search, TenantId tenant) const;
  bool is_borrowed(const Search& search, TenantId tenant, std::int64_t more_milli) const;
  bool may_lose(const Search& search, const Victim& victim) const;
  bool may_lose_to_fairness(const Search& search, const Victim& victim) const;
  void add_candidate(const Job& job, bool is_fresh);
  bool may_go_on(const Search& search, const Victim& victim) const;
  bool would_run_into_window(const Job& job) const;
  void take(Search& search, const Victim& victim);
  void put_back(Search& search, const Victim& victim);
  void count(Search& search, const Victim& victim) const;
  void count_no_more(Search& search, const Victim& victim) const;
  void link_twins();
  void keep(const Plan& plan, std::size_t at);
  void keep_no_more(const Plan& plan, std::size_t at);
  void put_back_all(Search& search, const Plan& plan);
  std::optional<Plan> cheapest(Search& search);
  bool fits_without_any(Search& search);
  std::optional<Plan> cheapest_of_few(Search& search, const Choice& candidates);
  void try_all(Search& search, const Choice& candidates, std::size_t next, Wide cost, Choice& chosen,
               std::optional<std::pair<Wide, Plan>>& best);
  bool is_better(const Choice& chosen, Wide cost, const std::optional<std::pair<Wide, Plan>>& best) const;
  std::optional<std::vector<Allocation>> what_they_keep(Search& search, const Choice& chosen);
  template <class Victims>
  std::optional<Plan> cheapest_first(Search& search, const Victims& victims);
  bool add(Search& search, Plan& plan, std::size_t victim);
  std::optional<Plan> settled(Search& search, std::optional<Plan> plan);
  void spare(Search& search, Plan& plan);
  void narrow(Search& search, Plan& plan, std::size_t at);
  std::optional<Plan> cheapest_of_domains(Search& search);
  std::optional<Plan> cheapest_alone(Search& search);

  const State& state_;
  CapacityIndex& index_;
  PoolId pool_;
  const PoolQueue& queue_;
  const OnTheWay& on_the_way_;
  LatestEnds& running_;
  const Stopping& stopping_;
  Time now_;
  bool is_gathered_ = false;
  Time next_evictable_ = Time::never();
  std::optional<std::uint64_t> changes_needed_;
  Narrowing narrowing_;
  std::vector<Victim> victims_;  // the cheapest first
  std::size_t first_ = 0;        // those before it are being stopped
};

}  // namespace dure

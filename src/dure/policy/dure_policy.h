// Dure's own policy: tenants in order of what they are owed, gangs placed through the capacity index, a reservation for
// the first blocked jobs of each pool or for who has waited long, backfill that never delays one, and borrowed capacity
// taken back for guarantees.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "dure/fleet/capacity_index.h"
#include "dure/policy/defragment.h"
#include "dure/policy/due_jobs.h"
#include "dure/policy/latest_ends.h"
#include "dure/policy/policy.h"
#include "dure/policy/pool_queue.h"
#include "dure/policy/promise_book.h"
#include "dure/policy/reclaim.h"
#include "dure/policy/reserve.h"
#include "dure/policy/unplanned.h"
#include "dure/policy/vain_searches.h"
#include "dure/policy/waiting_lines.h"

namespace dure {

struct DureOptions {
  std::uint32_t reservations =
      1;                  // promised at a time, per pool, to who is held up; 0: to nobody, but for what is taken back
  bool reclaims = false;  // evicts borrowers for jobs within their tenants' guarantees
  bool defragments = false;  // moves jobs for a larger one that finds no room in one piece
  // Jobs that may be evicted in one pool within any hour though that serves no guarantee and no priority, but that
  // their tenant has had far more than its part; 0: none.
  std::uint32_t fair_evictions = 0;
  // With `shortest` only who has waited long is promised a time (due_jobs.h), whoever is first in order.
  LeafOrder order = LeafOrder::oldest;
};

// What a plan decides it books at once, and takes note when the decisions come back as facts: booking, undoing and
// booking again was a third of all time.
//
// The cost of an event grows with the classes that wait in its pool, not with jobs or nodes.
class DurePolicy final : public Policy {
 public:
  explicit DurePolicy(DureOptions options) : options_(options) {}

  void observe(const State& state, const Fact& fact) override;
  void rebuild(const State& state) override;
  void plan(const State& state, Time now, std::vector<Decision>& out) override;
  std::optional<Time> next_wakeup(const State& state, Time now) const override;

 private:
  using Candidate = PoolQueue::Candidate;

  // The classes of one shape: they differ in time limits, estimates, and in whether they may borrow, expire, or keep
  // failing.
  struct ShapeGroup {
    ShapeId shape;
    DemandId demand;                   // watched while there are classes
    ClassSet classes;                  // that have jobs
    std::uint64_t hopeless_until = 0;  // it fits nowhere before PoolCapacity::changes() says so many
  };
  // What one pool's planning goes by.
  struct PoolPlan {
    PoolQueue queue;
    LatestEnds ends;
    std::vector<ShapeGroup> groups;
    std::vector<std::uint32_t> group_of;  // by ClassId
    std::vector<GroundId> own_grounds;    // by TenantId; empty where no racks are kept
    ClassSet waiting;                     // classes that have jobs
    ClassSet open;                        // of those, the ones not known to be too large for what is free
    ClassSet promisable;                  // and the ones not known to fit at no time at all
    ClassSet hopeful;                     // known to fit at some time, as long as no more nodes are down or promised
    bool stale = false;                   // something became free: what is open is to be found out anew
    std::vector<Candidate> passed;        // hidden: only promised devices would do, and not for so long
    PromiseBook promises;
    Stopping stopping;
    std::map<NodeId, std::set<JobId>> stopping_on;  // the same, by node
    DueJobs due;                                    // of those that wait; none if the order is by age
    OnTheWay on_the_way;
    VainSearches in_vain_for;  // by their guarantees
    std::set<JobId> swappers;  // hold devices here, and go on with other nodes where some fail
    // Of what runs and is not being stopped, by the tenant within which jobs evict each other: how many of each
    // priority.
    std::map<TenantId, std::map<std::int32_t, std::uint64_t>> running_priorities;
    Time next_evictable = Time::never();  // when there is more to take back for who was looked at in vain
    Time next_movable = Time::never();    // likewise when more may be moved
    bool is_in_vain = false;              // nobody was found to evict for some: another choice may do as time passes
    bool awaits_fairness = false;         // somebody waits to whom others' use may give a right as time passes
    bool yielded = false;                 // no promise was given, as the first blocked job has one in another pool
    bool is_shaken = false;               // a node went or came: promises may be broken
    bool has_failing = false;             // a device failed: what runs on it may have to go
    // Who was left to pools that are planned after this one and waits: by the last plan; and by those before it, since
    // one that left nobody.
    std::set<JobId> leaving;
    std::set<JobId> left;
    Unplanned unplanned;

    // Requires that the class has jobs.
    DemandId demand_of(ClassId job_class) const { return groups[group_of[job_class.index()]].demand; }
  };
  enum class Verdict : std::uint8_t { started, waits, left, promised, promised_elsewhere };

  PoolPlan& plan_of(PoolId pool) { return pools_[pool.index()]; }
  bool may_promise(const PoolPlan& pool) const { return pool.promises.for_backfill().size() < options_.reservations; }

  void enqueue_if_pending(const State& state, JobId job);
  void dequeue_departed(const State& state);
  void enqueue(const State& state, const Job& job);
  void enqueue_rested(const State& state);
  void enqueue_in(const State& state, const Job& job, PoolId pool, ClassId job_class, Stands stands);
  void dequeue(const State& state, const Job& job);
  void dequeue_everywhere(const Job& job);
  void dequeue_from(const Job& job, PoolId pool, ClassId job_class, Stands stands);
  void on_departure(const State& state);
  void refresh_credits(const State& state, std::optional<AccountId> account);
  void suspect(const Allocation& allocation);
  void see_paid(AccountId account);
  void look_at_credits(const State& state);
  void on_availability(const State& state, NodeId node);
  void on_devices_failed(const State& state, NodeId node);
  bool was_planned(JobId job);
  // Whether it is in the queues of the pools where it may start, but for one that it is promised something in.
  bool is_in_line(const Job& job) const {
    return job.state == JobState::pending && !paused_.contains({job.not_before, job.id});
  }

  // Windows (windows.cc).
  void book_window(const State& state, const Window& window);
  void close_window(WindowId window);
  void begin_windows(const State& state);
  void leave_the_way(const State& state, const Job& job, const Allocation& still_held = {});
  void clear_windows(const State& state, std::vector<Decision>& out);
  void drop_in_windows(const State& state, PoolId pool, std::vector<Decision>& out);
  // What windows of the pool bar to a job that names none and would start at `start` and run for `limit`.
  Bar bar_for(PoolId pool, Time start, Duration limit) const {
    const PoolWindows& windows = index_->pool(pool).windows();
    return windows.empty() ? Bar{} : windows.bar(start, start + limit);
  }
  // On what terms a job of the shape may start now if it runs for `limit`; nullopt: its window is not open so long.
  std::optional<Bar> bar_now(const State& state, PoolId pool, const Shape& shape, Duration limit) const;
  std::optional<EarliestStart> earliest_start(const State& state, PoolId pool, const Job& job, Duration limit,
                                              std::span<const Decision> planned);
  // The racks of the pool that are not kept for others than the tenant and those above it.
  GroundId own_ground(PoolId pool, TenantId tenant) const {
    const PoolPlan& plan = pools_[pool.index()];
    return plan.own_grounds.empty() ? everywhere : plan.own_grounds[tenant.index()];
  }
  // Where in the pool the job may start.
  GroundId ground_for(const State& state, PoolId pool, const Job& job) const;
  bool has_windows(PoolId pool) const { return !index_->pool(pool).windows().empty(); }

  // Other nodes for those that fail (hot_swap.cc).
  static void note_swapper(PoolPlan& pool, const Job& job, const Allocation& held);
  bool mend_gangs(const State& state, std::vector<Decision>& out);
  void mend(const State& state, const Job& job, std::vector<Decision>& out);
  std::optional<NodesSwapped> find_spares(const State& state, const Job& job);
  std::optional<Allocation> find_spare(const State& state, const Job& job, const Terms& terms, NodeId failed,
                                       std::uint32_t tasks, const Allocation& others);
  void book_swap(const State& state, const Job& former, const NodesSwapped& swap);

  // Moving jobs for a larger one (open_holes.cc).
  void start_moved(const State& state, PoolId pool, std::vector<Decision>& out);
  void open_holes(const State& state, PoolId pool, std::vector<Decision>& out);
  bool is_fragmented_for(const State& state, PoolId pool, JobId job) const;
  bool starts_elsewhere_before(const State& state, PoolId pool, const Job& job, Time then,
                               std::span<const Decision> planned);
  void move_for(const State& state, PoolId pool, const Job& job, const Hole& hole, std::vector<Decision>& out);
  bool is_its_place_free(const State& state, PoolId pool, const Job& job);

  // What a decision does to the indices: when it is planned, or when it is first heard of in a replay.
  void book_start(const State& state, const StartOrdered& start);
  void book_stop(const State& state, JobId job);
  template <class Visit>
  static void visit_stopping(const State& state, const PoolPlan& pool, const Allocation& place, Time then,
                             const Visit& visit);
  void book_promise(const State& state, const ReservationMade& promise, std::span<const Decision> planned);
  void book_drop(const State& state, JobId job);
  PoolPlan& end_promise(const State& state, JobId job);
  std::int64_t kept_milli(const State& state, JobId job) const;
  // When what the job holds is free, as the index knows it.
  Departure departure_of(const PoolPlan& pool, const Job& job) const {
    const auto stops = pool.stopping.find(job.id);
    return stops == pool.stopping.end() ? Departure{job.latest_end()} : Departure{stops->second, true};
  }
  static bool comes_to_borrow(const State& state, PoolId pool, const PoolPlan& plan, TenantId tenant,
                              std::int64_t more_milli);
  void note_freed(const State& state, const Job& job);
  void change_on_the_way(const State& state, std::vector<std::int64_t>& by_tenant, TenantId tenant,
                         std::int64_t milli) const;

  void reopen(PoolPlan& pool);
  void unhide_passed(PoolPlan& pool);
  bool look_again(PoolPlan& pool, TenantId tenant, ClassId job_class);
  template <class Predicate>
  bool look_again_if(PoolPlan& pool, Predicate&& is_worth_it);
  static bool has_passed_turns(const PoolPlan& pool);
  std::optional<PoolId> promised_in(JobId job) const;

  bool has_work(const State& state, PoolId pool, Time now) const;
  bool leaves_to_later(const State& state, PoolId id, const Job& job);
  bool may_start_later(const State& state, PoolId id, const Job& job);
  const ClassSet& open_or_promisable(const PoolPlan& pool);
  void plan_pool(const State& state, PoolId pool, std::vector<Decision>& out);
  void drop_broken(const State& state, PoolId pool, std::vector<Decision>& out);
  enum class Promised : std::uint8_t { owed, all };  // owed: but who borrows what it is promised
  void try_promised(const State& state, PoolId pool, Promised which, std::vector<Decision>& out);
  void drop_shaken(const State& state, PoolId pool, std::vector<Decision>& out);
  void move_off_sick(const State& state, PoolId pool, std::vector<Decision>& out);
  void start_promised(const State& state, PoolId pool, JobId job, std::vector<Decision>& out);
  void drop(const State& state, JobId job, DropCause cause, std::vector<Decision>& out);
  void join_group(PoolId pool, ClassId job_class, const Job& job, const Shape& shape);
  void leave_group(PoolId pool, ClassId job_class);
  void find_open_classes(const State& state, PoolId pool);
  bool could_fit(const State& state, PoolId pool, ClassId job_class);
  void pass(PoolPlan& pool, const Candidate& candidate);
  bool may_gain(PoolId pool, JobId job) const;
  void start_owed(const State& state, PoolId pool, std::vector<Decision>& out);
  void reclaim_for_guarantees(const State& state, PoolId pool, Reclaimer& reclaimer, std::vector<Decision>& out);
  std::optional<TenantId> guarantor_of(const State& state, PoolId pool, const Job& job) const;
  bool reclaim_within_guarantee(const State& state, PoolId pool, const Job& job, TenantId guarantor,
                                Reclaimer& reclaimer, std::vector<Decision>& out);
  bool reclaim_for(const State& state, PoolId pool, const Beneficiary& beneficiary, Reclaimer& reclaimer,
                   std::vector<Decision>& out);
  void stop_for(const State& state, PoolId pool, const Beneficiary& beneficiary, const Reclaim& reclaim, Time from,
                std::vector<Decision>& out);
  void promise_to(const State& state, ReservationMade promise, std::vector<Decision>& out);
  void drop_yielding(const State& state, PoolId pool, std::span<const JobId> yielding, const Beneficiary& beneficiary,
                     const Allocation& taken, std::vector<Decision>& out);
  // Whom priority gives a turn, the first to take it first.
  struct ByPriority {
    ClassQueue::Entry entry;
    TenantId leaf;
    ClassId job_class;
    bool operator<(const ByPriority& other) const { return entry.before(other.entry); }
  };
  void preempt_by_priority(const State& state, PoolId pool, Reclaimer& reclaimer, std::vector<Decision>& out);
  static bool outranks_any(const State& state, const PoolPlan& pool, const Job& job);
  // Fairness alone (evict_for_fairness.cc).
  void evict_for_fairness(const State& state, PoolId pool, Reclaimer& reclaimer, std::vector<Decision>& out);
  bool may_be_served_by_fairness(const State& state, PoolId pool, const Job& job);
  static void count_priority(const State& state, PoolPlan& pool, const Job& job, int times);
  std::vector<JobId> yielding_to(const State& state, PoolId pool, const Beneficiary& beneficiary) const;
  bool yields_to(const State& state, PoolId pool, const Beneficiary& beneficiary, const Job& promised) const;
  bool takes_back(const PoolPlan& pool) const {
    return options_.reclaims || options_.fair_evictions > 0 || pool.queue.preempts();
  }
  std::optional<Terms> widest_terms_for(const State& state, PoolId pool, const Job& job, DemandId demand);
  std::optional<Terms> terms_for(const State& state, PoolId pool, const Job& job, DemandId demand);
  Verdict consider(const State& state, PoolId pool, const Candidate& candidate, bool is_promising,
                   std::vector<Decision>& out);
  bool starts_now(const State& state, PoolId pool, const Candidate& candidate);
  // Of what is being taken back for others: all of it, or what is promised to them no later than to the job.
  enum class Claims : std::uint8_t { all, due };
  std::int64_t room_for(const State& state, PoolId pool, const Job& job, Claims counted) const;
  void start(const State& state, PoolId pool, const Job& job, const Terms& terms, std::vector<Decision>& out);
  void start_on(const State& state, StartOrdered order, std::vector<Decision>& out);
  Verdict promise(const State& state, PoolId pool, const Candidate& candidate, std::vector<Decision>& out);
  Verdict promise_or_pass(const State& state, PoolId pool, const Candidate& candidate, std::vector<Decision>& out);
  void promise_to_due(const State& state, PoolId pool, std::vector<Decision>& out);

  DureOptions options_;
  Time now_;         // of the fact or plan at hand
  Time planned_at_;  // of the last plan
  std::unique_ptr<CapacityIndex> index_;
  std::unique_ptr<WaitingLines> lines_;
  CreditBook credits_;
  Time hours_begin_ = Time::never();         // of some programme: then those wait no longer who waited for that
  std::vector<PoolPlan> pools_;              // by PoolId
  std::map<JobId, PoolId> promised_in_;      // who has a promise
  std::set<std::pair<Time, JobId>> paused_;  // pending and in no queue: may not start before that time
  std::vector<JobId> planned_;               // decisions booked already, about to come back as facts, in order
  std::size_t next_planned_ = 0;
  bool has_suspects_ = false;  // some node may be due for quarantine
  std::set<NodeId> suspects_;  // those that may
  // When windows begin that have not, and when to evict whom for which.
  std::set<std::pair<Time, WindowId>> beginnings_;
  std::set<std::tuple<Time, JobId, WindowId>> in_the_way_;
  ClassSet interesting_;  // scratch
};

template <class Predicate>
bool DurePolicy::look_again_if(PoolPlan& pool, Predicate&& is_worth_it) {
  return std::erase_if(pool.passed, [&](const Candidate& passed) {
           const bool is_seen = is_worth_it(passed);
           if (is_seen) pool.queue.unhide(passed.tenant, passed.job_class);
           return is_seen;
         }) > 0;
}

}  // namespace dure

// The invariants of the scheduler as laws, each a function of its own: they hear of every fact before and after it is
// applied, and complain. Beside Invariants, which looks at bookings and promises, these look at why: who is evicted and
// for whom, who loses a promise, who waits though it need not. They know the state and nothing of the policy.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dure/core/fact.h"
#include "dure/core/invariants.h"
#include "dure/core/state.h"
#include "dure/fleet/test_outlook.h"
#include "dure/policy/dure_policy.h"

namespace dure {

bool share_a_node(const Allocation& a, const Allocation& b);

class Laws {
 public:
  // `state` is the one the facts go to, and must outlive this object.
  Laws(const State& state, DureOptions options) : state_(state), options_(options) {}

  // What comes now is decided, until the turn ends; before, it came from outside.
  void decisions_begin() { is_deciding_ = true; }
  void before(const Fact& fact);  // before State::apply
  void after(const Fact& fact);   // after it
  void after_turn();
  // The policy has nothing more to say at this instant.
  void at_rest(Time now);

  const std::vector<std::string>& complaints() const { return complaints_; }
  std::uint64_t evictions() const { return evictions_; }
  std::uint64_t preemptions() const { return preemptions_; }
  std::uint64_t fair_evictions() const { return fair_evictions_; }
  std::uint64_t reclaims() const { return reclaims_; }
  std::uint64_t cleared() const { return cleared_; }  // evicted for a window
  std::uint64_t narrowed() const { return narrowed_so_far_; }
  std::uint64_t moves() const { return moves_; }
  std::uint64_t swaps() const { return swaps_; }
  std::uint64_t unswapped() const { return unswapped_; }  // gangs that were stopped for want of a spare
  std::uint64_t holes() const { return holes_; }          // that others were moved for
  std::uint64_t leavers() const { return leavers_so_far_; }
  std::uint64_t racks_asked() const { return racks_asked_; }  // whether someone waits for racks of its tenants
  std::uint64_t from_racks() const { return from_racks_; }    // evicted though within a guarantee
  std::uint64_t checks() const { return checks_ + witness_.checked(); }

 private:
  // An eviction for fairness, by paths: ids change with the estate.
  struct FairStop {
    Time time;
    std::string pool;
    std::string loser;
    std::string gainer;
  };
  struct Yield {
    JobId job;
    Allocation allocation;
    DropCause cause = DropCause::reclaimed;
    bool is_owed = false;  // by a guarantee, or what was taken back for it
  };
  using Jobs = std::set<JobId>;

  void expect(bool holds, JobId job, const char* law);
  void before(const StartOrdered& start);
  void before(const StopOrdered& stop);
  void before(const ReservationMade& promise);
  void before(const ReservationDropped& drop);
  void before(const NodesSwapped& swap);
  void note_end(JobId job, bool completed);
  void forget_promises(const Change& change);

  void conservation_of_devices();
  void promises_last();
  void promises_can_be_kept();
  void only_released_jobs_start(JobId job);
  void nobody_waits_who_fits();
  void users_take_turns(JobId job, PoolId pool);
  void use_adds_up();
  void guarantees_are_served();
  void racks_are_had(const Job& job, PoolId pool);
  std::vector<TenantId> keepers(const Job& job, PoolId pool) const;
  // Whether the tenant, on a rack that is kept for one of these, is none of theirs; of any keeper, where none is given.
  bool is_guest(TenantId tenant, PoolId pool, const Allocation& there, const std::vector<TenantId>* keepers) const;
  bool is_kept_from(const Job& job, NodeId node) const;
  Jobs guests_promised(const std::vector<TenantId>& keepers, PoolId pool) const;
  bool is_on_rack_of(NodeId node, const std::vector<TenantId>& keepers) const;
  bool is_by_racks(const std::vector<TenantId>& keepers, PoolId pool, const Allocation& place) const;
  void sick_devices_are_left();
  // Of gangs that go on with other nodes where some have failed (swap_laws.cc).
  void no_gang_stays_broken();
  void no_spare_would_do(const Job& job);
  void a_swap_changes_nothing_else(const Job& job);
  std::vector<NodeId> failed_nodes(const Job& job) const;
  bool may_break_nodes(const Job& job) const;
  Time resumed(const Job& job) const;
  test::Witness books_without(const Job& job, const std::vector<NodeId>& failed) const;
  bool is_spare(const test::Witness& books, const Job& job, NodeId node, std::uint32_t tasks) const;
  bool is_on_sick(const Allocation& allocation) const;
  void renumber_sick();
  void a_drop_has_its_cause(const ReservationDropped& drop, const Reservation& promise);
  void drops_lead_to_something();
  void yielding_is_for_who_is_owed(JobId gainer, const Allocation& taken);
  void a_stop_says_what_it_costs(const StopOrdered& stop);
  void an_eviction_has_a_beneficiary(const ReservationMade& promise);
  void what_is_kept_is_its_own(const ReservationMade& promise);
  bool would_run_into_window(const Job& job) const;
  void narrowing_would_not_do(const Job& beneficiary, PoolId pool, JobId victim, const std::vector<TenantId>* keepers);
  void nobody_starts_too_late();
  Time expires(const Job& job) const;
  bool may_expire(const Job& job) const { return expires(job) != Time::never(); }
  bool is_in_time(const Job& job, PoolId pool, Duration grace = {}) const;
  bool is_behind_who_expires(const Job& job) const;
  void victims_are_borrowed(const Job& beneficiary, PoolId pool);
  void victims_are_needed(const Job& beneficiary, PoolId pool, Promise why, const Allocation& place);
  void victims_know_why(JobId beneficiary, StopCause cause);
  void a_preemption_is_by_priority(const ReservationMade& promise);
  void priorities_are_served();
  void fair_evictions_are_few(const StopOrdered& stop);
  void a_fair_eviction_is_fair(const ReservationMade& promise);
  void shares_are_served();
  void forget_who_left();
  void no_fair_eviction_would_do(const Job& job, PoolId pool);
  TenantId side_of(TenantId tenant, TenantId other) const;
  bool is_fair(const Job& job, const Job& victim, PoolId pool, std::int64_t less_milli) const;
  bool has_lost_lately(const Job& victim, const Job& job, PoolId pool) const;
  void no_preemption_would_do(const Job& job, PoolId pool);
  void one_eviction_would_not_do(const Job& job, PoolId pool, TenantId guarantor);

  // Moving jobs for a larger one (move_laws.cc).
  void a_move_is_allowed(const StopOrdered& stop);
  void a_leaver_has_a_place(const ReservationMade& promise);
  void a_hole_is_worth_it(const ReservationMade& promise, std::optional<Time> otherwise);
  void leavers_are_needed(const Job& job, PoolId pool);
  void close_racks_of_others(const Job& job, test::Witness& books) const;
  void it_would_not_start_by(Time then, const Job& job, PoolId pool);
  void few_move_at_once(PoolId pool);
  void places_are_kept(const StartOrdered& start);
  void moved_jobs_go_on();
  bool is_in_place(const Job& job, PoolId pool) const;
  bool may_be_in_the_way(const Job& job, const Reservation& promise) const;
  bool is_free(const Allocation& place, const Demand& demand) const;

  Time gone_by(const Job& job) const;
  std::int64_t wanted(const Job& job, PoolId pool) const;
  std::int64_t kept(JobId job, PoolId pool) const;
  std::int64_t held_by_stopping(TenantId tenant, PoolId pool) const;
  // What is promised by then.
  std::int64_t taken_back_for(TenantId tenant, PoolId pool, Time until = Time::never()) const;
  std::optional<TenantId> guarantor(const Job& job, PoolId pool) const;
  bool may_borrow(const Job& job, PoolId pool) const;
  bool has_room(const Job& job, PoolId pool) const;
  bool has_run_enough(const Job& job) const;
  bool may_lose(const Job& beneficiary, TenantId guarantor, const Job& victim, PoolId pool) const;
  bool is_borrowed(const Job& beneficiary, const Job& victim, PoolId pool) const;
  bool is_borrowed_from(const Job& beneficiary, const Job& victim, PoolId pool) const;
  std::int64_t smallest_victim_of(TenantId tenant, PoolId pool) const;
  bool outranks(const Job& job, const Job& other) const;
  bool has_room_then(const Job& job, PoolId pool, const Jobs& staying) const;
  // Promises that do not stand in the way of the job: its own, and those of who is owed nothing, or outranked.
  Jobs yielding_to(JobId job, PoolId pool, Promise why) const;
  // What is held and promised in the pool without those promises; those of `running` are not being stopped, and those
  // of `gone` have gone.
  test::Witness books(PoolId pool, const Jobs& yielding, const Jobs& running, const Jobs& gone) const;
  test::Witness after_victims(PoolId pool, const Jobs& yielding, const Jobs& running) const;
  // Whether the job fits, on nodes where it is clear of windows; of `after_stops`, though it waits for the longest
  // grace. With keepers, on their racks alone.
  bool fits(const test::Witness& books, const Job& job, Fences fences,
            const std::vector<TenantId>* keepers = nullptr) const;
  bool is_in_its_window(const Job& job, Time end) const;
  bool may_be_on(NodeId node, const Job& job, Time end) const;
  bool is_in_the_way(const Job& job) const;
  bool is_in_a_window(JobId job, const Reservation& promise) const;
  void windows_are_empty();

  const State& state_;
  DureOptions options_;
  Invariants witness_;
  Time now_;  // of the fact at hand, or at rest
  bool is_deciding_ = false;
  std::map<JobId, Time> stopped_;  // since when they are being stopped
  std::map<WindowId, Time> opened_;
  std::map<JobId, std::vector<Dependency>> after_;
  std::map<JobId, bool> ended_;           // whether it completed
  std::map<JobId, Time> promised_;        // that no fact has ended
  std::map<NodeId, std::uint64_t> sick_;  // devices that failed and have not returned
  std::vector<JobId> victims_;            // of this turn, whose beneficiary is still to come
  std::set<JobId> expected_;              // those for whom they are said to be evicted
  std::set<JobId> narrowed_;              // those of them that are said to go on with fewer tasks
  Allocation kept_;                       // by all of those
  std::vector<Yield> yields_;             // likewise
  std::map<JobId, Time> improvements_;    // promises to be replaced in this turn by one that is no later
  std::map<JobId, Time> moved_at_;        // the last time
  Jobs leavers_;                          // moved in this turn, whose beneficiary's promise is still to come
  Jobs unplaced_;                         // those of them that are not promised a place yet
  Wide lost_by_leavers_ = 0;              // milli x ns
  std::vector<std::string> complaints_;
  std::uint64_t witnessed_ = 0;
  std::set<StopCause> causes_;  // that victims of this turn were told, whose beneficiary is still to come
  std::uint64_t evictions_ = 0;
  std::uint64_t reclaims_ = 0;
  std::uint64_t cleared_ = 0;
  std::uint64_t narrowed_so_far_ = 0;
  std::uint64_t moves_ = 0;
  std::uint64_t swaps_ = 0;
  std::uint64_t unswapped_ = 0;
  std::map<JobId, Time> swapped_;  // the last time
  std::optional<Job> mended_;      // as it was before the fact at hand
  std::uint64_t preemptions_ = 0;
  std::uint64_t holes_ = 0;
  std::uint64_t leavers_so_far_ = 0;
  std::uint64_t fair_evictions_ = 0;
  std::vector<FairStop> fair_stops_;  // of the last hour
  std::uint64_t racks_asked_ = 0;
  std::uint64_t from_racks_ = 0;
  std::uint64_t checks_ = 0;
};

}  // namespace dure

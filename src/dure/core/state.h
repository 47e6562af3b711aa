// The state of everything, as the fold of facts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/result.h"
#include "dure/base/slab.h"
#include "dure/base/time.h"
#include "dure/core/fact.h"
#include "dure/core/fair_eviction.h"
#include "dure/core/node_fault.h"
#include "dure/core/reservation.h"
#include "dure/fleet/fleet.h"
#include "dure/fleet/occupancy.h"
#include "dure/ledger/ledger.h"
#include "dure/tenancy/tenants.h"
#include "dure/tenancy/usage.h"
#include "dure/tenancy/user_usage.h"
#include "dure/work/job.h"
#include "dure/work/shape_table.h"
#include "dure/work/window.h"

namespace dure {

struct NodeHealth {
  bool lost = false;
  bool drained = false;
  bool is_in_quarantine = false;  // drained, by ourselves
  std::uint64_t sick = 0;         // devices that failed, as a mask: they take no new work
  bool is_available() const { return !lost && !drained; }
};

template <class Archive>
void fields(Archive& archive, Like<NodeHealth> auto& node) {
  archive(node.lost);
  archive(node.drained);
  archive(node.is_in_quarantine);
  archive(node.sick);
}

// What is known of an array as long as one of its jobs has not ended.
struct ArrayProgress {
  std::uint32_t left = 0;     // > 0: jobs that have not ended
  bool all_completed = true;  // of those that have
};

template <class Archive>
void fields(Archive& archive, Like<ArrayProgress> auto& progress) {
  archive(progress.left);
  archive(progress.all_completed);
}

// Reading is const and free of side effects; only `apply` changes anything. Not thread-safe: one thread owns it.
class State {
 public:
  // Folds one fact in. Total for any fact from outside that `check` accepts and for what our own policy decided, which
  // `check` does not judge in full; anything else is a bug and asserts.
  // O(1) for jobs, O(nodes of the allocation) for starts and ends, O(depth of the tenant) for usage; O(jobs + nodes +
  // tenants x pools) where the fleet or the tenants are declared anew.
  void apply(const Fact& fact);

  // Whether `change` may happen now; an error names the thing and the way out. Never asserts. O(1) for
  // most; O(pools + dependencies) for submissions, O(windows x nodes) for windows, O(jobs log jobs + nodes + tenants x
  // pools) for a fleet and tenants.
  Result<void> check(const Change& change) const;

  // Hash of all facts so far and of the state they led to; equal on every replay and machine. O(jobs log jobs +
  // nodes + tenants x pools).
  std::uint64_t digest() const;
  // Hash of all facts so far. O(1).
  std::uint64_t chain() const;
  std::uint64_t fact_count() const { return fact_count_; }
  // Of a copy that is compared with no other: facts are hashed no longer, and it has neither chain nor digest.
  void unchain() { is_chained_ = false; }

  // All of it as canonical bytes, so that a replay need not begin at the first fact. Reading back gives a state that
  // decides alike and has the same digest; nullopt if these bytes are no such thing. They are trusted beyond that:
  // whoever keeps them guards them with a hash. O(jobs + nodes + tenants x pools).
  void write_image(ByteWriter& writer) const;
  static std::optional<State> from_image(std::span<const std::byte> image);

  Time now() const { return now_; }
  const Fleet& fleet() const { return fleet_; }
  const Tenants& tenants() const { return tenants_; }
  const Occupancy& occupancy() const { return *occupancy_; }
  const ShapeTable& shapes() const { return shapes_; }
  const Slab<JobId, Job>& jobs() const { return jobs_; }  // all that have not ended
  // The job as it was just before the last fact took devices away, ended, held or changed it. Its shape is still in
  // the table.
  const Job& departed() const { return departed_; }
  // The jobs that may start from the last fact on, as what they came after has ended.
  const std::vector<JobId>& released() const { return released_; }
  // The jobs that should have run by `now`, and never have: without devices, or given some and not started yet. And
  // those without devices whose window is no more. O(these + jobs that name windows, each log).
  std::vector<JobId> overdue(Time now) const;
  // When the next of them may be found; never if there is no job with a deadline after `now`. O(log).
  Time next_deadline(Time now) const;
  const Shape& shape_of(const Job& job) const { return shapes_[job.shape]; }
  // Whether any of it lies on a device that has failed. O(nodes of the allocation), like the next.
  bool is_on_sick(const Allocation& allocation) const;
  // The nodes of it that are lost, or on which it lies on a device that has failed; ascending.
  std::vector<NodeId> failed_nodes(const Allocation& allocation) const;
  const NodeHealth& health(NodeId node) const { return health_[node.index()]; }
  // What points to nodes that are broken, since they were last resumed; of nodes where there is anything.
  const std::map<NodeId, NodeFaults>& faults() const { return faults_; }
  const std::map<JobId, Reservation>& reservations() const { return reservations_; }
  // In order of time: those that still counted when the last of them happened.
  const std::vector<FairEviction>& fair_evictions() const { return fair_evictions_; }
  // Those that are not over: to come, or open.
  const std::map<WindowId, Window>& windows() const { return windows_; }
  WindowId next_window() const { return next_window_; }  // ids from here on are free
  // The window of that name; null if there is none. O(windows), as the next two.
  const Window* find_window(std::string_view name) const;
  // Of one that is not over, or that the last fact closed. Requires that.
  const std::string& window_name(WindowId id) const;
  // Those whose end has come: to be closed. And when the next end comes after `now`; never if there is none.
  std::vector<WindowId> windows_over(Time now) const;
  Time next_window_end(Time now) const;
  JobId next_job() const { return next_job_; }  // ids from here on are free
  // By the job that is waited for, or the first of an array: who waits, and for which end.
  const std::map<JobId, std::vector<Dependency>>& dependents() const { return dependents_; }
  const std::map<JobId, ArrayProgress>& arrays() const { return arrays_; }  // by their first job
  const std::vector<std::string>& users() const { return users_; }          // by UserId
  // Credits, grants and loans. It costs nothing until it is opened.
  const ledger::Ledger& ledger() const { return ledger_; }

  const UsageAccount& usage(TenantId tenant, PoolId pool) const {
    return usage_[tenant.index() * fleet_.pools().size() + pool.index()];
  }
  // Of the users of leaves where they take turns.
  const UserUsage& user_usage() const { return user_usage_; }
  const UsageClock& usage_clock() const { return usage_clock_; }

  // What a job of the shape would hold in the pool at `tasks` tasks, in the pool's unit.
  std::int64_t amount(const Shape& shape, PoolId pool, std::uint32_t tasks) const {
    return fleet_.pool(pool).amount(shape.per_task) * tasks;
  }
  // The most grace of jobs that are lent what is guaranteed to others: it must be had back in time.
  Duration most_grace_of_loans(PoolId pool) const {
    const PoolSpec& spec = fleet_.pool(pool).spec;
    return spec.reclaim_within - spec.min_run_time;
  }
  bool may_borrow(Duration grace, PoolId pool) const { return grace <= most_grace_of_loans(pool); }
  // The most that such a job of the tenant may ever hold in the pool, with all that those on its path hold: the least
  // of their limits, and, if it may not borrow, the largest of their guarantees. O(depth).
  std::int64_t most_ever(TenantId tenant, Duration grace, PoolId pool) const;
  // Whether the pool could ever take a job of the shape: on the list, and large enough when empty.
  bool is_eligible(const Shape& shape, PoolId pool) const;

 private:
  void apply(const FleetDeclared& change);
  void apply(const TenantsDeclared& change);
  void apply(const UserDeclared& change);
  void apply(const JobSubmitted& change);
  void apply(const JobHeld& change);
  void apply(const JobReleased& change);
  void apply(const JobCancelled& change);
  void apply(const NodeDrained& change);
  void apply(const NodeResumed& change);
  void apply(const StartOrdered& change);
  void apply(const StopOrdered& change);
  void apply(const NodesReserved& change);
  void apply(const ReservationMade& change);
  void apply(const ReservationDropped& change);
  void apply(const Started& change);
  void apply(const StartFailed& change);
  void apply(const Ended& change);
  void apply(const NodeLost& change);
  void apply(const NodeReturned& change);
  void apply(const EstimateExceeded& change);
  void apply(const JobUpdated& change);
  void apply(const WindowOpened& change);
  void apply(const WindowClosed& change);
  void apply(const DevicesFailed& change);
  void apply(const DevicesReturned& change);
  void apply(const NodesSwapped& change);
  void apply(const Booked& change);

  // A user's latest finished runs, from which the next is estimated.
  struct RecentRuns {
    Duration last;
    Duration before;
    std::uint64_t known = 0;

    template <class Archive>
    friend void fields(Archive& archive, Like<RecentRuns> auto& runs) {
      archive(runs.last);
      archive(runs.before);
      archive(runs.known);
    }
  };
  template <class Archive, class AnyState>
  static void plain_fields(Archive& archive, AnyState& state);
  template <class Archive, class AnyState>
  static void maps(Archive& archive, AnyState& state);
  void restore(Job job);

  Duration estimate_for(const JobSpec& spec) const;
  void learn_run_time(UserId user, Duration run);
  Job& job_in(JobId job, JobState expected);
  enum class Blame : std::uint8_t { nobody, fault };
  void begin(Job& job, Time at);
  void go_back(Job& job, const ledger::Ledger::End& end, Time at, Blame blame);
  void forget(JobId job, Outcome outcome);
  enum class Extent : std::uint8_t { job, array };
  void end_of_array_job(JobId array, bool completed);
  void resolve_dependents(JobId ended, Extent extent, bool completed);
  void resolve(const Dependency& dependent, bool completed);
  void carry_over(const Tenants& former);
  void carry_over_users(const Tenants& former, const std::vector<std::optional<TenantId>>& now_known_as);
  void move_to(Fleet next);
  void depart(Job departed, bool holds_shape);
  void take_devices(Job& job, PoolId pool, const Allocation& allocation);
  void book(const Allocation& allocation, const Demand& per_task);
  void release(const Job& job, const ledger::Ledger::End& end, Time at);
  ledger::Ledger::End ending_of(const Job& job, Outcome outcome, Time end) const;
  void note_reclaim(const Job& job);
  void declare_to_ledger();
  void charge(const Job& job, std::int64_t milli, Time at);
  void rebase_usage();
  void update_availability(NodeId node);
  void note_fair_eviction(const Job& job, const StopReason& why);
  void blame_start(const Job& job);
  void blame_loss(const Job& job, const Allocation& lost);
  Result<void> check(const Booked& change) const;
  Result<void> check_submission(const JobSubmitted& change) const;
  Result<void> check_times(JobId job, Time from, Time to) const;
  Result<void> check_chosen(const Started& change) const;
  Result<void> check_devices(NodeId node, std::uint64_t gpus) const;
  Result<void> check_fits(const JobSpec& spec) const;
  Result<void> check_kinds(const FleetSpec& spec) const;
  Result<void> check_isolation(const JobSpec& spec) const;
  Result<void> check_fleet(const FleetSpec& spec) const;
  Result<void> check_tenants(const TenantsSpec& spec) const;
  Result<void> check_window(const WindowOpened& change) const;
  Result<void> check_reserved(const Window& window) const;
  Result<void> check_overlap(const Window& window) const;
  Result<void> check_naming(const JobSpec& spec) const;
  Result<void> check_length(WindowId window, Duration time_limit) const;
  bool fits_window(const Shape& shape, PoolId pool) const;

  Time now_;
  std::uint64_t chain_ = 0;
  std::uint64_t fact_count_ = 0;
  bool is_chained_ = true;
  ByteWriter writer_;  // scratch for the chain

  Fleet fleet_;
  std::optional<Occupancy> occupancy_;
  std::vector<NodeHealth> health_;  // by NodeId
  std::map<NodeId, NodeFaults> faults_;
  Tenants tenants_;
  UsageClock usage_clock_{days(7)};
  std::vector<UsageAccount> usage_;  // by TenantId, PoolId
  UserUsage user_usage_;
  std::vector<std::string> users_;       // by UserId
  std::vector<RecentRuns> recent_runs_;  // by UserId
  ShapeTable shapes_;
  Slab<JobId, Job> jobs_;
  Job departed_;
  bool departed_holds_shape_ = false;
  std::map<JobId, Reservation> reservations_;
  std::vector<FairEviction> fair_evictions_;
  std::map<JobId, std::vector<Dependency>> dependents_;
  std::map<JobId, ArrayProgress> arrays_;
  std::set<std::pair<Time, JobId>> deadlines_;  // of jobs that have never run
  std::map<WindowId, Window> windows_;
  std::set<std::pair<WindowId, JobId>> window_jobs_;  // that name one, though it be over
  std::vector<JobId> released_;
  JobId next_job_{};  // ids below it have been given out
  WindowId next_window_{};
  ledger::Ledger ledger_;
  std::string closed_window_;  // the name of the last; derived, and in no image
};

}  // namespace dure

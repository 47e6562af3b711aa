// Why a job does not run, and what would change that. Everything is derived from one view, so that what is said was
// true at that moment; nothing is guessed of what comes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "dure/api/pool_survey.h"
#include "dure/api/reason.h"
#include "dure/api/view.h"

namespace dure::api {

// What is told depends on the reason; docs/reasons.md says which. Amounts are in thousandths of a GPU or CPU, by the
// pool's unit, but for the reasons `cpus` (thousandths of a CPU) and `memory` (MiB).
struct Blocker {
  Reason reason = Reason::turn;
  std::optional<PoolId> pool;      // none: it concerns all
  std::optional<TenantId> tenant;  // whose limit or guarantee it is; as the figures, only for who may see its use
  std::optional<Dependency> after;
  std::string window;        // its name, if the asker may know it; empty: none, or unknown
  std::optional<JobId> job;  // to whom something is promised, if the asker may know of it
  std::optional<Level> within;
  std::optional<std::int64_t> wanted;     // by all of its tasks; of CPUs and memory, by one
  std::optional<std::int64_t> free;       // on nodes that take work
  std::optional<std::int64_t> held;       // by the tenant and those below it
  std::optional<std::int64_t> limit;      // of the tenant
  std::optional<std::int64_t> guarantee;  // of the tenant
  std::optional<std::int64_t> promised;   // to others in the pool, together
  std::optional<std::int64_t> leaving;    // held in the pool by all jobs that are being stopped
  std::optional<std::uint64_t> tasks;     // it needs at least
  std::optional<std::uint64_t> tasks_fit;
  std::optional<std::uint64_t> promises;  // that are meant by `promised`
  std::optional<std::uint64_t> nodes;     // that lack CPUs or memory
  std::optional<std::uint64_t> drained;
  std::optional<std::uint64_t> lost;
  std::optional<std::uint64_t> sick_gpus;  // none for who asks for no GPUs
  std::optional<bool> fits_with_them;
  Promise promise = Promise::backfill;   // why it was made
  std::optional<Time> from;              // of the promise, or of the earliest of others; of the window
  std::optional<Time> until;             // of the window
  std::optional<Duration> time_limit;    // its own
  std::optional<std::uint64_t> ahead;    // jobs of its tenant, by priority and age
  std::optional<ledger::Micro> cost;     // what it costs at most, in its pool
  std::optional<ledger::Micro> credits;  // that are free for that
  bool takes_turns = false;              // of one priority it is the user's turn that decides
};

// Checked against the view: with this change and no other the job would fit now, within limits and beside promises;
// with `after`, once those jobs have ended. Of `release` and `resubmit` it is only what is needed.
struct Suggestion {
  Remedy remedy = Remedy::release;
  std::optional<PoolId> pool;
  std::optional<std::uint64_t> tasks;
  std::optional<Level> within;
  std::optional<Duration> time_limit;
  std::vector<NodeId> nodes;           // to be resumed, ascending; none named to who may not see nodes
  std::optional<std::uint64_t> count;  // of these nodes, or of the jobs to wait for
  std::vector<JobId> jobs;             // of the latter those that the asker may know of, ascending
  std::optional<Time> at;              // when the last of them ends at the latest
};

struct Why {
  std::vector<Blocker> blockers;    // all of them; empty for a job that waits for nothing
  std::vector<Suggestion> changes;  // the least trouble first; of each kind the smallest
};

// What whoever asks may know.
struct Sees {
  std::function<bool(TenantId)> use;       // what the tenant holds
  std::function<bool(const JobRow&)> job;  // that there is such a job
  bool nodes = false;                      // their names
};

// Explains jobs of one view; what it counted for one it uses for the next that asks for the same.
class Explainer {
 public:
  // `view` must outlive it. `now` is not before it.
  Explainer(const View& view, Time now, Sees sees) : view_(view), now_(now), sees_(std::move(sees)) {}

  enum class Extent : std::uint8_t { blockers, all };
  // O(nodes of the pools that the job may use; of all pools with changes, if it names some; and pages of jobs). Not
  // for several threads at once.
  Why why_not(const JobRow& row, Extent extent);

 private:
  struct Case;
  struct Costs;

  const PoolSurvey& surveyed(PoolId pool, const Placing& placing, const Barred& barred);
  const PoolWindows& windows_in(PoolId pool);
  Barred barred(const JobRow& row, PoolId pool, Duration limit);
  const Window* named_by(const JobRow& row) const;
  std::optional<Costs> costs_of(const JobRow& row, PoolId pool) const;
  Case make_case(const JobRow& row, PoolId pool);
  void add_named_window(const JobRow& row, Why& why) const;
  void add_windows(const Case& at, Why& why) const;
  void add_racks(const Case& at, Why& why) const;
  bool would_fit(const Case& at, Duration limit);
  void offer_shorter(const Case& at, Why& why);
  void add_limits(const Case& at, Why& why) const;
  void add_credits(const Case& at, Why& why) const;
  void add_own_promise(const Case& at, Why& why) const;
  void add_room(const Case& at, Why& why) const;
  void add_shortage(const Case& at, Why& why) const;
  void add_fences(const Case& at, Why& why) const;
  void add_guarantee(const Case& at, Why& why) const;
  void add_order(const JobRow& row, Why& why) const;
  std::function<std::uint64_t(NodeId, const NodeRoom&)> tasks_on(const Case& at) const;
  std::uint64_t tasks_in_domain(const Case& at, NodeId node) const;
  void offer_room(const Case& at, Why& why);
  void offer_other_pools(const JobRow& row, Why& why);
  void offer_resume(const Case& at, Why& why) const;
  void offer_after(const Case& at, Why& why) const;

  const View& view_;
  Time now_;
  Sees sees_;
  std::map<std::tuple<PoolId, Placing, Bar, std::vector<bool>>, PoolSurvey> surveys_;  // by what is barred, too
  std::map<PoolId, PoolWindows> windows_;
};

}  // namespace dure::api

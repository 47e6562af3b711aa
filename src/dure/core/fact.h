// Everything that can happen. State is the fold of facts and of nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/core/reservation.h"
#include "dure/fleet/allocation.h"
#include "dure/fleet/fleet_spec.h"
#include "dure/ledger/change.h"
#include "dure/tenancy/tenants_spec.h"
#include "dure/work/job.h"
#include "dure/work/job_spec.h"
#include "dure/work/window.h"

namespace dure {

// Who drained a node: an operator, or we ourselves as it keeps failing.
enum class DrainCause : std::uint8_t { asked, quarantine };
constexpr DrainCause last_of(DrainCause) { return DrainCause::quarantine; }

// A table: one kind of fact a line.
// clang-format off

// The estate. The fleet comes first, before anything else. Both may be declared anew; what work is on stays.
struct FleetDeclared { FleetSpec fleet; };
struct TenantsDeclared { TenantsSpec tenants; };
struct UserDeclared { UserId user; std::string name; };

// What users and operators did.
struct JobSubmitted { JobId job; JobSpec spec; };
struct JobHeld { JobId job; };              // a pending job waits until released
struct JobReleased { JobId job; };
// A job without devices ends at once; one with devices gets a StopOrdered.
struct JobCancelled { JobId job; Outcome outcome = Outcome::cancelled; };  // or expired
struct NodeDrained { NodeId node; std::string reason; DrainCause cause = DrainCause::asked; };  // takes no new work
struct NodeResumed { NodeId node; };

// Why a reservation is taken back. A start of its job ends it without any cause.
enum class DropCause : std::uint8_t {
  node_gone,     // a promised node was lost or drained, or a device there failed
  limit,         // the job's tenant has reached its limit meanwhile
  improved,      // replaced in the same step by one that is no later
  job_gone,      // in older journals: cancelled or held, which ends the promise by itself
  reclaimed,     // a guarantee took the nodes back
  window,        // a window was opened in which it would have been on its nodes
  preempted,     // a job of higher priority took them
};
constexpr DropCause last_of(DropCause) { return DropCause::preempted; }

// What we decided: orders and promises.
struct StartOrdered { JobId job; PoolId pool; Allocation allocation; };
// Cancelled, evicted, expired, or node_lost: a node or a device that it holds has failed.
struct StopOrdered { JobId job; Outcome outcome = Outcome::cancelled; StopReason why = {}; };
struct NodesReserved { JobId job; PoolId pool; Time from; std::vector<NodeId> nodes; };  // in older journals: whole nodes
struct ReservationMade { JobId job; PoolId pool; Time from; Allocation allocation; Promise promise = Promise::backfill; };
struct ReservationDropped { JobId job; DropCause cause = DropCause::job_gone; };

// When a run was, by its engine's clock, which may count in whole seconds: from the second of the order on.
struct RunTimes { Time from; Time to; };

// What engines reported. Times are left out where they are those of the facts.
struct Started {
  JobId job;
  std::optional<Time> at = {};
  std::vector<std::uint64_t> devices = {};  // by place in its allocation: which the engine chose; empty: those ordered
};
struct StartFailed { JobId job; std::string reason = {}; };  // back to pending
struct Ended {
  JobId job;
  Outcome outcome = Outcome::completed;
  std::int32_t exit_code = 0;  // as a shell tells it: 128 and the number of the signal
  std::string reason;          // of a failure, for its user
  std::optional<RunTimes> ran = {};
};
// `told`: the time of the fact.
constexpr Time end_of(const Ended& ended, Time told) { return ended.ran ? ended.ran->to : told; }
// The engine ends its jobs with an Ended each, but for those that may swap: these wait for what is decided.
struct NodeLost { NodeId node; };
struct NodeReturned { NodeId node; };
struct EstimateExceeded { JobId job; };     // still running past its estimate: the time limit is what is left to go by

// What users changed of a job that has no devices yet; what is not stated stays.
struct JobUpdated {
  JobId job;
  std::optional<Duration> time_limit;
  std::optional<std::int32_t> priority;
  std::optional<std::string> name;
};

// Claims that no job holds. What is over is closed by the loop.
struct WindowOpened { Window window; };
struct WindowClosed { WindowId window; CloseCause cause = CloseCause::over; };

// What engines reported of single GPUs of a node, a mask of its devices: they take no new work, or take it again.
struct DevicesFailed { NodeId node; std::uint64_t gpus = 0; std::string reason; };
struct DevicesReturned { NodeId node; std::uint64_t gpus = 0; };

// What we decided of a gang that lost nodes or devices: in place of what it held on `from`, which ascend, it holds `to`.
struct NodesSwapped { JobId job; std::vector<NodeId> from; Allocation to; };

// What happened to credits.
struct Booked { ledger::Change change; };

// Their numbers are the wire format (fact.cc): new kinds go at the end.
using Change = std::variant<FleetDeclared, TenantsDeclared, UserDeclared, JobSubmitted, JobHeld, JobReleased, JobCancelled,
                            NodeDrained, NodeResumed, StartOrdered, StopOrdered, NodesReserved, ReservationDropped,
                            Started, StartFailed, Ended, NodeLost, NodeReturned, EstimateExceeded, JobUpdated,
                            ReservationMade, WindowOpened, WindowClosed, DevicesFailed, DevicesReturned, NodesSwapped,
                            Booked>;

struct Fact {
  Time time;
  Change change;
};

// Canonical bytes, for the digest and the journal.
template <class A> void fields(A& archive, Like<FleetDeclared> auto& c) { archive(c.fleet); }
template <class A> void fields(A& archive, Like<TenantsDeclared> auto& c) { archive(c.tenants); }
template <class A> void fields(A& archive, Like<UserDeclared> auto& c) { archive(c.user), archive(c.name); }
template <class A> void fields(A& archive, Like<JobSubmitted> auto& c) { archive(c.job), archive(c.spec); }
template <class A> void fields(A& archive, Like<JobHeld> auto& c) { archive(c.job); }
template <class A> void fields(A& archive, Like<JobReleased> auto& c) { archive(c.job); }
template <class A> void fields(A& archive, Like<JobCancelled> auto& c) {
  archive(c.job);
  if (archive.layout >= Layout::placing) archive(c.outcome);
}
template <class A> void fields(A& archive, Like<NodeDrained> auto& c) {
  archive(c.node), archive(c.reason);
  if (archive.layout >= Layout::faults) archive(c.cause);
}
template <class A> void fields(A& archive, Like<NodeResumed> auto& c) { archive(c.node); }
template <class A> void fields(A& archive, Like<StartOrdered> auto& c) {
  archive(c.job), archive(c.pool), archive(c.allocation);
}
template <class A> void fields(A& archive, Like<StopOrdered> auto& c) {
  archive(c.job), archive(c.outcome);
  if (archive.layout >= Layout::causes) archive(c.why);
}
template <class A> void fields(A& archive, Like<NodesReserved> auto& c) {
  archive(c.job), archive(c.pool), archive(c.from), archive(c.nodes);
}
template <class A> void fields(A& archive, Like<ReservationDropped> auto& c) { archive(c.job), archive(c.cause); }
template <class A> void fields(A& archive, Like<RunTimes> auto& ran) { archive(ran.from), archive(ran.to); }
template <class A> void fields(A& archive, Like<Started> auto& c) {
  archive(c.job);
  if (archive.layout >= Layout::runs) archive(c.at), archive(c.devices);
}
template <class A> void fields(A& archive, Like<StartFailed> auto& c) {
  archive(c.job);
  if (archive.layout >= Layout::runs) archive(c.reason);
}
template <class A> void fields(A& archive, Like<Ended> auto& c) {
  archive(c.job), archive(c.outcome), archive(c.exit_code), archive(c.reason);
  if (archive.layout >= Layout::runs) archive(c.ran);
}
template <class A> void fields(A& archive, Like<NodeLost> auto& c) { archive(c.node); }
template <class A> void fields(A& archive, Like<NodeReturned> auto& c) { archive(c.node); }
template <class A> void fields(A& archive, Like<EstimateExceeded> auto& c) { archive(c.job); }
template <class A> void fields(A& archive, Like<JobUpdated> auto& c) {
  archive(c.job), archive(c.time_limit), archive(c.priority), archive(c.name);
}
template <class A> void fields(A& archive, Like<ReservationMade> auto& c) {
  archive(c.job), archive(c.pool), archive(c.from), archive(c.allocation), archive(c.promise);
}
template <class A> void fields(A& archive, Like<WindowOpened> auto& c) { archive(c.window); }
template <class A> void fields(A& archive, Like<WindowClosed> auto& c) { archive(c.window), archive(c.cause); }

template <class A> void fields(A& archive, Like<DevicesFailed> auto& c) {
  archive(c.node), archive(c.gpus), archive(c.reason);
}
template <class A> void fields(A& archive, Like<DevicesReturned> auto& c) { archive(c.node), archive(c.gpus); }
template <class A> void fields(A& archive, Like<NodesSwapped> auto& c) {
  archive(c.job), archive(c.from), archive(c.to);
}
template <class A> void fields(A& archive, Like<Booked> auto& c) { archive(c.change); }

// clang-format on

// A change is written in the oldest layout that can say it, so that whatever was written once is written so again; the
// kind of a change that has grown has a second number for the newer layout.
void fields(ByteWriter& writer, const Fact& fact);
void fields(ByteReader& reader, Fact& fact);

}  // namespace dure

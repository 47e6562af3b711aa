// What readers see of everything: one moment, published by the loop and never changed. Any number of threads may read
// it while the loop goes on.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dure/api/paged.h"
#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/core/harm.h"
#include "dure/core/reservation.h"
#include "dure/fleet/fleet.h"
#include "dure/ledger/ledger.h"
#include "dure/tenancy/tenants.h"
#include "dure/tenancy/usage.h"
#include "dure/work/job.h"
#include "dure/work/shape.h"
#include "dure/work/window.h"

namespace dure::api {

// A job, also for a while after its end.
struct JobRow {
  Job job;  // with state `ended` and its last allocation, once it has ended
  Shape shape;
  std::vector<Dependency> after;
  std::optional<Reservation> promise;    // none of one that has ended
  Outcome outcome = Outcome::completed;  // of an ended job, as the next three
  std::int32_t exit_code = 0;
  std::string reason;
  Time ended;
  std::string start_failed;            // why its last start came to nothing, where it has not run since
  std::vector<std::uint64_t> devices;  // by place in its allocation, those that its engine chose; empty: those ordered
  // Of one whose account is kept, as the next.
  std::optional<ledger::Hold> hold;           // what is set aside for it
  std::optional<ledger::Settlement> settled;  // of the last run of an ended one
};

template <class Archive>
void fields(Archive& archive, Like<JobRow> auto& row) {
  archive(row.job);
  archive(row.shape);
  archive(row.after);
  archive(row.promise);
  archive(row.outcome);
  archive(row.exit_code);
  archive(row.reason);
  archive(row.ended);
  archive(row.start_failed);
  archive(row.devices);
}

struct NodeRow {
  bool is_lost = false;
  bool is_drained = false;
  std::string reason;      // of the drain, or of the last device that failed
  std::uint64_t sick = 0;  // devices that failed, as a mask
  std::int64_t gpu_held_milli = 0;
  std::int64_t cpu_held_milli = 0;
  std::int64_t memory_held_mib = 0;
  std::vector<JobId> jobs;      // that hold something here, ascending
  std::vector<JobId> promised;  // that are promised something here, ascending
  // Free thousandths by device, where some device is partly free: now, and for work that stays.
  std::vector<std::int16_t> devices_now;
  std::vector<std::int16_t> devices_lasting;
};

// What is free on a node; never below zero.
struct FreeRoom {
  std::int64_t cpu_milli = 0;
  std::int64_t memory_mib = 0;
  std::uint64_t idle = 0;  // devices that are wholly free
};

// Of a node, what a scan of all nodes reads.
struct NodeRoom {
  FreeRoom now;
  FreeRoom lasting;  // for work that stays: now, and at the time of each promise on the node
  bool is_lost = false;
  bool is_drained = false;
  bool is_shared = false;    // some device is partly free: the NodeRow has them
  bool is_promised = false;  // in part, to somebody
  // Devices that failed and take no new work, which are not in the above; and those of them that nobody holds.
  std::uint64_t sick = 0;
  std::uint64_t sick_idle = 0;

  bool takes_work() const { return !is_lost && !is_drained; }
};

// Rooms of nodes whose ids follow each other, side by side.
constexpr std::size_t nodes_per_group = 64;
using NodeRooms = std::array<NodeRoom, nodes_per_group>;

// What a pool's jobs have to do with time.
struct PoolOutlook {
  static constexpr std::size_t most_ends = 64;

  std::uint64_t promises = 0;
  std::int64_t promised_milli = 0;                     // in the pool's unit
  std::vector<std::pair<Time, JobId>> first_promises;  // the earliest two
  std::vector<std::pair<Time, JobId>> first_ends;      // of those that hold something, the first by time limits
  std::int64_t leaving_milli = 0;                      // held by jobs that are being stopped
  std::uint64_t moves = 0;                             // of the promises: to jobs that are moved there
};

// How many jobs are pending on one page of them.
struct PendingCounts {
  struct Entry {
    TenantId tenant;
    std::int32_t priority = 0;
    std::uint32_t jobs = 0;
  };
  std::vector<Entry> entries;  // by tenant, then priority
};

// What a tenant has to do with a pool, those below it included. Amounts in thousandths of the pool's unit.
struct TenantUse {
  std::int64_t held_milli = 0;
  std::uint64_t running = 0;  // jobs that hold devices
  std::uint64_t pending = 0;  // jobs that wait, of whatever pool: in the row of the first pool
  std::uint64_t ended = 0;
  // Integral of what was held over time, of runs that have ended: milli x ns.
  Wide used = 0;
  EvictionHarm by_eviction;
  Harm by_node_loss;
  // Of runs that go on: what they hold, and the sum of that times the instant of their start.
  std::int64_t going_milli = 0;
  Wide going_from = 0;

  // With what goes on, up to `now`: milli x ns. Requires that no start is after it.
  Wide used_by(Time now) const { return used + (Wide{now.ns} * going_milli - going_from); }
};

// What of the ledger changes rarely.
struct LedgerFrame {
  Duration zone;
  ledger::Month open_month;  // of the loans that are being noted
  std::vector<std::string> kinds;
  std::vector<ledger::RateTable> rates;  // ascending; the first is what holds now
  std::vector<ledger::Programme> programmes;
  std::vector<ledger::Call> calls;
  std::vector<ledger::PoolEntry> pools;
  std::vector<std::string> parties;
  std::vector<std::optional<AccountId>> account_of;  // by TenantId: which pays for its jobs
  std::vector<std::uint32_t> pool_of;                // by PoolId: its place in `pools`

  ledger::Micro rate_in(PoolId pool) const {
    const std::vector<ledger::Micro>& per_hour = rates.front().per_hour;
    const std::uint32_t kind = pools[pool_of[pool.index()]].kind;
    return kind < per_hour.size() ? per_hour[kind] : 0;
  }
};

struct View {
  std::uint64_t sequence = 0;  // of the last fact in it
  Time now;
  std::shared_ptr<const Fleet> fleet;                     // shared by all publications, as the next
  std::shared_ptr<const Tenants> tenants;                 // until they are declared anew
  std::uint64_t estate_version = 0;                       // how often they were
  std::shared_ptr<const std::vector<std::string>> users;  // by UserId
  Pages<JobRow> jobs;                                     // by JobId
  Pages<PendingCounts> pending_on;                        // by page of jobs
  Pages<NodeRow> nodes;                                   // by NodeId
  Pages<NodeRooms> rooms;                                 // by NodeId / nodes_per_group
  std::shared_ptr<const std::vector<PoolOutlook>> pools;  // by PoolId
  std::shared_ptr<const std::vector<TenantUse>> use;      // by TenantId, PoolId
  std::shared_ptr<const std::vector<Window>> windows;     // that are not over, the next first
  std::shared_ptr<const LedgerFrame> ledger;              // shared likewise; null until rates are declared
  Pages<ledger::Account> accounts;                        // by AccountId
  Pages<ledger::Grant> grants;                            // by GrantId
  Pages<ledger::Application> applications;                // by ApplicationId
  Pages<ledger::LoanBook> loan_books;                     // by the ledger's number of the pool
  Pages<ledger::Loan> loans;  // of months that are over, and what was taken back of this one
  JobId next_job;             // the first that was not given out yet
  std::uint64_t pending = 0;
  std::uint64_t running = 0;

  // Requires a node of the fleet.
  const NodeRoom& room_of(NodeId node) const {
    return (*rooms.find(node.index() / nodes_per_group))[node.index() % nodes_per_group];
  }
  const TenantUse& use_of(TenantId tenant, PoolId pool) const {
    return (*use)[tenant.index() * fleet->pools().size() + pool.index()];
  }
};

}  // namespace dure::api

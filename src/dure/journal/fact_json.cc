#include "dure/journal/fact_json.h"

#include <array>
#include <boost/json.hpp>
#include <variant>

#include "dure/base/overload.h"
#include "dure/fleet/room.h"
#include "dure/journal/booking_json.h"
#include "dure/journal/printable.h"

namespace dure {
namespace {

namespace json = boost::json;

// In the order of Change.
constexpr std::array<std::string_view, std::variant_size_v<Change>> kinds{
    "FleetDeclared",      "TenantsDeclared", "UserDeclared",    "JobSubmitted", "JobHeld",      "JobReleased",
    "JobCancelled",       "NodeDrained",     "NodeResumed",     "StartOrdered", "StopOrdered",  "NodesReserved",
    "ReservationDropped", "Started",         "StartFailed",     "Ended",        "NodeLost",     "NodeReturned",
    "EstimateExceeded",   "JobUpdated",      "ReservationMade", "WindowOpened", "WindowClosed", "DevicesFailed",
    "DevicesReturned",    "NodesSwapped",    "Booked"};

constexpr std::array<std::string_view, 7> drop_causes{"node_gone", "limit",  "improved", "job_gone",
                                                      "reclaimed", "window", "preempted"};
constexpr std::array<std::string_view, 7> promises{"backfill", "reclaim",    "keep",    "preempt",
                                                   "move",     "defragment", "fairness"};
static_assert(promises.size() == static_cast<std::size_t>(last_of(Promise{})) + 1);
static_assert(drop_causes.size() == static_cast<std::size_t>(last_of(DropCause{})) + 1);

json::array numbers(const auto& ids) {
  json::array array;
  for (const auto& id : ids) array.push_back(id.value);
  return array;
}

json::array nodes_of(const Allocation& allocation) {
  json::array array;
  for (const Placement& placement : allocation) {
    array.push_back(json::object{{"node", placement.node.value},
                                 {"tasks", placement.tasks},
                                 {"gpus", placement.gpus},
                                 {"gpu_milli", placement.gpu_milli}});
  }
  return array;
}

void add(json::object& out, const FleetDeclared& c) {
  out["fleet"] = printable(c.fleet.name);
  out["sites"] = c.fleet.sites.size();
}
void add(json::object& out, const TenantsDeclared& c) { out["roots"] = c.tenants.roots.size(); }
void add(json::object& out, const UserDeclared& c) {
  out["user"] = c.user.value;
  out["name"] = printable(c.name);
}
void add(json::object& out, const JobSubmitted& c) {
  out["job"] = c.job.value;
  out["name"] = printable(c.spec.name);
  out["tenant"] = c.spec.tenant.value;
  out["user"] = c.spec.user.value;
  out["tasks"] = c.spec.shape.tasks_max;
  out["gpu_milli"] = c.spec.shape.per_task.gpu_milli;
  out["time_limit"] = to_text(c.spec.time_limit);
}
void add(json::object& out, const JobCancelled& c) {
  out["job"] = c.job.value;
  if (c.outcome != Outcome::cancelled) out["outcome"] = to_text(c.outcome);
}
void add(json::object& out, const StartOrdered& c) {
  out["job"] = c.job.value;
  out["pool"] = c.pool.value;
  out["allocation"] = nodes_of(c.allocation);
}
void add(json::object& out, const StopOrdered& c) {
  out["job"] = c.job.value;
  out["outcome"] = to_text(c.outcome);
  if (c.why == StopReason{}) return;
  out["cause"] = to_text(c.why.cause);
  if (c.why.beneficiary) out["beneficiary"] = c.why.beneficiary->value;
  out["cost_s"] = c.why.cost_s;
}
void add(json::object& out, const NodesReserved& c) {
  out["job"] = c.job.value;
  out["pool"] = c.pool.value;
  out["from"] = to_text(c.from);
  out["nodes"] = numbers(c.nodes);
}
void add(json::object& out, const ReservationMade& c) {
  out["job"] = c.job.value;
  out["pool"] = c.pool.value;
  out["from"] = to_text(c.from);
  out["allocation"] = nodes_of(c.allocation);
  out["promise"] = promises[static_cast<std::size_t>(c.promise)];
}
void add(json::object& out, const ReservationDropped& c) {
  out["job"] = c.job.value;
  out["cause"] = drop_causes[static_cast<std::size_t>(c.cause)];
}
void add(json::object& out, const Started& c) {
  out["job"] = c.job.value;
  if (c.at) out["at"] = to_text(*c.at);
  if (!c.devices.empty()) out["devices"] = json::array(c.devices.begin(), c.devices.end());
}
void add(json::object& out, const StartFailed& c) {
  out["job"] = c.job.value;
  if (!c.reason.empty()) out["reason"] = printable(c.reason);
}
void add(json::object& out, const Ended& c) {
  out["job"] = c.job.value;
  out["outcome"] = to_text(c.outcome);
  if (c.exit_code != 0) out["exit_code"] = c.exit_code;
  if (!c.reason.empty()) out["reason"] = printable(c.reason);
  if (c.ran) {
    out["from"] = to_text(c.ran->from);
    out["to"] = to_text(c.ran->to);
  }
}
void add(json::object& out, const NodeDrained& c) {
  out["node"] = c.node.value;
  if (!c.reason.empty()) out["reason"] = printable(c.reason);
  if (c.cause == DrainCause::quarantine) out["cause"] = "quarantine";
}
json::array devices_of(std::uint64_t gpus) {
  json::array array;
  for_each_device(gpus, [&](std::uint32_t device) { array.push_back(device); });
  return array;
}
void add(json::object& out, const DevicesFailed& c) {
  out["node"] = c.node.value;
  out["gpus"] = devices_of(c.gpus);
  if (!c.reason.empty()) out["reason"] = printable(c.reason);
}
void add(json::object& out, const DevicesReturned& c) {
  out["node"] = c.node.value;
  out["gpus"] = devices_of(c.gpus);
}
void add(json::object& out, const NodesSwapped& c) {
  out["job"] = c.job.value;
  out["from"] = numbers(c.from);
  out["to"] = nodes_of(c.to);
}
void add(json::object& out, const JobUpdated& c) {
  out["job"] = c.job.value;
  if (c.time_limit) out["time_limit"] = to_text(*c.time_limit);
  if (c.priority) out["priority"] = *c.priority;
  if (c.name) out["name"] = printable(*c.name);
}
void add(json::object& out, const WindowOpened& c) {
  out["window"] = c.window.id.value;
  out["name"] = printable(c.window.name);
  out["purpose"] = to_text(c.window.purpose);
  out["nodes"] = numbers(c.window.nodes);
  out["from"] = to_text(c.window.from);
  out["until"] = to_text(c.window.until);
  if (c.window.tenant) out["tenant"] = c.window.tenant->value;
  if (!c.window.reason.empty()) out["reason"] = printable(c.window.reason);
}
void add(json::object& out, const WindowClosed& c) {
  out["window"] = c.window.value;
  out["cause"] = to_text(c.cause);
}
void add(json::object& out, const Booked& c) { add_booking(out, c.change); }
// All others are about one job or one node.
void add(json::object& out, const auto& c) {
  if constexpr (requires { c.job; }) {
    out["job"] = c.job.value;
  } else {
    out["node"] = c.node.value;
  }
}

}  // namespace

std::string_view kind_name(const Change& change) {
  if (const auto* booked = std::get_if<Booked>(&change)) return ledger::name_of(booked->change);
  return kinds[change.index()];
}

std::string to_json(std::uint64_t sequence, const Fact& fact) {
  json::object out{{"sequence", sequence}, {"time", to_text(fact.time)}, {"ns", fact.time.ns}};
  out["fact"] = kind_name(fact.change);
  std::visit([&](const auto& change) { add(out, change); }, fact.change);
  return json::serialize(out);
}

}  // namespace dure

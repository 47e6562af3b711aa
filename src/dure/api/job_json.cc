#include "dure/api/job_json.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "dure/api/ledger_json.h"
#include "dure/fleet/folded_nodes.h"
#include "dure/fleet/room.h"

namespace dure::api {
namespace {

namespace json = boost::json;

const char* to_text(After kind) {
  switch (kind) {
    case After::ok:
    case After::array_ok: return "ok";
    case After::any:
    case After::array_any: return "any";
    case After::not_ok:
    case After::array_not_ok: return "not_ok";
  }
  return "?";
}

json::object member_json(const ArrayMember& member) { return {{"job", member.array.value}, {"index", member.index}}; }

json::object per_task_json(const Demand& demand) {
  json::object out;
  if (demand.gpu_milli > 0) out["gpus"] = amount_json(demand.gpu_milli);
  if (demand.cpu_milli > 0) out["cpus"] = amount_json(demand.cpu_milli);
  if (demand.memory_mib > 0) out["memory_mib"] = demand.memory_mib;
  return out;
}

// Where its tasks may lie, as far as that is not anywhere in a pool.
void add_placing(const Shape& shape, json::object& out) {
  const auto name = [](Level level) { return json::string_view(dure::to_text(level)); };
  if (shape.within != Level::site) out["within"] = name(shape.within);
  if (shape.prefer != Level::site) out["prefer"] = name(shape.prefer);
  if (shape.segments.of > 0) {
    out["segments"] = {{"of", shape.segments.of}, {"within", name(shape.segments.within)}};
  }
  if (shape.spread.most > 0) out["spread"] = {{"most", shape.spread.most}, {"over", name(shape.spread.over)}};
}

void add_allocation(const View& view, const JobRow& row, json::object& out) {
  const Job& job = row.job;
  if (job.allocation.empty()) return;
  out["pool"] = view.fleet->pool(job.pool).path;
  out["where"] = folded_nodes(*view.fleet, job.allocation);
  json::array devices;
  for (std::size_t i = 0; i < job.allocation.size(); ++i) {
    const Placement& placement = job.allocation[i];
    for_each_device(i < row.devices.size() ? row.devices[i] : placement.gpus, [&](std::uint32_t device) {
      devices.push_back({{"node", view.fleet->node_name(placement.node)},
                         {"gpu", device},
                         {"share", amount_json(placement.gpu_milli)}});
    });
  }
  if (!devices.empty()) out["devices"] = std::move(devices);
}

std::string eviction_text(StopCause cause, const std::string& whom) {
  switch (cause) {
    case StopCause::asked: return "evicted as an operator asked for it";
    case StopCause::reclaim: return fmt::format("evicted for {}, which is within its tenant's guarantee", whom);
    case StopCause::preempt: return fmt::format("evicted for {}, which has a higher priority", whom);
    case StopCause::fairness: return fmt::format("evicted for {}, whose tenant has had less than its part", whom);
    case StopCause::window: return "evicted as its devices are kept free for a window";
    case StopCause::defragment: return fmt::format("moved so that {} finds room in one piece", whom);
    case StopCause::fault: return "moved as a node or a GPU that it held has failed";
    case StopCause::shrink: return fmt::format("goes on with fewer tasks, to make room for {}", whom);
  }
  return "";
}

void add_hold(const JobRow& row, json::object& out) {
  if (row.job.state != JobState::held) return;
  out["held_by"] = row.job.is_user_held ? "user" : "dependency";
}

// Nobody ended one that expired, so nobody has said why.
std::string reason_of(const JobRow& row) {
  if (!row.reason.empty() || row.outcome != Outcome::expired) return row.reason;
  const auto start_by = row.job.start_by;
  return start_by && *start_by <= row.ended ? "it had not begun by " + dure::to_text(*start_by)
                                            : "its window was over before it could run";
}

// When its last run came to an end that was not its own, of one that has not started again since.
std::optional<Time> interrupted(const Job& job) {
  const bool is_unknown = job.holds_devices() || job.evictions == 0 || job.started < job.ordered;
  return is_unknown || job.stopped < job.started ? std::nullopt : std::optional(job.stopped);
}

void add_end(const JobRow& row, json::object& out) {
  if (row.job.state != JobState::ended) return;
  out["outcome"] = to_text(row.outcome);
  // Who never ran came to none.
  if (row.job.holds_devices() && row.outcome != Outcome::expired) out["exit_code"] = row.exit_code;
  if (std::string reason = reason_of(row); !reason.empty()) out["reason"] = std::move(reason);
  out["ended"] = dure::to_text(row.ended);
}

}  // namespace

json::object dependency_json(const Dependency& dependency) {
  json::object out{{"kind", to_text(dependency.kind)}, {"job", dependency.job.value}};
  if (is_of_array(dependency.kind)) out["array"] = true;
  return out;
}

json::object to_json(const EndedJob& job) {
  json::object out{{"id", job.id.value},
                   {"name", job.name},
                   {"tenant", job.tenant},
                   {"user", job.user},
                   {"state", "ended"},
                   {"outcome", dure::to_text(job.outcome)},
                   {"submitted", dure::to_text(job.submitted)},
                   {"ended", dure::to_text(job.ended)}};
  if (!job.pool.empty() && job.outcome != Outcome::expired) out["exit_code"] = job.exit_code;
  if (job.array) out["array"] = member_json(*job.array);
  if (!job.reason.empty()) out["reason"] = job.reason;
  if (!job.pool.empty()) out["pool"] = job.pool;
  if (!job.where.empty()) out["where"] = job.where;
  if (job.started) out["started"] = dure::to_text(*job.started);
  if (job.evictions > 0) out["evictions"] = job.evictions;
  return out;
}

void redact(json::object& job, Seen seen) {
  static constexpr std::array opaque{"id",    "array",     "state",        "outcome",       "tasks",       "per_task",
                                     "pool",  "where",     "devices",      "submitted",     "eviction",    "started",
                                     "ended", "evictions", "time_limit_s", "promised_from", "interrupted", "forecast"};
  if (!seen.has_place) {
    for (const char* key : {"pool", "where", "devices", "reasons", "reason_codes", "after"}) job.erase(key);
  }
  if (seen.sight < Sight::full) job.erase("reason");  // it names files, and what the job did
  if (seen.sight >= Sight::status) return;
  json::object left;
  for (const char* key : opaque) {
    if (const json::value* value = job.if_contains(key)) left[key] = *value;
  }
  job = std::move(left);
}

json::value amount_json(std::int64_t milli) {
  if (milli % whole == 0) return milli / whole;
  return static_cast<double>(milli) / static_cast<double>(whole);
}

json::object eviction_json(const View& view, const Job& job, Beneficiary beneficiary) {
  const StopReason& why = job.last_eviction;
  const double hours = static_cast<double>(why.cost_s) / 3600;
  json::object out{{"cause", dure::to_text(why.cause)}, {"at_stake_hours", hours}};
  std::string whom = "another job";
  if (beneficiary.row != nullptr) {
    out["job"] = beneficiary.row->job.id.value;
    whom = fmt::format("job {}", beneficiary.row->job.id.value);
  }
  if (beneficiary.row != nullptr && beneficiary.sight >= Sight::status) {
    const std::string& tenant = (*view.tenants)[beneficiary.row->job.tenant].path;
    out["tenant"] = tenant;
    whom += " of tenant " + tenant;
  }
  std::string detail = eviction_text(why.cause, whom);
  if (why.cost_s > 0) {
    const char* unit = view.fleet->pool(job.pool).has_gpus() ? "GPU" : "CPU";
    detail += fmt::format("; {:.2f} {}-hours of work {} were at stake", hours, unit,
                          job.checkpoint && job.requeues ? "since its last checkpoint" : "that it had done");
  }
  out["detail"] = std::move(detail);
  return out;
}

const char* unit_of(const Pool& pool) { return pool.has_gpus() ? "GPUs" : "CPUs"; }

json::object to_json(const View& view, const JobRow& row) {
  const Job& job = row.job;
  json::object out;
  out["id"] = job.id.value;
  if (job.array) out["array"] = member_json(*job.array);
  out["name"] = job.name;
  out["tenant"] = (*view.tenants)[job.tenant].path;
  out["user"] = (*view.users)[job.user.index()];
  out["state"] = dure::to_text(job.state);
  add_end(row, out);
  out["priority"] = job.priority;
  out["tasks"] = {{"min", row.shape.tasks_min}, {"max", row.shape.tasks_max}};
  out["per_task"] = per_task_json(row.shape.per_task);
  add_placing(row.shape, out);
  json::array pools;
  for (const PoolId pool : row.shape.pools) pools.emplace_back(view.fleet->pool(pool).path);
  if (!pools.empty()) out["pools"] = std::move(pools);
  if (row.shape.window) {
    for (const Window& window : *view.windows) {
      if (window.id == *row.shape.window) out["window"] = window.name;
    }
  }
  add_allocation(view, row, out);
  out["submitted"] = dure::to_text(job.submitted);
  if (job.started.ns > 0 && job.started >= job.submitted) out["started"] = dure::to_text(job.started);
  if (const auto when = interrupted(job)) out["interrupted"] = dure::to_text(*when);
  out["time_limit_s"] = job.time_limit.whole_seconds();
  if (job.start_by) out["start_by"] = dure::to_text(*job.start_by);
  if (job.evictions > 0) out["evictions"] = job.evictions;
  if (job.hot_swap) out["hot_swap"] = true;
  if (job.swaps > 0) out["swaps"] = job.swaps;
  if (!row.start_failed.empty()) out["start_failed"] = row.start_failed;
  if (job.failures > 0) out["failures"] = job.failures;
  if (job.state == JobState::pending && job.not_before > view.now) out["not_before"] = dure::to_text(job.not_before);
  if (row.promise) out["promised_from"] = dure::to_text(row.promise->from);
  json::array after;
  for (const Dependency& dependency : row.after) after.push_back(dependency_json(dependency));
  if (!after.empty() && job.state == JobState::held) out["after"] = std::move(after);
  add_hold(row, out);
  if (auto credits = job_credits_json(row)) out["credits"] = std::move(*credits);
  return out;
}

}  // namespace dure::api

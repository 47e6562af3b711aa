// Which changes may happen now. What comes from outside passes here before it becomes a fact.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "dure/base/overload.h"
#include "dure/core/rack_rules.h"
#include "dure/core/state.h"
#include "dure/core/window_limits.h"

namespace dure {
namespace {

Result<void> no_such_job(JobId job) {
  return fail(Code::not_found, fmt::format("job {} does not exist or has ended", job.value));
}

Result<void> no_such_array(JobId first) {
  return fail(Code::not_found, fmt::format("array {} does not exist or has ended", first.value));
}

Result<void> bad_time_limit() {
  return fail(Code::invalid_argument, "the time limit must be above zero and at most a hundred years");
}

bool demand_is_valid(const Demand& demand) {
  if (demand.gpu_milli < 0 || demand.cpu_milli < 0 || demand.memory_mib < 0) return false;
  if (demand.gpu_milli == 0 && demand.cpu_milli == 0 && demand.memory_mib == 0) return false;
  return demand.gpu_milli < whole || demand.gpu_milli % whole == 0;
}

// Where its tasks may lie must make sense before it is asked whether they fit.
Result<void> check_rule(const Shape& shape) {
  const Segments& segments = shape.segments;
  if (segments.of > 0 && shape.spread.most > 0) {
    return fail(Code::invalid_argument, "a job is divided in segments or spread, not both; leave one out");
  }
  if (const auto ruled = shape.placing().ruled_level(); ruled && *ruled >= shape.within) {
    return fail(Code::invalid_argument,
                fmt::format("the level of the job's {} is {}, and must be below {}, which all of it is within",
                            segments.of > 0 ? "segments" : "spread", to_text(*ruled), to_text(shape.within)));
  }
  for (const std::uint32_t tasks : {shape.tasks_min, shape.tasks_max}) {
    if (segments.whole_groups_of(tasks) == tasks) continue;
    return fail(Code::invalid_argument,
                fmt::format("{} tasks cannot be divided in segments of {}; ask for a multiple", tasks, segments.of));
  }
  return {};
}

}  // namespace

Result<void> State::check_submission(const JobSubmitted& change) const {
  const Shape& shape = change.spec.shape;
  if (change.job < next_job_) {
    return fail(Code::invalid_argument, fmt::format("job id {} has been given out already", change.job.value));
  }
  if (change.spec.tenant.index() >= tenants_.size()) return fail(Code::not_found, "no such tenant");
  if (!tenants_[change.spec.tenant].children.empty()) {
    return fail(Code::invalid_argument, fmt::format("tenant {} has tenants below it; submit to one of those",
                                                    tenants_[change.spec.tenant].path));
  }
  if (change.spec.user.index() >= users_.size()) return fail(Code::not_found, "no such user");
  if (shape.tasks_min < 1 || shape.tasks_min > shape.tasks_max || !demand_is_valid(shape.per_task)) {
    return fail(Code::invalid_argument,
                "a job needs at least one task, and a task a share of one GPU, whole GPUs, CPUs or memory");
  }
  if (auto checked = check_rule(shape); !checked) return checked;
  if (change.spec.checkpoint && change.spec.checkpoint->every.ns <= 0) {
    return fail(Code::invalid_argument, "checkpoints must be some time apart");
  }
  if (change.spec.checkpoint && change.spec.checkpoint->grace > longest_grace) {
    return fail(Code::invalid_argument, "the grace of a checkpoint is at most an hour");
  }
  if (change.spec.time_limit.ns <= 0 || change.spec.time_limit > longest_duration) {
    return bad_time_limit();
  }
  if (change.spec.hot_swap && !change.spec.requeues) {
    return fail(Code::invalid_argument,
                "a job that does not start again cannot go on after a hot swap either; leave out one of the two");
  }
  if (change.spec.start_by && *change.spec.start_by <= now_) {
    return fail(Code::invalid_argument, fmt::format("the job is to start by {}, and that has passed; give it more time",
                                                    to_text(*change.spec.start_by)));
  }
  if (std::adjacent_find(shape.pools.begin(), shape.pools.end(), std::greater_equal()) != shape.pools.end()) {
    return fail(Code::invalid_argument, "the pools of a job must be named in order, each once");
  }
  if (std::any_of(shape.pools.begin(), shape.pools.end(),
                  [&](PoolId pool) { return pool.index() >= fleet_.pools().size(); })) {
    return fail(Code::invalid_argument, "the job names a pool that does not exist");
  }
  for (const Dependency& dependency : change.spec.after) {
    if (is_of_array(dependency.kind) && !arrays_.contains(dependency.job)) return no_such_array(dependency.job);
    if (!is_of_array(dependency.kind) && jobs_.find(dependency.job) == nullptr) return no_such_job(dependency.job);
  }
  if (auto checked = check_naming(change.spec); !checked) return checked;
  if (auto checked = check_isolation(change.spec); !checked) return checked;
  return check_fits(change.spec);
}

// Of when an engine says that a run was.
Result<void> State::check_times(JobId id, Time from, Time to) const {
  if (to < from) {
    return fail(Code::invalid_argument, fmt::format("job {} cannot have ended at {}, before it began at {}", id.value,
                                                    to_text(to), to_text(from)));
  }
  if (jobs_[id].ordered - from < seconds(1)) return {};
  return fail(Code::invalid_argument, fmt::format("job {} cannot have begun at {}: it was to start at {}", id.value,
                                                  to_text(from), to_text(jobs_[id].ordered)));
}

// The devices that an engine chose are as many as it was told, on each node.
Result<void> State::check_chosen(const Started& change) const {
  const Allocation& ordered = jobs_[change.job].allocation;
  const auto are_as_many = [](std::uint64_t chosen, const Placement& placement) {
    return std::popcount(chosen) == std::popcount(placement.gpus);
  };
  const bool is_whole =
      std::equal(change.devices.begin(), change.devices.end(), ordered.begin(), ordered.end(), are_as_many);
  if (change.devices.empty() || is_whole) return {};
  return fail(Code::invalid_argument,
              fmt::format("job {} was to have other numbers of devices than its engine chose", change.job.value));
}

// Of what an engine says of single devices.
Result<void> State::check_devices(NodeId node, std::uint64_t gpus) const {
  if (node.index() >= health_.size()) return fail(Code::not_found, fmt::format("node {} does not exist", node.value));
  const std::uint32_t has = fleet_.pool(fleet_.pool_of(node)).spec.gpus_per_node;
  if (gpus != 0 && (gpus & ~all_devices(has)) == 0) return {};
  return fail(Code::invalid_argument,
              fmt::format("node {} has {} GPUs; name some of these, and no others", fleet_.node_name(node), has));
}

// Whether the job could start on an idle fleet. O(pools).
Result<void> State::check_fits(const JobSpec& spec) const {
  const Shape& shape = spec.shape;
  const Duration grace = spec.checkpoint ? spec.checkpoint->grace : Duration{};
  bool fits_empty = false;
  std::optional<Duration> allowed;  // of grace, where the pool lends so much
  for (std::size_t i = 0; i < fleet_.pools().size(); ++i) {
    const PoolId pool = id_of<PoolTag>(i);
    if (!is_eligible(shape, pool) || !fits_window(shape, pool)) continue;
    fits_empty = true;
    const std::int64_t wanted = amount(shape, pool, shape.tasks_min);
    const bool is_free = may_borrow(grace, pool) || shape.window;
    const bool has_ground = is_free || fits_beside_kept_racks(tenants_, fleet_, pool, spec.tenant, shape);
    if (wanted <= most_ever(spec.tenant, grace, pool) && has_ground) return {};
    if (wanted > most_ever(spec.tenant, {}, pool)) continue;
    allowed = std::max(allowed.value_or(Duration{}), most_grace_of_loans(pool));
  }
  if (allowed) {
    return fail(
        Code::invalid_argument,
        fmt::format("checkpoint.grace: found {}, and the job's pools lend only what they get back sooner; write "
                    "at most {}, or ask for what the tenant's guarantee holds",
                    to_text(grace), to_text(*allowed)));
  }
  const char* const larger_than = shape.window ? "larger than the window it names" : "larger than the fleet";
  return fail(Code::invalid_argument, fits_empty ? "larger than the tenant's limit" : larger_than);
}

// The tree may change while work goes on, but for the tenants that have some.
Result<void> State::check_tenants(const TenantsSpec& spec) const {
  if (fleet_.pools().empty()) return fail(Code::invalid_argument, "declare the fleet before the tenants");
  if (auto checked = check_racks(spec, fleet_); !checked) return checked;
  if (tenants_.size() == 0) return {};
  if (spec.half_life != tenants_.spec().half_life) {
    return fail(Code::invalid_argument, fmt::format("the half-life is {}, and cannot be changed once there are tenants",
                                                    to_text(tenants_.spec().half_life)));
  }
  const Tenants next(spec, fleet_.pool_paths());
  if (auto checked = check_windows_of(*this, next); !checked) return checked;
  for (JobId id : jobs_.sorted_ids()) {
    const std::string& path = tenants_[jobs_[id].tenant].path;
    const auto found = next.find(path);
    if (!found || !next[*found].children.empty()) {
      return fail(Code::invalid_argument,
                  fmt::format("tenant {} has job {}: it must stay, without tenants below it, until that has ended",
                              path, id.value));
    }
  }
  return {};
}

Result<void> State::check(const Change& change) const {
  const auto needs_state = [&](JobId id, auto... allowed) -> Result<void> {
    const Job* job = jobs_.find(id);
    if (job == nullptr) return no_such_job(id);
    if (((job->state == allowed) || ...)) return {};
    return fail(Code::invalid_argument, fmt::format("job {} is {}", id.value, to_text(job->state)));
  };
  const auto needs_node = [&](NodeId node) -> Result<void> {
    if (node.index() < health_.size()) return {};
    return fail(Code::not_found, fmt::format("node {} does not exist", node.value));
  };
  const auto fresh = [&](bool is_fresh, const char* what) -> Result<void> {
    if (is_fresh) return {};
    return fail(Code::invalid_argument, fmt::format("the {} already declared", what));
  };
  using enum JobState;
  return std::visit(
      Overload{
          [&](const FleetDeclared& c) { return check_fleet(c.fleet); },
          [&](const TenantsDeclared& c) { return check_tenants(c.tenants); },
          [&](const UserDeclared& c) { return fresh(c.user.index() == users_.size(), "user is"); },
          [&](const JobSubmitted& c) { return check_submission(c); },
          [&](const JobHeld& c) -> Result<void> {
            const Job* job = jobs_.find(c.job);
            if (job == nullptr || !job->is_user_held) return needs_state(c.job, pending, held);
            return fail(Code::invalid_argument, fmt::format("job {} is held already", c.job.value));
          },
          [&](const JobReleased& c) -> Result<void> {
            const Job* job = jobs_.find(c.job);
            if (job == nullptr || job->is_user_held) return needs_state(c.job, held);
            return fail(Code::invalid_argument, fmt::format("job {} is not held", c.job.value));
          },
          [&](const JobCancelled& c) { return needs_state(c.job, pending, held); },
          [&](const NodeDrained& c) { return needs_node(c.node); },
          [&](const NodeResumed& c) { return needs_node(c.node); },
          [&](const StartOrdered& c) { return needs_state(c.job, pending); },
          [&](const StopOrdered& c) {
            // Who is being evicted may be cancelled all the same.
            return c.outcome == Outcome::cancelled ? needs_state(c.job, starting, running, stopping)
                                                   : needs_state(c.job, starting, running);
          },
          [&](const NodesReserved& c) { return needs_state(c.job, pending); },
          [&](const ReservationMade& c) {
            return outlasts_a_stop(c.promise) ? needs_state(c.job, pending, stopping) : needs_state(c.job, pending);
          },
          [&](const ReservationDropped& c) { return needs_state(c.job, pending, stopping); },
          [&](const Started& c) -> Result<void> {
            if (auto checked = needs_state(c.job, starting, stopping); !checked) return checked;
            if (auto checked = check_chosen(c); !checked || !c.at) return checked;
            return check_times(c.job, *c.at, *c.at);
          },
          [&](const StartFailed& c) { return needs_state(c.job, starting); },
          [&](const Ended& c) -> Result<void> {
            const auto checked = needs_state(c.job, starting, running, stopping);
            return !checked || !c.ran ? checked : check_times(c.job, c.ran->from, c.ran->to);
          },
          [&](const NodeLost& c) { return needs_node(c.node); },
          [&](const NodeReturned& c) { return needs_node(c.node); },
          [&](const EstimateExceeded& c) { return needs_state(c.job, starting, running, stopping); },
          [&](const WindowOpened& c) { return check_window(c); },
          [&](const WindowClosed& c) -> Result<void> {
            if (windows_.contains(c.window)) return {};
            return fail(Code::not_found, fmt::format("window {} does not exist, or is over", c.window.value));
          },
          [&](const JobUpdated& c) -> Result<void> {
            if (c.time_limit && (c.time_limit->ns <= 0 || *c.time_limit > longest_duration)) return bad_time_limit();
            if (auto checked = needs_state(c.job, pending, held); !checked || !c.time_limit) return checked;
            const auto& window = shape_of(jobs_[c.job]).window;
            return window ? check_length(*window, *c.time_limit) : Result<void>{};
          },
          [&](const DevicesFailed& c) { return check_devices(c.node, c.gpus); },
          [&](const DevicesReturned& c) { return check_devices(c.node, c.gpus); },
          [&](const NodesSwapped& c) { return needs_state(c.job, running); },
          [&](const Booked& c) { return check(c); },
      },
      change);
}

}  // namespace dure

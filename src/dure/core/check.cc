// Which changes may happen now. What comes from outside passes here before it becomes a fact.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "dure/base/overload.h"
#include "dure/core/state.h"

namespace dure {
namespace {

Result<void> no_such_job(JobId job) {
  return fail(Code::not_found, fmt::format("job {} does not exist or has ended", job.value));
}

bool demand_is_valid(const Demand& demand) {
  if (demand.gpu_milli < 0 || demand.cpu_milli < 0 || demand.memory_mib < 0) return false;
  if (demand.gpu_milli == 0 && demand.cpu_milli == 0 && demand.memory_mib == 0) return false;
  return demand.gpu_milli < whole || demand.gpu_milli % whole == 0;
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
  if (change.spec.checkpoint && change.spec.checkpoint->every.ns <= 0) {
    return fail(Code::invalid_argument, "checkpoints must be some time apart");
  }
  if (change.spec.time_limit.ns <= 0 || change.spec.time_limit > longest_duration) {
    return fail(Code::invalid_argument, "the time limit must be above zero and at most a hundred years");
  }
  if (std::adjacent_find(shape.pools.begin(), shape.pools.end(), std::greater_equal()) != shape.pools.end()) {
    return fail(Code::invalid_argument, "the pools of a job must be named in order, each once");
  }
  if (std::any_of(shape.pools.begin(), shape.pools.end(),
                  [&](PoolId pool) { return pool.index() >= fleet_.pools().size(); })) {
    return fail(Code::invalid_argument, "the job names a pool that does not exist");
  }
  bool fits_empty = false;
  for (std::size_t i = 0; i < fleet_.pools().size(); ++i) {
    const PoolId pool = id_of<PoolTag>(i);
    if (!is_eligible(shape, pool)) continue;
    fits_empty = true;
    bool within_limits = true;
    for (std::optional<TenantId> at = change.spec.tenant; at; at = tenants_[*at].parent) {
      within_limits = within_limits && amount(shape, pool, shape.tasks_min) <= tenants_.quota(*at, pool).limit_milli;
    }
    if (within_limits) return {};
  }
  return fail(Code::invalid_argument, fits_empty ? "larger than the tenant's limit" : "larger than the fleet");
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
  return std::visit(Overload{
                        [&](const FleetDeclared&) { return fresh(fleet_.pools().empty(), "fleet is"); },
                        [&](const TenantsDeclared&) -> Result<void> {
                          if (fleet_.pools().empty())
                            return fail(Code::invalid_argument, "declare the fleet before the tenants");
                          return fresh(tenants_.size() == 0, "tenants are");
                        },
                        [&](const UserDeclared& c) { return fresh(c.user.index() == users_.size(), "user is"); },
                        [&](const JobSubmitted& c) { return check_submission(c); },
                        [&](const JobHeld& c) { return needs_state(c.job, pending); },
                        [&](const JobReleased& c) { return needs_state(c.job, held); },
                        [&](const JobCancelled& c) { return needs_state(c.job, pending, held); },
                        [&](const NodeDrained& c) { return needs_node(c.node); },
                        [&](const NodeResumed& c) { return needs_node(c.node); },
                        [&](const StartOrdered& c) { return needs_state(c.job, pending); },
                        [&](const StopOrdered& c) { return needs_state(c.job, starting, running); },
                        [&](const ReservationMade& c) { return needs_state(c.job, pending); },
                        [&](const ReservationDropped& c) { return needs_state(c.job, pending); },
                        [&](const Started& c) { return needs_state(c.job, starting, stopping); },
                        [&](const StartFailed& c) { return needs_state(c.job, starting); },
                        [&](const Ended& c) { return needs_state(c.job, starting, running, stopping); },
                        [&](const NodeLost& c) { return needs_node(c.node); },
                        [&](const NodeReturned& c) { return needs_node(c.node); },
                        [&](const EstimateExceeded& c) { return needs_state(c.job, starting, running, stopping); },
                    },
                    change);
}

}  // namespace dure

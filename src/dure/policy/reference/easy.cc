#include "dure/policy/reference/easy.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/overload.h"
#include "dure/policy/reference/pending.h"

namespace dure {
namespace {

constexpr NodeId machine{0};

std::int64_t processors_of(const State& state, const Job& job) {
  const Shape& shape = state.shape_of(job);
  return shape.per_task.cpu_milli * shape.tasks_min;
}

}  // namespace

EasyPolicy::EasyPolicy(Backfill backfill, Predict predict) : backfill_(backfill), predict_(std::move(predict)) {}

EasyPolicy::Waiting EasyPolicy::waiting(const State& state, const Job& job) const {
  return {.job = job.id, .processors = processors_of(state, job), .predicted = predict_(job)};
}

void EasyPolicy::observe(const State& state, const Fact& fact) {
  const auto machine_changed = [&] {
    const bool up = state.health(machine).is_available();
    processors_ = up ? state.fleet().pool(PoolId{0}).spec.cpu_milli : 0;
    if (!up) withdraw_all(state);
    pass(fact.time);
  };
  std::visit(Overload{
                 [&](const FleetDeclared&) { rebuild(state); },
                 [&](const JobSubmitted& c) {
                   if (!is_pending(state, c.job)) return;
                   enqueue(state, c.job);
                   const bool worth_a_pass = backfill_ != Backfill::in_queue_order ||
                                             processors_of(state, state.jobs()[c.job]) <= free(fact.time);
                   if (worth_a_pass) pass(fact.time);
                 },
                 [&](const JobReleased& c) {
                   if (is_pending(state, c.job)) enqueue(state, c.job), pass(fact.time);
                 },
                 [&](const JobUpdated& c) {
                   if (is_pending(state, c.job)) drop_pending(c.job), enqueue(state, c.job), pass(fact.time);
                 },
                 [&](const JobHeld& c) { drop_pending(c.job), pass(fact.time); },
                 [&](const JobCancelled& c) {
                   drop_pending(c.job);
                   for (JobId released : state.released()) enqueue(state, released);
                   pass(fact.time);
                 },
                 [&](const StartOrdered& c) { std::erase(to_start_, c.job); },
                 [&](const StartFailed& c) { drop_running(c.job), enqueue(state, c.job), pass(fact.time); },
                 [&](const EstimateExceeded& c) {
                   set_predicted_end(c.job, state.jobs()[c.job].ordered + state.jobs()[c.job].time_limit);
                 },
                 [&](const Ended& c) {
                   drop_running(c.job);
                   if (is_pending(state, c.job)) enqueue(state, c.job);
                   for (JobId released : state.released()) enqueue(state, released);
                   pass(fact.time);
                 },
                 [&](const NodeLost&) { machine_changed(); },
                 [&](const NodeReturned&) { machine_changed(); },
                 [&](const NodeDrained&) { machine_changed(); },
                 [&](const NodeResumed&) { machine_changed(); },
                 [](const auto&) {},
             },
             fact.change);
}

void EasyPolicy::rebuild(const State& state) {
  queue_.clear();
  running_.clear();
  running_sum_ = 0;
  to_start_.clear();
  if (state.fleet().pools().empty()) return;
  processors_ = state.health(machine).is_available() ? state.fleet().pool(PoolId{0}).spec.cpu_milli : 0;
  for (JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    const Waiting entry = waiting(state, job);
    if (job.state == JobState::pending) queue_.push_back(entry);
    if (job.holds_devices()) start(entry, job.ordered);
  }
  to_start_.clear();
}

void EasyPolicy::plan(const State& state, Time, std::vector<Decision>& out) {
  for (JobId id : to_start_) {
    const Shape& shape = state.shape_of(state.jobs()[id]);
    out.push_back(StartOrdered{id, PoolId{0}, {{.node = machine, .tasks = shape.tasks_min}}});
  }
}

void EasyPolicy::enqueue(const State& state, JobId id) {
  const auto place = std::upper_bound(queue_.begin(), queue_.end(), id,
                                      [](JobId job, const Waiting& entry) { return job < entry.job; });
  queue_.insert(place, waiting(state, state.jobs()[id]));
}

// Waiting, or about to start: what was decided in this instant is no fact yet.
void EasyPolicy::drop_pending(JobId id) {
  std::erase_if(queue_, [&](const Waiting& entry) { return entry.job == id; });
  if (std::erase(to_start_, id) > 0) drop_running(id);
}

void EasyPolicy::withdraw_all(const State& state) {
  for (JobId id : to_start_) {
    drop_running(id);
    enqueue(state, id);
  }
  to_start_.clear();
}

void EasyPolicy::drop_running(JobId id) {
  const auto found = std::find_if(running_.begin(), running_.end(), [&](const Running& run) { return run.job == id; });
  DURE_ASSERT(found != running_.end());
  running_sum_ -= found->processors;
  running_.erase(found);
}

void EasyPolicy::set_predicted_end(JobId id, Time end) {
  const auto found = std::find_if(running_.begin(), running_.end(), [&](const Running& run) { return run.job == id; });
  DURE_ASSERT(found != running_.end());
  Running moved = *found;
  running_.erase(found);
  moved.predicted_end = end;
  running_.insert(std::upper_bound(running_.begin(), running_.end(), moved), moved);
}

// Processors of jobs that are predicted to be gone count as free: if they end at this instant, they will be.
std::int64_t EasyPolicy::free(Time now) const {
  std::int64_t count = processors_ - running_sum_;
  for (const Running& run : running_) {
    if (run.predicted_end > now) break;
    count += run.processors;
  }
  return count;
}

void EasyPolicy::start(const Waiting& job, Time now) {
  const Running run{now + job.predicted, job.job, job.processors};
  running_.insert(std::upper_bound(running_.begin(), running_.end(), run), run);
  running_sum_ += job.processors;
  to_start_.push_back(job.job);
}

void EasyPolicy::pass(Time now) {
  std::size_t started = 0;
  std::int64_t available = free(now);
  for (; started < queue_.size() && queue_[started].processors <= available; ++started) {
    start(queue_[started], now);
    available -= queue_[started].processors;
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(started));
  if (backfill_ != Backfill::none && queue_.size() > 1 && available > 0) backfill(now);
}

// The earliest time at which the processors are free together, by the predictions.
EasyPolicy::Reserved EasyPolicy::reserve(std::int64_t processors, Time now) const {
  Reserved reserved;
  std::int64_t available = processors_ - running_sum_;
  std::size_t next = 0;
  while (next < running_.size() && (available < processors || running_[next].predicted_end <= now)) {
    const Time end = running_[next].predicted_end;
    for (; next < running_.size() && running_[next].predicted_end == end; ++next)
      available += running_[next].processors;
    reserved.from = end;
  }
  if (available < processors) reserved.from = Time::never();
  reserved.extra = available - processors;
  return reserved;
}

void EasyPolicy::backfill(Time now) {
  Reserved reserved = reserve(queue_.front().processors, now);
  std::int64_t available = free(now);
  scan_.resize(queue_.size() - 1);
  std::iota(scan_.begin(), scan_.end(), 1u);
  if (backfill_ == Backfill::shortest_first) {
    std::sort(scan_.begin(), scan_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(queue_[a].predicted, a) < std::pair(queue_[b].predicted, b);
    });
  }
  bool any = false;
  for (std::uint32_t at : scan_) {
    Waiting& job = queue_[at];
    if (job.processors > available) continue;
    const bool over_before = now + job.predicted <= reserved.from;
    if (!over_before && job.processors > reserved.extra) continue;
    if (!over_before) reserved.extra -= job.processors;
    available -= job.processors;
    start(job, now);
    job.processors = -1;  // marks it as gone
    any = true;
    if (available <= 0) break;
  }
  if (any) std::erase_if(queue_, [](const Waiting& job) { return job.processors < 0; });
}

}  // namespace dure

#include "dure/server/local_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "dure/server/ending.h"

namespace dure::server {
namespace {

engine::AttemptId attempt_of(const Job& job) { return {job.id, job.evictions}; }

}  // namespace

std::vector<engine::TaskPlan> task_plans(const Job& job, const Shape& shape) {
  std::vector<engine::TaskPlan> plans;
  const bool has_whole_gpus = shape.per_task.gpu_milli >= whole;
  const auto each = static_cast<std::size_t>(shape.per_task.gpu_milli / whole);
  for (const Placement& placement : job.allocation) {
    std::vector<std::uint32_t> devices;
    for (std::uint64_t mask = placement.gpus; mask != 0; mask &= mask - 1) {
      devices.push_back(static_cast<std::uint32_t>(std::countr_zero(mask)));
    }
    for (std::uint32_t task = 0; task < placement.tasks; ++task) {
      engine::TaskPlan plan{.rank = static_cast<std::uint32_t>(plans.size()),
                            .cpu_milli = shape.per_task.cpu_milli,
                            .memory_mib = shape.per_task.memory_mib};
      if (has_whole_gpus) {
        const auto first = devices.begin() + static_cast<std::ptrdiff_t>(task * each);
        plan.devices.assign(first, first + static_cast<std::ptrdiff_t>(each));
      } else {
        plan.devices = devices;
      }
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

void LocalSite::on_fact(const State& state, const Fact& fact) {
  if (const auto* start = std::get_if<StartOrdered>(&fact.change)) starts_.push_back(start->job);
  if (const auto* stop = std::get_if<StopOrdered>(&fact.change)) stops_.push_back(*stop);
  if (std::holds_alternative<Ended>(fact.change)) ended_.push_back(attempt_of(state.departed()));
}

void LocalSite::execute(const State& state, std::span<const Decision>) {
  for (const engine::AttemptId id : std::exchange(ended_, {})) engine_.forget(id);
  for (const JobId job : std::exchange(starts_, {})) start(state, job);
  for (const StopOrdered& order : std::exchange(stops_, {})) stop(state, order.job, order.outcome);
}

void LocalSite::start(const State& state, JobId id) {
  const Job* job = state.jobs().find(id);
  if (job == nullptr || !job->holds_devices()) return;
  engine::Attempt attempt{.id = attempt_of(*job)};
  attempt.names = {.job = job->name,
                   .tenant = state.tenants()[job->tenant].path,
                   .user = state.users()[job->user.index()],
                   .pool = state.fleet().pool(job->pool).path,
                   .node = state.fleet().node_name(job->allocation.front().node)};
  if (job->array) attempt.element = engine::ArrayElement{job->array->array, job->array->index};
  if (auto text = text_of(job->text)) attempt.text = std::move(*text);
  attempt.tasks = task_plans(*job, state.shape_of(*job));
  attempt.time_limit = job->time_limit;
  if (job->checkpoint) attempt.grace = job->checkpoint->grace;
  attempt.environment = {{"DURE_SERVER", address_}};
  engine_.start(std::move(attempt));
}

void LocalSite::stop(const State& state, JobId id, Outcome outcome) {
  const Job* job = state.jobs().find(id);
  if (job == nullptr || !job->holds_devices()) return;
  engine::StopOrder order;
  if (is_interruption(outcome)) {
    order.kind = engine::StopKind::evict;
    if (job->checkpoint) {
      const auto text = text_of(job->text);
      order.signal = text ? text->checkpoint_signal : "USR1";
      order.grace = job->checkpoint->grace;
    }
  }
  engine_.stop(attempt_of(*job), order);
}

std::optional<JobText> LocalSite::text_of(BlobId id) {
  constexpr std::size_t most_texts = 64;
  for (const KnownText& known : texts_) {
    if (known.id == id) return known.text;
  }
  const auto text = archive_.text(id);
  if (!text || !*text) return std::nullopt;
  texts_.push_front({id, **text});
  if (texts_.size() > most_texts) texts_.pop_back();
  return *text;
}

void LocalSite::recover(const State& state, Loop& loop, const SickDevices& sick, Time now) {
  std::multimap<Time, Change> happened;  // in the order of time, and of insertion at one time
  std::map<JobId, bool> found_jobs;      // and whether they still run
  for (const engine::Found& found : engine_.recover()) {
    const Job* job = state.jobs().find(found.id.job);
    const bool is_ours = job != nullptr && job->holds_devices() && job->evictions == found.id.restart;
    if (!is_ours) {
      // Its end is a fact already, and only its records were left. What still runs must not.
      if (found.state == engine::Found::State::ended) {
        engine_.forget(found.id);
      } else {
        engine_.stop(found.id, {});
      }
      continue;
    }
    found_jobs[job->id] = !found.ending;
    const bool has_started = found.started_at && job->started < job->ordered;
    if (has_started) happened.emplace(*found.started_at, Started{job->id});
    if (!found.ending) continue;
    happened.emplace(found.ending->at, to_fact(*job, *found.ending, sick));
  }
  for (const JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    if (!job.holds_devices()) continue;
    const auto known = found_jobs.find(id);
    const bool is_stopping = job.state == JobState::stopping;
    if (known != found_jobs.end()) {
      // An order for one that has ended would hit its next attempt.
      if (is_stopping && known->second) stops_.push_back({id, *job.stop_ordered});
    } else if (job.state == JobState::starting) {
      starts_.push_back(id);  // decided and durable, and not sent any more
    } else if (is_stopping) {
      // Neither of its two orders was sent any more, or it is gone: as was wished.
      happened.emplace(state.now(), Ended{.job = id, .outcome = *job.stop_ordered, .reason = "it had not begun"});
    } else {
      happened.emplace(state.now(),
                       Ended{.job = id, .outcome = Outcome::node_lost, .reason = "the records of its run are gone"});
    }
  }
  for (auto& [at, change] : happened) {
    // The loop may have known more recent things when it died.
    (void)loop.catch_up(std::max(std::min(at, now), state.now()), std::move(change));
  }
}

}  // namespace dure::server

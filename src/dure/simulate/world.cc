#include "dure/simulate/world.h"

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/overload.h"
#include "dure/simulate/distribution.h"

namespace dure::simulate {

World::World(JobSource& source, const State& state, WorldOptions options)
    : source_(source), state_(state), options_(std::move(options)), random_(options_.seed) {
  fetch_submission();
}

std::optional<Time> World::next_time() const {
  if (!answers_.empty()) return answers_at_;
  if (events_.empty()) return std::nullopt;
  return events_.top().time;
}

void World::push(Time time, Kind kind, std::uint32_t subject, std::uint32_t attempt) {
  events_.push({.time = time, .kind = kind, .sequence = sequence_++, .subject = subject, .attempt = attempt});
}

void World::fetch_submission() {
  submission_ = source_.next();
  if (submission_) push(submission_->submit, Kind::submission, next_job_);
}

void World::drain(Time now, std::vector<Change>& out) {
  for (JobId job : gone_) ghosts_.erase(job);
  gone_.clear();
  for (Change& answer : answers_) out.push_back(std::move(answer));
  answers_.clear();
  while (!events_.empty() && events_.top().time <= now) {
    const Event event = events_.pop();
    switch (event.kind) {
      case Kind::estimate_exceeded: {
        const Ghost* ghost = ghosts_.find(JobId{event.subject});
        const bool is_due = ghost != nullptr && ghost->attempt == event.attempt && ghost->is_running;
        if (is_due) out.push_back(EstimateExceeded{JobId{event.subject}});
        break;
      }
      case Kind::submission:
        // Faults begin with the first job: before it, the state knows no fleet.
        if (next_job_ == 1 && options_.faults.node_mtbf) plan_fault(now);
        submit(out);
        break;
      case Kind::end: end(event, out); break;
      case Kind::fault:
        fail_node(now, NodeId{event.subject}, out);
        plan_fault(now);
        break;
      case Kind::repair:
        lost_.erase(NodeId{event.subject});
        out.push_back(NodeReturned{NodeId{event.subject}});
        break;
      case Kind::check: out.push_back(NodeResumed{NodeId{event.subject}}); break;
    }
  }
}

void World::submit(std::vector<Change>& out) {
  SourcedJob job = std::move(*submission_);
  const JobId id{next_job_++};
  ghosts_.insert(id, {.run_time = job.run_time, .run_left = job.run_time, .source_id = std::move(job.source_id)});
  out.push_back(JobSubmitted{id, std::move(job.spec)});
  fetch_submission();
}

void World::refused(std::size_t, const Change& change, const Error& error) {
  const auto* submitted = std::get_if<JobSubmitted>(&change);
  DURE_ASSERT(submitted != nullptr);
  ++refusals_[error.message];
  ghosts_.erase(submitted->job);
}

void World::execute(const State& state, std::span<const Decision> decisions) {
  answers_at_ = state.now();
  for (const Decision& decision : decisions) {
    std::visit(
        Overload{
            [&](const StartOrdered& order) { start(state.jobs()[order.job]); },
            [&](const StopOrdered& order) { interrupt(state.now(), state.jobs()[order.job], order.outcome, answers_); },
            // To look at a node and let it work again takes as long as a repair.
            [&](const NodeDrained& drained) {
              push(state.now() + options_.faults.repair, Kind::check, drained.node.value);
            },
            [](const auto&) {},
        },
        decision);
  }
}

void World::start(const Job& job) {
  Ghost& ghost = ghosts_[job.id];
  if (++ghost.attempt > most_interruptions) hopeless_ = job.id;
  ghost.is_running = true;
  const Duration runs = std::min(ghost.run_left, job.time_limit);
  answers_.push_back(Started{job.id});
  push(state_.now() + runs, Kind::end, job.id.value, ghost.attempt);
  if (options_.report_exceeded_estimates && job.estimate < runs) {
    push(state_.now() + job.estimate, Kind::estimate_exceeded, job.id.value, ghost.attempt);
  }
}

void World::end(const Event& event, std::vector<Change>& out) {
  const JobId id{event.subject};
  Ghost* ghost = ghosts_.find(id);
  if (ghost == nullptr || ghost->attempt != event.attempt || !ghost->is_running) return;
  const bool in_time = ghost->run_left <= state_.jobs()[id].time_limit;
  ghost->is_running = false;
  out.push_back(Ended{.job = id, .outcome = in_time ? Outcome::completed : Outcome::timed_out});
  gone_.push_back(id);
}

// Every job on the node ends with it. O(all jobs, waiting ones too), a few thousand times in a nation's month.
void World::fail_node(Time now, NodeId node, std::vector<Change>& out) {
  if (lost_.contains(node)) return;
  lost_.insert(node);
  out.push_back(NodeLost{node});
  push(now + options_.faults.repair, Kind::repair, node.value);
  std::vector<JobId> hit;
  state_.jobs().for_each([&](JobId id, const Job& job) {
    const bool is_on_node = std::any_of(job.allocation.begin(), job.allocation.end(),
                                        [&](const Placement& placement) { return placement.node == node; });
    if (is_on_node && ghosts_[id].is_running) hit.push_back(id);
  });
  std::sort(hit.begin(), hit.end());
  for (JobId id : hit) interrupt(now, state_.jobs()[id], Outcome::node_lost, out);
}

// What was done since the last checkpoint is lost; an eviction announces itself, so that there is one just before it.
void World::interrupt(Time now, const Job& job, Outcome outcome, std::vector<Change>& out) {
  Ghost& ghost = ghosts_[job.id];
  if (!ghost.is_running) return;
  ghost.is_running = false;
  if (job.checkpoint) {
    const Duration ran = now - job.ordered;
    const Duration kept =
        outcome == Outcome::node_lost ? job.checkpoint->every * (ran.ns / job.checkpoint->every.ns) : ran;
    ghost.run_left = std::max(ghost.run_left - kept, Duration{1});
  }
  out.push_back(Ended{.job = job.id, .outcome = outcome});
  if (!job.goes_back(outcome)) gone_.push_back(job.id);
}

// Failures of single nodes, taken together, are a Poisson process.
void World::plan_fault(Time now) {
  const std::uint32_t nodes = state_.fleet().node_count();
  const double mean_ns = static_cast<double>(options_.faults.node_mtbf->ns) / nodes;
  const auto gap = static_cast<std::int64_t>(std::min(draw_exponential(random_) * mean_ns, 1e18));
  push(now + Duration{gap}, Kind::fault, static_cast<std::uint32_t>(random_.below(nodes)));
}

}  // namespace dure::simulate

#include "dure/world/world.h"

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"
#include "dure/base/overload.h"
#include "dure/world/distribution.h"

namespace dure {

World::World(JobSource& source, const State& state, WorldOptions options)
    : source_(source),
      state_(state),
      options_(std::move(options)),
      random_(options_.seed),
      next_job_(std::max(state.next_job().value, 1u)) {
  fetch_submission();
}

void World::adopt(Time now, const Job& job, Duration run_left) {
  // Of one that runs, with what it has done since it went on.
  const Duration done = job.state == JobState::running ? std::max(now - job.resumed, Duration{}) : Duration{};
  ghosts_.insert(job.id, {.run_time = done + run_left, .run_left = done + run_left});
  answers_at_ = now;
  switch (job.state) {
    case JobState::starting:
      answers_.push_back(Started{job.id});
      resume(job, now);
      break;
    case JobState::running: resume(job, job.resumed); break;
    case JobState::stopping:
      answers_.push_back(Ended{.job = job.id, .outcome = *job.stop_ordered});
      if (!job.goes_back(*job.stop_ordered)) gone_.push_back(job.id);
      break;
    default: break;
  }
}

std::optional<Time> World::next_time() const {
  if (!answers_.empty()) return answers_at_;
  if (events_.empty()) return std::nullopt;
  return events_.top().time;
}

void World::push(Time time, Kind kind, std::uint32_t subject, std::uint32_t attempt) {
  if (is_work(kind)) ++work_planned_;
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
    if (is_work(event.kind)) --work_planned_;
    switch (event.kind) {
      case Kind::estimate_exceeded: {
        const Ghost* ghost = ghosts_.find(JobId{event.subject});
        const bool is_due = ghost != nullptr && ghost->attempt == event.attempt && ghost->is_running;
        if (is_due) out.push_back(EstimateExceeded{JobId{event.subject}});
        break;
      }
      case Kind::submission:
        // Faults begin with the first job: before it, the state knows no fleet.
        if (submitted_ == 0 && options_.faults.node_mtbf) plan_fault(now);
        if (submitted_ == 0 && options_.faults.gpu_mtbf) plan_gpu_fault(now);
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
      case Kind::gpu_fault:
        fail_gpu(now, event.subject, out);
        plan_gpu_fault(now);
        break;
      case Kind::gpu_repair: {
        const auto [node, device] = place_of_gpu(event.subject);
        out.push_back(DevicesReturned{node, std::uint64_t{1} << device});
        break;
      }
    }
  }
}

void World::submit(std::vector<Change>& out) {
  SourcedJob job = std::move(*submission_);
  const JobId id{next_job_++};
  ++submitted_;
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
    std::visit(Overload{
                   [&](const StartOrdered& order) {
                     answers_.push_back(Started{order.job});
                     go_on(state.jobs()[order.job]);
                   },
                   [&](const StopOrdered& order) {
                     const Job& job = state.jobs()[order.job];
                     const Saved saved = has_lost_a_node(job) ? Saved::checkpoints : Saved::everything;
                     interrupt(state.now(), job, order.outcome, saved, answers_);
                   },
                   [&](const NodesSwapped& swap) {
                     const Job& job = state.jobs()[swap.job];
                     save(ghosts_[swap.job], state.now(), job, Saved::checkpoints);
                     go_on(job);
                   },
                   // To look at a node and let it work again takes as long as a repair.
                   [&](const NodeDrained& drained) {
                     push(state.now() + options_.faults.repair, Kind::check, drained.node.value);
                   },
                   [](const auto&) {},
               },
               decision);
  }
}

// From the start, or with other nodes in place of some, until it is done or its time is up.
void World::go_on(const Job& job) {
  Ghost& ghost = ghosts_[job.id];
  if (++ghost.attempt > most_interruptions) hopeless_ = job.id;
  resume(job, state_.now());
}

void World::resume(const Job& job, Time now) {
  Ghost& ghost = ghosts_[job.id];
  ghost.is_running = true;
  ghost.resumed = now;
  note_place(job);
  if (options_.jobs_stay) {
    ++staying_;
    return;
  }
  const Time end = std::min(ghost.resumed + ghost.run_left, job.latest_end());
  push(end, Kind::end, job.id.value, ghost.attempt);
  const Time estimated = job.ordered + job.estimate;
  if (options_.report_exceeded_estimates && ghost.resumed < estimated && estimated < end) {
    push(estimated, Kind::estimate_exceeded, job.id.value, ghost.attempt);
  }
}

void World::end(const Event& event, std::vector<Change>& out) {
  const JobId id{event.subject};
  Ghost* ghost = ghosts_.find(id);
  if (ghost == nullptr || ghost->attempt != event.attempt || !ghost->is_running) return;
  const bool in_time = ghost->resumed + ghost->run_left <= state_.jobs()[id].latest_end();
  ghost->is_running = false;
  out.push_back(Ended{.job = id, .outcome = in_time ? Outcome::completed : Outcome::timed_out});
  gone_.push_back(id);
}

// Every job on the node ends with it, but for those that may go on with another: of these the policy decides in the
// same turn. O(jobs that were started there of late).
void World::fail_node(Time now, NodeId node, std::vector<Change>& out) {
  if (lost_.contains(node)) return;
  lost_.insert(node);
  out.push_back(NodeLost{node});
  push(now + options_.faults.repair, Kind::repair, node.value);
  if (node.index() >= started_on_.size()) return;
  forget_who_left(node);
  for (JobId id : std::vector<JobId>(started_on_[node.index()])) {
    const Job& job = state_.jobs()[id];
    if (!options_.swaps || !job.may_swap()) interrupt(now, job, Outcome::node_lost, Saved::checkpoints, out);
  }
}

void World::note_place(const Job& job) {
  constexpr std::size_t few = 16;
  if (!options_.faults.node_mtbf) return;
  if (started_on_.size() < state_.fleet().node_count()) started_on_.resize(state_.fleet().node_count());
  for (const Placement& placement : job.allocation) {
    std::vector<JobId>& there = started_on_[placement.node.index()];
    // As seldom as it doubles.
    if (there.size() >= few && there.size() == there.capacity()) forget_who_left(placement.node);
    there.push_back(job.id);
  }
}

// Those who stay are there once each, by id.
void World::forget_who_left(NodeId node) {
  std::vector<JobId>& there = started_on_[node.index()];
  std::erase_if(there, [&](JobId id) {
    const Job* job = state_.jobs().find(id);
    return job == nullptr || !is_on(job->allocation, node) || !ghosts_[id].is_running;
  });
  std::sort(there.begin(), there.end());
  there.erase(std::unique(there.begin(), there.end()), there.end());
}

bool World::has_lost_a_node(const Job& job) const {
  return std::any_of(job.allocation.begin(), job.allocation.end(),
                     [&](const Placement& placement) { return lost_.contains(placement.node); });
}

// The policy takes its jobs off it.
void World::fail_gpu(Time now, std::uint32_t gpu, std::vector<Change>& out) {
  const auto [node, device] = place_of_gpu(gpu);
  if ((state_.health(node).sick >> device & 1) != 0) return;
  out.push_back(DevicesFailed{node, std::uint64_t{1} << device, "fault"});
  push(now + options_.faults.repair, Kind::gpu_repair, gpu);
}

// An order to stop announces itself, so that there is a checkpoint just before, unless the node has gone already.
void World::interrupt(Time now, const Job& job, Outcome outcome, Saved saved, std::vector<Change>& out) {
  Ghost& ghost = ghosts_[job.id];
  if (!ghost.is_running) return;
  ghost.is_running = false;
  save(ghost, now, job, saved);
  out.push_back(Ended{.job = job.id, .outcome = outcome});
  if (!job.goes_back(outcome)) gone_.push_back(job.id);
}

// What was done since the last checkpoint is lost, or all of the attempt without any.
void World::save(Ghost& ghost, Time now, const Job& job, Saved saved) {
  if (!job.checkpoint) return;
  const Duration ran = now - ghost.resumed;
  const Duration kept = saved == Saved::checkpoints ? job.checkpoint->every * (ran.ns / job.checkpoint->every.ns) : ran;
  ghost.run_left = std::max(ghost.run_left - kept, Duration{1});
}

// Failures of single parts, taken together, are a Poisson process.
Time World::draw_fault(Time now, Duration mtbf, std::int64_t parts) {
  const double mean_ns = static_cast<double>(mtbf.ns) / static_cast<double>(parts);
  return now + Duration{static_cast<std::int64_t>(std::min(draw_exponential(random_) * mean_ns, 1e18))};
}

void World::plan_fault(Time now) {
  const std::uint32_t nodes = state_.fleet().node_count();
  const Time at = draw_fault(now, *options_.faults.node_mtbf, nodes);
  push(at, Kind::fault, static_cast<std::uint32_t>(random_.below(nodes)));
}

void World::plan_gpu_fault(Time now) {
  const std::int64_t gpus = state_.fleet().gpu_count();
  if (gpus == 0) return;
  const Time at = draw_fault(now, *options_.faults.gpu_mtbf, gpus);
  push(at, Kind::gpu_fault, static_cast<std::uint32_t>(random_.below(static_cast<std::uint64_t>(gpus))));
}

// GPUs are counted node by node. O(pools).
std::pair<NodeId, std::uint32_t> World::place_of_gpu(std::uint32_t gpu) const {
  for (const Pool& pool : state_.fleet().pools()) {
    const std::uint32_t each = pool.spec.gpus_per_node;
    if (gpu < pool.node_count * each) return {NodeId{pool.first_node.value + gpu / each}, gpu % each};
    gpu -= pool.node_count * each;
  }
  DURE_ASSERT(false);
  return {};
}

}  // namespace dure

#include "dure/server/rehearsed_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "dure/base/random.h"
#include "dure/fleet/served_fleet.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

using engine::How;
using engine::Report;

Report report_of_no_start(engine::AttemptId id, How how, std::string why) {
  const Time now = wall_clock();
  return {.id = id,
          .kind = how == How::start_failed ? Report::Kind::start_failed : Report::Kind::ended,
          .at = now,
          .ending = {.how = how, .at = now, .started_at = {}, .why = std::move(why)}};
}

Duration drawn_run(engine::AttemptId id, Duration time_limit) {
  Random random(std::uint64_t{id.job.value} << 32 | id.restart);
  const Duration least{time_limit.ns / 20};
  return least + Duration{static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>((time_limit - least).ns)))};
}

}  // namespace

Result<Duration> rehearsed_run_of(const engine::Attempt& attempt) {
  const std::vector<Variable>& variables = attempt.text.environment;
  const auto named = std::find_if(variables.begin(), variables.end(),
                                  [](const Variable& variable) { return variable.name == rehearsed_run; });
  if (named == variables.end()) return drawn_run(attempt.id, attempt.time_limit);
  auto run = parse_duration(named->value);
  if (!run) return fail(run.error().code, fmt::format("{}: {}", rehearsed_run, run.error().message));
  return run;
}

RehearsedSite::RehearsedSite(OnReport on_report) : on_report_(std::move(on_report)), thread_([this] { run(); }) {}

RehearsedSite::~RehearsedSite() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void RehearsedSite::recover(const State& state, Sites& sites) {
  for (const JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    if (!job.holds_devices() || engine_of(state.fleet(), job.pool) != EngineKind::simulated) continue;
    if (job.has_run()) {
      const engine::Attempt attempt = sites.attempt_of(state, job, Sites::WithText::yes);
      // It was read when it started.
      begin(attempt, job.started, rehearsed_run_of(attempt).value_or(attempt.time_limit));
    } else if (job.state == JobState::starting) {
      sites.start_again(job);
    }
    if (job.state == JobState::stopping) sites.stop_again(job);
  }
}

void RehearsedSite::start(engine::Attempt attempt) {
  if (attempt.text.launch == Launch::terminal) {
    return on_report_(report_of_no_start(attempt.id, How::start_failed,
                                         attempt.names.pool + " is rehearsed and gives no terminal; submit a script"));
  }
  const auto run = rehearsed_run_of(attempt);
  if (!run) return on_report_(report_of_no_start(attempt.id, How::start_failed, run.error().message));
  const Time now = wall_clock();
  on_report_({.id = attempt.id, .at = now, .ending = {}});  // first: nothing ends before it starts
  begin(attempt, now, *run);
}

void RehearsedSite::begin(const engine::Attempt& attempt, Time started, Duration run) {
  const bool is_too_long = run > attempt.time_limit;
  const Run begun{.started = started,
                  .ends = started + std::min(run, attempt.time_limit),
                  .how = is_too_long ? How::timed_out : How::exited};
  const std::lock_guard lock(mutex_);
  if (!runs_.emplace(attempt.id, begun).second) return;
  plan_end(begun.ends, attempt.id);
}

void RehearsedSite::plan_end(Time at, engine::AttemptId id) {
  const auto planned = ending_.emplace(at, id).first;
  if (planned == ending_.begin()) changed_.notify_one();
}

void RehearsedSite::stop(engine::AttemptId id, engine::StopOrder order) {
  const How how = order.kind == engine::StopKind::evict ? How::evicted : How::cancelled;
  {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(id);
    if (found != runs_.end()) {
      return stop(id, found->second, how);
    }
  }
  on_report_(report_of_no_start(id, How::taken_back, "it had not begun"));
}

// One that is over by then ends as it would have, and who cancels one that is evicted gets his wish.
void RehearsedSite::stop(engine::AttemptId id, Run& run, How how) {
  if (run.is_over) return;
  if (run.how == How::evicted) run.how = how;
  const Time gone = wall_clock() + rehearsed_stop;
  if (run.ends <= gone) return;
  run.how = how;
  ending_.erase({run.ends, id});
  run.ends = gone;
  plan_end(gone, id);
}

void RehearsedSite::forget(engine::AttemptId id) {
  const std::lock_guard lock(mutex_);
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  ending_.erase({found->second.ends, id});
  runs_.erase(found);
}

Report RehearsedSite::end(engine::AttemptId id) {
  Run& run = runs_.at(id);
  run.is_over = true;
  ending_.erase({run.ends, id});
  return {.id = id,
          .kind = Report::Kind::ended,
          .at = run.ends,
          .ending = {.how = run.how, .at = run.ends, .started_at = run.started}};
}

void RehearsedSite::run() {
  std::unique_lock lock(mutex_);
  while (!is_closed_) {
    if (ending_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto [at, id] = *ending_.begin();
    const Time now = wall_clock();
    if (at > now) {
      changed_.wait_for(lock, std::chrono::nanoseconds((at - now).ns));
      continue;
    }
    const Report report = end(id);
    lock.unlock();
    on_report_(report);
    lock.lock();
  }
}

// None: nobody writes anything.
std::string RehearsedSite::output_path_of(const JobText&, const engine::OutputName&, engine::Stream) const {
  return {};
}

Result<engine::Fd> RehearsedSite::open_log(JobId job, const engine::Owner&, const std::string&) const {
  return fail(Code::not_found, fmt::format("job {} is rehearsed: nothing runs, and nothing is written", job.value));
}

}  // namespace dure::server

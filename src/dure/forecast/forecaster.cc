#include "dure/forecast/forecaster.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>
#include <utility>

#include "dure/forecast/no_arrivals.h"

namespace dure::forecast {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double seconds_between(Time from, Time to) {
  return to == Time::never() ? infinity : static_cast<double>((to - from).ns) * 1e-9;
}

// A seed of its own for each draw of each pass.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t pass, std::uint32_t draw) {
  std::uint64_t state = seed;
  for (const std::uint64_t part : {pass, std::uint64_t{draw}}) state = split_mix(state) ^ part;
  return split_mix(state);
}

constexpr std::uint64_t pass_of_plans = 0;  // those over jobs that wait count from 1

// How long it has worked since it last went on, as far as facts tell.
Duration done_by(const Job& job, Time now) {
  return job.state == JobState::running ? std::max(now - job.started, Duration{}) : Duration{};
}

}  // namespace

Forecaster::Forecaster(ForecastOptions options, MakePolicy make_policy, Outcomes on_outcome)
    : options_(std::move(options)),
      make_policy_(std::move(make_policy)),
      on_outcome_(std::move(on_outcome)),
      calibration_(options_.horizon) {}

void Forecaster::on_fact(const State& state, const Fact& fact) {
  if (const auto* submitted = std::get_if<JobSubmitted>(&fact.change)) {
    demand_.learn(state, fact.time, submitted->spec);
  } else if (declares_anew(fact.change)) {
    demand_.renumber(state);
  } else if (const auto* start = std::get_if<StartOrdered>(&fact.change)) {
    resolve(state, start->job, fact.time);
  } else if (const auto* cancelled = std::get_if<JobCancelled>(&fact.change)) {
    open_.erase(cancelled->job);
  } else if (const auto* held = std::get_if<JobHeld>(&fact.change)) {
    open_.erase(held->job);  // nobody said until when
  } else if (const auto* ended = std::get_if<Ended>(&fact.change)) {
    const Job& job = state.departed();
    const bool by_itself = ended->outcome == Outcome::completed || ended->outcome == Outcome::failed ||
                           ended->outcome == Outcome::timed_out;
    const Time end = end_of(*ended, fact.time);
    if (by_itself && job.has_run() && end > job.started) {
      run_times_.learn(likeness_of(state, job), end - job.started);
    }
  }
}

void Forecaster::resolve(const State& state, JobId job, Time start) {
  pass_due(state, start);
  const auto found = open_.find(job);
  if (found == open_.end()) return;
  for (const Open& open : found->second) {
    for (std::size_t q = 0; q < quantile_count; ++q) {
      if (!open.known[q]) calibration_.learn(open.forecast.start[1], q, true);
    }
    if (on_outcome_) on_outcome_(open.forecast, seconds_between(open.forecast.made, start));
  }
  open_.erase(found);
}

// What has not started by a quantile is known to come after it, long before it starts.
void Forecaster::pass_due(const State& state, Time now) {
  while (!due_.empty() && due_.top().at < now) {
    const Due due = due_.pop();
    const auto found = open_.find(due.job);
    if (found == open_.end()) continue;
    // A job that it comes after has ended in the wrong way, say; one that has just been given devices is no such job.
    const Job* job = state.jobs().find(due.job);
    if (job == nullptr || job->state == JobState::ended || (job->state == JobState::held && !job->awaits_start())) {
      open_.erase(found);
      continue;
    }
    std::vector<Open>& of_job = found->second;  // ascending by number
    const auto open = std::partition_point(of_job.begin(), of_job.end(),
                                           [&](const Open& one) { return one.forecast.number < due.forecast; });
    if (open == of_job.end() || open->forecast.number != due.forecast) continue;
    open->known[due.quantile] = true;
    calibration_.learn(open->forecast.start[1], due.quantile, false);
  }
}

void Forecaster::keep(Forecast forecast) {
  std::vector<Open>& of_job = open_[forecast.job];
  if (options_.keeps_few && !of_job.empty()) {
    const Time first = of_job.front().forecast.made;
    const bool is_soon = forecast.made - first < (of_job.back().forecast.made - first) * 2;
    if (is_soon) return;
  }
  for (std::size_t q = 0; q < quantile_count; ++q) {
    // What lies beyond the horizon is not waited for.
    const double after = forecast.start[q];
    if (after >= seconds_between(Time{}, Time{} + options_.horizon)) continue;
    due_.push({.at = forecast.made + Duration{static_cast<std::int64_t>(after * 1e9)},
               .job = forecast.job,
               .forecast = forecast.number,
               .quantile = static_cast<std::uint8_t>(q)});
  }
  of_job.push_back({.forecast = std::move(forecast), .known = {}});
}

Outset Forecaster::outset(const State& state, Time now) const {
  return {.present = state,
          .now = now,
          .until = now + options_.horizon,
          .make_policy = make_policy_,
          .world = options_.world,
          .is_closed = options_.is_closed};
}

std::vector<Time> Forecaster::draw(const State& state, Time now, std::span<const JobId> jobs,
                                   std::uint64_t seed) const {
  Random random(seed);
  ArrivalsDrawn arrivals(demand_, run_times_, now, now + options_.horizon, random.next());
  return draw_starts(outset(state, now), jobs, run_left_by(state, now, random), arrivals);
}

// Jobs are drawn in the order of their numbers, and what is planned has the last: those before it are drawn alike
// whatever it is.
std::vector<DrawnStart> Forecaster::draw_of_plan(const State& state, Time now, std::span<const JobId> jobs,
                                                 std::uint32_t draw) const {
  Random random(seed_of(options_.seed, pass_of_plans, draw));
  ArrivalsDrawn arrivals(demand_, run_times_, now, now + options_.horizon, random.next());
  return draw_places(outset(state, now), jobs, run_left_by(state, now, random), arrivals);
}

RunLeft Forecaster::run_left_by(const State& state, Time now, Random& random) const {
  return [&, now](const Job& job) {
    const Duration done = done_by(job, now);
    return run_times_.draw(likeness_of(state, job), done, job.time_limit, random) - done;
  };
}

std::vector<Forecast> Forecaster::forecast(const State& state, Time now, std::span<const JobId> jobs) {
  pass_due(state, now);
  ++passes_;
  std::vector<std::vector<Time>> draws(options_.draws);
  std::atomic<std::uint32_t> next{0};
  const auto asked_by = std::this_thread::get_id();
  const auto work = [&] {
    for (std::uint32_t d = next++; d < options_.draws && !is_closed(); d = next++) {
      if (options_.give_way && std::this_thread::get_id() == asked_by) options_.give_way();
      draws[d] = draw(state, now, jobs, seed_of(options_.seed, passes_, d));
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::uint32_t t = 1; t < std::min(options_.threads, options_.draws); ++t) others.emplace_back(work);
    work();
  }
  std::vector<Forecast> forecasts;
  if (is_closed()) return forecasts;
  forecasts.reserve(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Forecast forecast{.number = made_++, .job = jobs[i], .made = now, .drawn = {}};
    forecast.drawn.reserve(draws.size());
    for (const std::vector<Time>& draw : draws) forecast.drawn.push_back(seconds_between(now, draw[i]));
    std::sort(forecast.drawn.begin(), forecast.drawn.end());
    forecast.start = calibration_.correct(forecast.drawn);
    keep(forecast);
    forecasts.push_back(forecast);
  }
  return forecasts;
}

Result<Plan> Forecaster::plan(State state, Time now, Wish wish, const PlanLimits& limits) const {
  const JobSpec spec = wish.front();
  std::vector<JobId> jobs;
  for (std::uint32_t i = 0; i < wish.size(); ++i) {
    jobs.push_back(JobId{std::max(state.next_job(), JobId{1}).value + i});
  }
  if (auto submitted = submit_into(state, now, std::move(wish), make_policy_); !submitted) {
    return tl::unexpected(submitted.error());
  }
  const Job* job = state.jobs().find(jobs.front());
  if (job == nullptr)
    return fail(Code::invalid_argument, "the window that it names is over; the job could never start");
  Plan plan{.made = now, .job = *job, .shape = spec.shape, .runs_ns = runs_like(state, spec)};
  if (const auto promised = state.reservations().find(jobs.front()); promised != state.reservations().end()) {
    plan.promise = promised->second;
  }
  draw_plan(state, jobs, limits, plan);
  if (is_closed()) return fail(Code::unavailable, "the server ends");
  return plan;
}

// What the turn of the submission has ordered to start is known; the rest is drawn.
void Forecaster::draw_plan(const State& state, std::span<const JobId> jobs, const PlanLimits& limits,
                           Plan& plan) const {
  std::vector<JobId> waiting;
  for (const JobId job : jobs) {
    const Job& it = state.jobs()[job];
    if (!it.holds_devices()) {
      waiting.push_back(job);
    } else if (plan.starts.empty()) {
      plan.starts_at_once = true;
      plan.starts.push_back({plan.made, it.pool, it.allocation});
      plan.drawn.push_back(0);
    }
  }
  if (waiting.empty()) {
    if (jobs.size() > 1) plan.last = Quantiles{};
    return;
  }
  std::vector<double> lasts;
  for (std::uint32_t d = 0; d < limits.draws_max && !is_closed(); ++d) {
    if (d >= 2 && limits.is_time_up && limits.is_time_up()) break;
    std::vector<DrawnStart> starts = draw_of_plan(state, plan.made, waiting, d);
    const auto [first, last] = std::minmax_element(
        starts.begin(), starts.end(), [](const DrawnStart& a, const DrawnStart& b) { return a.at < b.at; });
    lasts.push_back(seconds_between(plan.made, last->at));
    if (plan.starts_at_once) continue;
    plan.drawn.push_back(seconds_between(plan.made, first->at));
    plan.starts.push_back(std::move(*first));
  }
  if (is_closed()) return;
  std::sort(plan.drawn.begin(), plan.drawn.end());
  std::sort(lasts.begin(), lasts.end());
  if (!plan.starts_at_once) plan.start = calibration_.correct(plan.drawn);
  if (jobs.size() > 1) plan.last = calibration_.correct(lasts);
}

// As many as a kind of jobs is known by.
std::vector<std::int64_t> Forecaster::runs_like(const State& state, const JobSpec& spec) const {
  constexpr std::size_t count = 32;
  std::vector<std::int64_t> runs;
  if (run_times_.knows_nothing()) return runs;
  Random random(seed_of(options_.seed, pass_of_plans, 0));
  for (std::size_t i = 0; i < count; ++i) {
    runs.push_back(
        std::min(run_times_.draw(likeness_of(state.tenants(), spec), {}, spec.time_limit, random), spec.time_limit).ns);
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

std::vector<double> Forecaster::by_time_limits(const State& state, Time now, std::span<const JobId> jobs) const {
  NoArrivals none;
  const auto run_left = [&](const Job& job) { return std::max(job.time_limit - done_by(job, now), Duration{1}); };
  std::vector<double> seconds;
  for (const Time start : draw_starts(outset(state, now), jobs, run_left, none)) {
    seconds.push_back(seconds_between(now, start));
  }
  return seconds;
}

}  // namespace dure::forecast

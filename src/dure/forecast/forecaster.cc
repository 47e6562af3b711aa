#include "dure/forecast/forecaster.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>
#include <utility>

namespace dure::forecast {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

class NoArrivals final : public JobSource {
 public:
  std::optional<SourcedJob> next() override { return std::nullopt; }
  std::uint64_t total() const override { return 0; }
};

double seconds_between(Time from, Time to) {
  return to == Time::never() ? infinity : static_cast<double>((to - from).ns) * 1e-9;
}

// How long it has worked since it last went on, as far as facts tell.
Duration done_by(const Job& job, Time now) {
  return job.state == JobState::running ? std::max(now - job.started, Duration{}) : Duration{};
}

}  // namespace

Forecaster::Forecaster(ForecastOptions options, MakePolicy make_policy, Outcomes on_outcome)
    : options_(options), make_policy_(std::move(make_policy)), on_outcome_(std::move(on_outcome)) {}

void Forecaster::on_fact(const State& state, const Fact& fact) {
  if (const auto* submitted = std::get_if<JobSubmitted>(&fact.change)) {
    demand_.learn(fact.time, submitted->spec);
  } else if (const auto* start = std::get_if<StartOrdered>(&fact.change)) {
    resolve(start->job, fact.time);
  } else if (const auto* cancelled = std::get_if<JobCancelled>(&fact.change)) {
    open_.erase(cancelled->job);
  } else if (const auto* ended = std::get_if<Ended>(&fact.change)) {
    const Job& job = state.departed();
    const bool by_itself = ended->outcome == Outcome::completed || ended->outcome == Outcome::failed ||
                           ended->outcome == Outcome::timed_out;
    if (by_itself && job.has_run() && fact.time > job.started) {
      run_times_.learn(likeness_of(state, job), fact.time - job.started);
    }
  }
}

void Forecaster::resolve(JobId job, Time start) {
  pass_due(start);
  const auto found = open_.find(job);
  if (found == open_.end()) return;
  for (const Open& open : found->second) {
    for (std::size_t q = 0; q < quantile_count; ++q) {
      if (!open.known[q]) calibration_.learn(horizon_of(open.forecast.start[1]), q, true);
    }
    if (on_outcome_) on_outcome_(open.forecast, seconds_between(open.forecast.made, start));
  }
  open_.erase(found);
}

// What has not started by a quantile is known to come after it, long before it starts.
void Forecaster::pass_due(Time now) {
  while (!due_.empty() && due_.top().at < now) {
    const Due due = due_.pop();
    const auto found = open_.find(due.job);
    if (found == open_.end()) continue;
    for (Open& open : found->second) {
      if (open.forecast.number != due.forecast) continue;
      open.known[due.quantile] = true;
      calibration_.learn(horizon_of(open.forecast.start[1]), due.quantile, false);
    }
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
    const auto after = static_cast<std::int64_t>(std::min(forecast.start[q], 1e9) * 1e9);
    due_.push({.at = forecast.made + Duration{after},
               .job = forecast.job,
               .forecast = forecast.number,
               .quantile = static_cast<std::uint8_t>(q)});
  }
  of_job.push_back({.forecast = std::move(forecast), .known = {}});
}

std::vector<Time> Forecaster::draw(const State& state, Time now, std::span<const JobId> jobs,
                                   std::uint64_t seed) const {
  Random random(seed);
  const Time until = now + options_.horizon;
  ArrivalsDrawn arrivals(demand_, run_times_, now, until, random.next());
  const auto run_left = [&](const Job& job) {
    const Duration done = done_by(job, now);
    return run_times_.draw(likeness_of(state, job), done, job.time_limit, random) - done;
  };
  return draw_starts(state, now, until, jobs, make_policy_, run_left, arrivals, options_.is_closed);
}

std::vector<Forecast> Forecaster::forecast(const State& state, Time now, std::span<const JobId> jobs) {
  pass_due(now);
  std::uint64_t seed = options_.seed + ++passes_ * 0x100;
  std::vector<std::vector<Time>> draws(options_.draws);
  std::atomic<std::uint32_t> next{0};
  const auto work = [&] {
    for (std::uint32_t d = next++; d < options_.draws; d = next++) draws[d] = draw(state, now, jobs, seed + d);
  };
  {
    std::vector<std::jthread> others;
    for (std::uint32_t t = 1; t < std::min(options_.threads, options_.draws); ++t) others.emplace_back(work);
    work();
  }
  std::vector<Forecast> forecasts;
  if (options_.is_closed != nullptr && *options_.is_closed) return forecasts;
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

std::vector<double> Forecaster::by_time_limits(const State& state, Time now, std::span<const JobId> jobs) const {
  NoArrivals none;
  const auto run_left = [&](const Job& job) { return std::max(job.time_limit - done_by(job, now), Duration{1}); };
  std::vector<double> seconds;
  for (const Time start : draw_starts(state, now, now + options_.horizon, jobs, make_policy_, run_left, none)) {
    seconds.push_back(seconds_between(now, start));
  }
  return seconds;
}

}  // namespace dure::forecast

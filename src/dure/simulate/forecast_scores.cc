#include "dure/simulate/forecast_scores.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dure/forecast/size_class.h"

namespace dure::simulate {
namespace {

using forecast::Quantiles;

constexpr Duration a_day = days(1);

double to_seconds(Duration duration) { return static_cast<double>(duration.ns) * 1e-9; }

std::uint32_t size_of(const State& state, const Job& job) { return forecast::size_class_of(state.shape_of(job)); }

std::int64_t to_ns(double seconds) { return std::llround(std::min(seconds, 1e9) * 1e9); }

}  // namespace

ForecastScores::ForecastScores(const ForecastSpec& spec, const DrawSetup& setup, const World& world,
                               std::optional<CsvFile> file)
    : spec_(spec),
      world_(world),
      file_(std::move(file)),
      forecaster_({.draws = spec.draws, .threads = setup.threads, .horizon = spec.horizon, .world = setup.world},
                  setup.make_policy,
                  [this](const forecast::Forecast& made, double seconds) { take_outcome(made, seconds); }) {}

Result<CsvFile> ForecastScores::create_csv(const std::filesystem::path& path) {
  return CsvFile::create(path,
                         "job,made_s,size_class,started_after_s,p10_s,p50_s,p90_s,drawn_p10_s,drawn_p50_s,drawn_p90_s,"
                         "similar_p50_s,user_mean_s,time_limits_s");
}

void ForecastScores::before_turn(const State& state, Time next) {
  if (!due_) return;
  while (*due_ < next) {
    std::vector<JobId> waiting;
    state.jobs().for_each([&](JobId id, const Job& job) {
      if (job.state == JobState::pending) waiting.push_back(id);
    });
    if (!waiting.empty()) forecast(state, *due_, waiting);
    // Nothing changes until the next turn, but with nobody waiting there is nothing to say.
    due_ = waiting.empty() ? next + spec_.every : *due_ + spec_.every;
  }
}

void ForecastScores::on_fact(const State& state, const Fact& fact) {
  if (const auto* submitted = std::get_if<JobSubmitted>(&fact.change)) {
    new_.push_back(submitted->job);
    if (!due_) due_ = fact.time + spec_.every;
  } else if (const auto* start = std::get_if<StartOrdered>(&fact.change)) {
    const Job& job = state.jobs()[start->job];
    if (job.evictions == 0) note_start(state, job, fact.time);
  }
  forecaster_.on_fact(state, fact);
}

void ForecastScores::note_start(const State& state, const Job& job, Time now) {
  const double wait = to_seconds(now - job.submitted);
  std::deque<PastWait>& waits = waits_[size_of(state, job)];
  waits.push_back({.started = now, .wait = wait});
  while (waits.front().started < now - a_day) waits.pop_front();
  of_user_[job.user.value].push_back(static_cast<float>(wait));
}

void ForecastScores::on_turn(const State& state, bool is_settled) {
  if (!is_settled || new_.empty()) return;
  std::erase_if(new_, [&](JobId id) {
    const Job* job = state.jobs().find(id);
    return job == nullptr || job->state != JobState::pending;
  });
  if (!new_.empty()) forecast(state, state.now(), new_);
  new_.clear();
}

void ForecastScores::forecast(const State& state, Time now, const std::vector<JobId>& jobs) {
  const std::vector<double> by_limits = forecaster_.by_time_limits(state, now, jobs);
  const std::vector<forecast::Forecast> made = forecaster_.forecast(state, now, jobs);
  const double longest = to_seconds(spec_.horizon);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Job& job = state.jobs()[jobs[i]];
    const double waited = to_seconds(now - job.submitted);
    const double user = by_user(job.user, waited);
    const double limits = std::min(by_limits[i], longest);
    const std::uint32_t size = size_of(state, job);
    said_[made[i].number] = {.similar = by_similar(size, now, waited),
                             .user = {user, user, user},
                             .time_limits = {limits, limits, limits},
                             .size = size};
  }
}

// The quantiles of what was left to wait for those who had waited as long.
Quantiles ForecastScores::by_similar(std::uint32_t size, Time now, double waited) const {
  const auto found = waits_.find(size);
  if (found == waits_.end()) return {};
  std::vector<double> left;
  for (const PastWait& past : found->second) {
    if (past.started >= now - a_day && past.wait > waited) left.push_back(past.wait - waited);
  }
  if (left.empty()) return {};
  std::sort(left.begin(), left.end());
  Quantiles quantiles{};
  for (std::size_t q = 0; q < quantiles.size(); ++q) {
    const double position = forecast::quantile_levels[q] * static_cast<double>(left.size() - 1);
    quantiles[q] = left[static_cast<std::size_t>(std::lround(position))];
  }
  return quantiles;
}

double ForecastScores::by_user(UserId user, double waited) const {
  const auto found = of_user_.find(user.value);
  if (found == of_user_.end()) return 0;
  double sum = 0;
  double count = 0;
  for (const float wait : found->second) {
    if (wait <= waited) continue;
    sum += wait - waited;
    count += 1;
  }
  return count == 0 ? 0 : sum / count;
}

void ForecastScores::take_outcome(const forecast::Forecast& made, double seconds) {
  const auto found = said_.find(made.number);
  if (found == said_.end()) return;
  const Said said = found->second;
  said_.erase(found);
  const double longest = to_seconds(spec_.horizon);
  seconds = std::min(seconds, longest);
  const forecast::DrawnScale scale(made.drawn, spec_.horizon);
  Quantiles drawn{};
  for (std::size_t q = 0; q < drawn.size(); ++q) drawn[q] = std::min(scale.at(forecast::quantile_levels[q]), longest);
  const std::size_t horizon = forecast::horizon_of(made.start[1]);
  Quantiles start = made.start;
  for (double& quantile : start) quantile = std::min(quantile, longest);
  records_[static_cast<std::size_t>(Teller::dure)].add(horizon, start, seconds);
  records_[static_cast<std::size_t>(Teller::drawn)].add(horizon, drawn, seconds);
  records_[static_cast<std::size_t>(Teller::similar)].add(horizon, said.similar, seconds);
  records_[static_cast<std::size_t>(Teller::user)].add(horizon, said.user, seconds);
  records_[static_cast<std::size_t>(Teller::time_limits)].add(horizon, said.time_limits, seconds);
  if (!file_) return;
  if (const auto id = world_.source_id(made.job); !id.empty()) {
    file_->add_text(id);
  } else {
    file_->add_integer(made.job.value);
  }
  file_->add_seconds(made.made.ns);
  file_->add_integer(forecast::size_class_begins(said.size));
  for (const double value : {seconds, start[0], start[1], start[2], drawn[0], drawn[1], drawn[2], said.similar[1],
                             said.user[1], said.time_limits[1]}) {
    file_->add_seconds(to_ns(value));
  }
  file_->end_row();
}

ForecastSummary ForecastScores::summary() const {
  ForecastSummary summary;
  for (std::size_t t = 0; t < teller_count; ++t) {
    summary.all[t] = records_[t].of_all();
    for (std::size_t h = 0; h < forecast::horizon_count; ++h) summary.by_horizon[t][h] = records_[t].of(h);
  }
  return summary;
}

}  // namespace dure::simulate

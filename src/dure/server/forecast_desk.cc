#include "dure/server/forecast_desk.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <tuple>
#include <utility>

#include "dure/forecast/size_class.h"
#include "dure/forecast/variants.h"
#include "dure/journal/snapshot.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/server/job_resolver.h"
#include "dure/server/named_jobs.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

using namespace std::chrono_literals;

// Facts that come soon after the first are heard of together.
constexpr std::chrono::nanoseconds gathering = 1s;
constexpr std::chrono::nanoseconds rest_after_error = 60s;

// How long a plan may wait; after how long no more draws of it begin, and no more changes are tried.
constexpr std::chrono::nanoseconds longest_wait = 10s;
constexpr std::chrono::nanoseconds time_for_draws = 5s;
constexpr std::chrono::nanoseconds time_for_changes = 10s;

double to_seconds(Duration duration) { return static_cast<double>(duration.ns) * 1e-9; }

// Where so many facts were kept that there are two snapshots, the older: what came since is enough to learn from.
std::optional<Snapshot> where_to_begin(const std::filesystem::path& folder, JournalReader& reader) {
  const std::vector<std::filesystem::path> files = snapshot_files(folder);
  if (files.size() < 2) return std::nullopt;
  auto snapshot = read_snapshot(files.back());
  if (!snapshot || !reader.has(snapshot->link())) return std::nullopt;
  return std::move(*snapshot);
}

// Nodes, pools and tenants go by the same numbers.
bool has_same_estate(const State& state, const api::View& view) {
  return state.fleet().spec() == view.fleet->spec() && state.tenants().spec() == view.tenants->spec();
}

UserId user_in(State& state, Time now, const std::string& name) {
  const std::vector<std::string>& users = state.users();
  const auto found = std::find(users.begin(), users.end(), name);
  const UserId id = id_of<UserTag>(static_cast<std::size_t>(found - users.begin()));
  if (found == users.end()) state.apply({now, UserDeclared{id, name}});
  return id;
}

// What the loop would make of the job. O(jobs) for one that comes after all of its name, and O(users).
Result<forecast::Wish> wish_of(State& state, Time now, JournalReader& archive, PlanRequest& request) {
  if (!has_same_estate(state, *request.view)) {
    return fail(Code::unavailable, "the fleet or the tenants have just been changed; ask again");
  }
  spec::JobFile& file = request.file;
  const JobId first = std::max(state.next_job(), JobId{1});
  const UserId user = user_in(state, now, request.user);
  NamedJobs names;
  if (file.is_singleton) names.rebuild(state);
  if (auto resolved = JobResolver(state, archive, {&names}, first).resolve(file, user); !resolved) {
    return tl::unexpected(resolved.error());
  }
  JobSpec& spec = file.job;
  spec.user = user;
  if (file.start_within) spec.start_by = now + *file.start_within;
  forecast::Wish wish(std::max<std::size_t>(file.array.size(), 1), spec);
  for (std::size_t i = 0; i < file.array.size(); ++i) wish[i].array = ArrayMember{first, file.array[i]};
  return wish;
}

// With the horizon in place of what lies beyond it.
forecast::Quantiles within(forecast::Quantiles start, Duration horizon) {
  for (double& quantile : start) quantile = std::min(quantile, to_seconds(horizon));
  return start;
}

Error closing() { return {Code::unavailable, "the server is closing"}; }

}  // namespace

void ForecastRecord::add(std::uint32_t size_class, const forecast::Quantiles& said, double seconds) {
  const std::size_t horizon = forecast::horizon_of(said[1]);
  all_.add(horizon, said, seconds);
  by_size_.try_emplace(size_class, most_of_a_size).first->second.add(horizon, said, seconds);
}

void ForecastRecord::put_into(api::Forecasts& forecasts) const {
  const auto put = [](const forecast::TrackRecord& record, api::HorizonRecord& out) {
    for (std::size_t h = 0; h < forecast::horizon_count; ++h) out.by_horizon[h] = record.of(h);
  };
  forecasts.since = since_;
  forecasts.all = all_.of_all();
  put(all_, forecasts.of_all_sizes);
  for (const auto& [size_class, record] : by_size_) put(record, forecasts.by_size[size_class]);
}

// The state as the journal has it, what was learnt on the way, and what was said of those that wait.
struct ForecastDesk::Follower {
  Follower(ForecastDesk& desk, JournalReader reader_)
      : reader(std::move(reader_)),
        forecaster(
            {.draws = desk.config_.draws,
             .horizon = desk.config_.horizon,
             .keeps_few = true,
             .is_closed = &desk.is_closed_,
             .give_way = [this, &desk] { desk.make_plans(*this); }},
            [options = desk.policy_](const World&) { return std::make_unique<DurePolicy>(options); },
            [this, &desk](const forecast::Forecast& made, double seconds) {
              const Job& job = state.jobs()[made.job];
              desk.record_.add(forecast::size_class_of(state.shape_of(job)), within(made.start, desk.config_.horizon),
                               std::min(seconds, to_seconds(desk.config_.horizon)));
            }) {}

  void hear(const Fact& fact) {
    forecaster.on_fact(state, fact);
    if (const auto* submitted = std::get_if<JobSubmitted>(&fact.change)) fresh.push_back(submitted->job);
    if (const auto* failed = std::get_if<StartFailed>(&fact.change)) fresh.push_back(failed->job);
    if (const auto* updated = std::get_if<JobUpdated>(&fact.change)) fresh.push_back(updated->job);
    if (const auto* released = std::get_if<JobReleased>(&fact.change)) fresh.push_back(released->job);
    if (const auto* ended = std::get_if<Ended>(&fact.change)) fresh.push_back(ended->job);  // it may go back
    if (const auto* start = std::get_if<StartOrdered>(&fact.change)) said.erase(start->job);
    if (const auto* cancelled = std::get_if<JobCancelled>(&fact.change)) said.erase(cancelled->job);
    if (const auto* held = std::get_if<JobHeld>(&fact.change)) said.erase(held->job);
  }

  // Comes up to what is durable.
  Result<void> catch_up(ForecastDesk& desk) {
    auto replayed = reader.replay(state, [&](const Fact& fact) -> Result<void> {
      hear(fact);
      if (desk.has_plans_) desk.refuse_late_plans();
      if (desk.is_closed_) return fail(Code::unavailable, "the server ends");
      return {};
    });
    std::erase_if(fresh, [&](JobId id) {
      const Job* job = state.jobs().find(id);
      return job == nullptr || !job->awaits_start();
    });
    std::sort(fresh.begin(), fresh.end());
    fresh.erase(std::unique(fresh.begin(), fresh.end()), fresh.end());
    return replayed;
  }

  std::vector<JobId> waiting() const {
    std::vector<JobId> jobs;
    state.jobs().for_each([&](JobId id, const Job& job) {
      if (job.awaits_start()) jobs.push_back(id);
    });
    return jobs;
  }

  JournalReader reader;
  State state;
  forecast::Forecaster forecaster;
  std::vector<JobId> fresh;  // that wait and were in no pass yet since they do, ascending once caught up
  std::map<JobId, api::StartForecast> said;
};

ForecastDesk::ForecastDesk(std::filesystem::path folder, ForecastConfig config, DureOptions policy)
    : folder_(std::move(folder)),
      config_(config),
      policy_(policy),
      record_(wall_clock()),
      published_(std::make_shared<api::Forecasts>(api::Forecasts{.every = config.every,
                                                                 .horizon = config.horizon,
                                                                 .draws = config.draws,
                                                                 .jobs = {},
                                                                 .since = wall_clock(),
                                                                 .by_size = {}})) {
  thread_ = std::thread([this] { run(); });
}

ForecastDesk::~ForecastDesk() { close(); }

void ForecastDesk::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  bell_.ring();
  if (thread_.joinable()) thread_.join();
  refuse_plans(closing());
}

void ForecastDesk::hear(std::uint64_t sequence) {
  if (durable_.load() == sequence) return;
  durable_ = sequence;
  bell_.ring();
}

std::shared_ptr<const api::Forecasts> ForecastDesk::now() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

void ForecastDesk::run() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);  // of this thread alone
  while (!is_closed_) {
    const auto followed = follow();
    if (followed || is_closed_) continue;
    fmt::print(stderr, "dure: no forecasts for now: {}\n", followed.error().message);
    for (const auto until = Clock::now() + rest_after_error; !is_closed_ && Clock::now() < until;) {
      refuse_plans({Code::unavailable, "there are no forecasts for now; the server's log says why"});
      pause(until - Clock::now());
    }
  }
}

// Until the server ends, or the journal cannot be read.
Result<void> ForecastDesk::follow() {
  auto reader = JournalReader::open(folder_);
  if (!reader) return tl::unexpected(reader.error());
  Follower follower(*this, std::move(*reader));
  if (auto begin = where_to_begin(folder_, follower.reader)) follower.state = std::move(begin->state);
  while (!is_closed_) {
    if (auto caught_up = follower.catch_up(*this); !caught_up) return caught_up;
    make_plans(follower);
    make_pass(follower);
    wait_for_work(follower);
  }
  return {};
}

void ForecastDesk::pause(std::chrono::nanoseconds most) {
  bell_.wait_until(Clock::now() + most, [&] { return is_closed_ || has_plans_; });
}

// For facts, or for the time of a pass.
void ForecastDesk::wait_for_work(const Follower& follower) {
  const auto has_facts = [&] { return durable_ > follower.state.fact_count(); };
  const Clock::time_point until = std::max(earliest_, follower.fresh.empty() ? due_ : earliest_);
  bell_.wait_until(until, [&] { return is_closed_ || has_plans_ || has_facts(); });
  if (has_facts()) pause(gathering);
}

void ForecastDesk::plan(PlanRequest request) {
  bool is_taken = false;
  {
    const std::lock_guard lock(mutex_);
    is_taken = !is_closed_ && plans_.size() < most_plans;
    if (is_taken) plans_.push_back({std::move(request), Clock::now() + longest_wait});
    has_plans_ = !plans_.empty();
  }
  if (!is_taken && is_closed_) return request.done(tl::unexpected(closing()));
  if (!is_taken) return request.done(fail(Code::unavailable, "too many plans wait; ask again in some seconds"));
  bell_.ring();
}

std::optional<ForecastDesk::WaitingPlan> ForecastDesk::next_plan() {
  const std::lock_guard lock(mutex_);
  if (plans_.empty()) return std::nullopt;
  WaitingPlan next = std::move(plans_.front());
  plans_.pop_front();
  has_plans_ = !plans_.empty();
  return next;
}

void ForecastDesk::refuse_plans(const Error& error) {
  while (auto waiting = next_plan()) waiting->request.done(tl::unexpected(error));
}

void ForecastDesk::refuse_late_plans() {
  const auto is_late = [&] {
    const std::lock_guard lock(mutex_);
    return !plans_.empty() && plans_.front().until < Clock::now();
  };
  while (is_late()) {
    next_plan()->request.done(
        fail(Code::unavailable, "other plans, or what has happened, took too long before it; ask again in a minute"));
  }
}

// The first waits for as long as the draw at hand takes, and each for those before it.
void ForecastDesk::make_plans(Follower& follower) {
  while (has_plans_ && !is_closed_) {
    refuse_late_plans();
    if (auto next = next_plan()) next->request.done(plan_of(follower, next->request));
  }
}

Result<api::JobPlan> ForecastDesk::plan_of(Follower& follower, PlanRequest& request) const {
  const Clock::time_point began = Clock::now();
  const auto has_taken = [&](std::chrono::nanoseconds most) { return Clock::now() - began >= most; };
  State state = follower.state;
  if (auto caught_up = follower.reader.replay(state, [](const Fact&) { return Result<void>{}; }); !caught_up) {
    return tl::unexpected(caught_up.error());
  }
  const std::uint64_t sequence = state.fact_count();
  const Time now = std::max(wall_clock(), state.now());
  auto wish = wish_of(state, now, follower.reader, request);
  if (!wish) return tl::unexpected(wish.error());
  auto plan = follower.forecaster.plan(
      state, now, *wish, {.draws_max = config_.draws, .is_time_up = [&] { return has_taken(time_for_draws); }});
  if (!plan) return tl::unexpected(plan.error());
  api::JobPlan made{
      .job = wish->front(),
      .count = wish->size(),
      .plan = std::move(*plan),
      .changes = {},
      .horizon = wish->front().start_by ? std::min(config_.horizon, *wish->front().start_by - now) : config_.horizon,
      .sequence = sequence};
  if (made.plan.starts_at_once) return made;
  // As many draws of each, or it is not held against it.
  const auto draws = static_cast<std::uint32_t>(made.plan.drawn.size());
  for (forecast::Variant& variant : forecast::variants_of(state, *wish)) {
    if (has_taken(time_for_changes)) break;
    JobSpec job = variant.wish.front();
    auto changed =
        follower.forecaster.plan(state, now, std::move(variant.wish),
                                 {.draws_max = draws, .is_time_up = [&] { return has_taken(time_for_changes); }});
    const bool is_whole = changed && (changed->starts_at_once || changed->drawn.size() == draws);
    if (is_whole && forecast::is_sooner(*changed, made.plan)) {
      made.changes.push_back({variant.variation, std::move(job), std::move(*changed)});
    }
  }
  std::sort(made.changes.begin(), made.changes.end(), [](const auto& a, const auto& b) {
    return std::tie(a.plan.start[1], a.variation) < std::tie(b.plan.start[1], b.variation);
  });
  return made;
}

// Over all that wait if that is due, else over those that came since, if it may be.
void ForecastDesk::make_pass(Follower& follower) {
  const Clock::time_point began = Clock::now();
  const bool is_of_all = began >= due_;
  if (began < earliest_ || (!is_of_all && follower.fresh.empty())) return;
  const std::vector<JobId> jobs = is_of_all ? follower.waiting() : follower.fresh;
  const Time now = std::max(wall_clock(), follower.state.now());
  const std::vector<forecast::Forecast> made =
      jobs.empty() ? std::vector<forecast::Forecast>{} : follower.forecaster.forecast(follower.state, now, jobs);
  if (is_closed_) return;
  const Clock::duration took = Clock::now() - began;
  follower.fresh.clear();
  if (is_of_all) {
    follower.said.clear();
    due_ = began + std::chrono::nanoseconds(config_.every.ns);
    made_ = now;
    pass_seconds_ = std::chrono::duration<double>(took).count();
  }
  earliest_ = Clock::now() + took;
  for (const forecast::Forecast& one : made) {
    follower.said[one.job] = api::start_forecast(one.job, one.made, one.start, one.drawn, config_.horizon);
  }
  publish(follower);
}

void ForecastDesk::publish(const Follower& follower) {
  auto forecasts = std::make_shared<api::Forecasts>(api::Forecasts{.every = config_.every,
                                                                   .horizon = config_.horizon,
                                                                   .draws = config_.draws,
                                                                   .jobs = {},
                                                                   .made = made_,
                                                                   .pass_seconds = pass_seconds_,
                                                                   .by_size = {}});
  forecasts->jobs.reserve(follower.said.size());
  for (const auto& [job, said] : follower.said) forecasts->jobs.push_back(said);
  record_.put_into(*forecasts);
  // The last is freed after the lock.
  std::shared_ptr<const api::Forecasts> last = std::move(forecasts);
  const std::lock_guard lock(mutex_);
  published_.swap(last);
}

}  // namespace dure::server

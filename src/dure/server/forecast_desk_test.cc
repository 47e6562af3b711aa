#include "dure/server/forecast_desk.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "dure/base/test_folder.h"
#include "dure/journal/snapshot.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

// A journal of one node with 8 GPUs, which job 1 holds; whatever else comes waits.
class AtTheForecasts : public testing::Test {
 protected:
  AtTheForecasts() {
    const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .cpu_milli = 64'000, .memory_mib = 1024};
    happen(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
    happen(TenantsDeclared{{.roots = {{.name = "a"}}}});
    happen(UserDeclared{UserId{0}, "kim"});
    submit(JobId{1}, false);
    start(JobId{1});
  }

  void happen(const Change& change) {
    const Fact fact{std::max(wall_clock(), state_.now()), change};
    ASSERT_TRUE(state_.check(change)) << state_.check(change).error().message;
    journal_->append(fact);
    state_.apply(fact);
  }
  void submit(JobId job, bool is_held) {
    JobSpec spec{.tenant = TenantId{0}, .time_limit = hours(1)};
    spec.shape.per_task = {.gpu_milli = 8000};
    spec.is_held = is_held;
    happen(JobSubmitted{job, spec});
  }
  void start(JobId job) {
    happen(StartOrdered{.job = job,
                        .pool = PoolId{0},
                        .allocation = {{.node = NodeId{0}, .tasks = 1, .gpus = 0xff, .gpu_milli = 1000}}});
    happen(Started{job});
  }
  std::uint64_t commit() {
    journal_->commit();
    return journal_->committed().sequence;
  }
  ForecastDesk open(Duration every) {
    return ForecastDesk(folder_.path(), {.every = every, .draws = 4}, {.reservations = 4});
  }
  // Waits for the first forecasts that are so; a minute at most.
  static std::shared_ptr<const api::Forecasts> forecasts(const ForecastDesk& desk,
                                                         const std::function<bool(const api::Forecasts&)>& are_so) {
    auto now = desk.now();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!are_so(*now) && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
      now = desk.now();
    }
    return now;
  }
  static bool are_made(const api::Forecasts& forecasts) { return forecasts.made.has_value(); }

  // As the network's thread would ask for it; waits for the answer, a minute at most.
  std::future<Result<api::JobPlan>> ask(ForecastDesk& desk, const JobSpec& spec) {
    auto view = std::make_shared<api::View>();
    view->fleet = std::make_shared<const Fleet>(state_.fleet());
    view->tenants = std::make_shared<const Tenants>(state_.tenants());
    return ask(desk, spec, view);
  }
  static std::future<Result<api::JobPlan>> ask(ForecastDesk& desk, const JobSpec& spec,
                                               std::shared_ptr<const api::View> view) {
    auto answer = std::make_shared<std::promise<Result<api::JobPlan>>>();
    std::future<Result<api::JobPlan>> future = answer->get_future();
    PlanRequest request{.file = {}, .view = std::move(view), .user = "lee", .done = [answer](const auto& plan) {
                          answer->set_value(plan);
                        }};
    request.file.job = spec;
    desk.plan(std::move(request));
    return future;
  }
  static JobSpec job_of(std::uint32_t gpus) {
    JobSpec spec{.name = "planned", .tenant = TenantId{0}, .time_limit = hours(1)};
    spec.shape.per_task = {.gpu_milli = std::int64_t{gpus} * 1000};
    return spec;
  }

  TempFolder folder_;
  State state_;
  std::unique_ptr<SqliteJournal> journal_ = std::move(*SqliteJournal::open(folder_.path()));
};

TEST_F(AtTheForecasts, WhoWaitsIsExpectedWhenTheOtherHasEnded) {
  submit(JobId{2}, false);
  submit(JobId{3}, true);
  commit();
  const Time before = wall_clock();
  const ForecastDesk desk = open(hours(1));
  const auto made = forecasts(desk, are_made);
  ASSERT_EQ(made->jobs.size(), 1U) << "who is held by its user is not forecast";
  const api::StartForecast& forecast = made->jobs.front();
  EXPECT_EQ(forecast.job, JobId{2});
  EXPECT_EQ(forecast.draws_within, 4U);
  EXPECT_GE(forecast.made, before);
  EXPECT_GE(forecast.start[0], before);
  EXPECT_LE(forecast.start[0], forecast.start[1]);
  EXPECT_LE(forecast.start[1], forecast.start[2]);
  EXPECT_LE(forecast.start[2], state_.now() + hours(2));
}

TEST_F(AtTheForecasts, WhoComesLaterIsForecastWithoutWaitingForTheNextPass) {
  commit();
  ForecastDesk desk = open(hours(24));
  EXPECT_TRUE(forecasts(desk, are_made)->jobs.empty());
  submit(JobId{2}, false);
  desk.hear(commit());
  const auto made = forecasts(desk, [](const api::Forecasts& now) { return !now.jobs.empty(); });
  ASSERT_EQ(made->jobs.size(), 1U);
  EXPECT_EQ(made->jobs.front().job, JobId{2});
}

TEST_F(AtTheForecasts, AreHeldAgainstWhatHappened) {
  submit(JobId{2}, false);
  commit();
  ForecastDesk desk = open(Duration{1});
  forecasts(desk, [](const api::Forecasts& now) { return !now.jobs.empty(); });
  happen(Ended{.job = JobId{1}, .outcome = Outcome::completed});
  start(JobId{2});
  desk.hear(commit());
  const auto scored = forecasts(desk, [](const api::Forecasts& now) { return now.all.forecasts > 0; });
  EXPECT_TRUE(scored->jobs.empty());
  EXPECT_TRUE(scored->by_size.contains(4)) << "8 GPUs";
}

TEST_F(AtTheForecasts, GoOnFromTheOlderOfTwoSnapshots) {
  commit();
  ASSERT_TRUE(save_snapshot(folder_.path(), state_, {}));
  submit(JobId{2}, false);
  commit();
  ASSERT_TRUE(save_snapshot(folder_.path(), state_, {}));
  submit(JobId{3}, false);
  commit();
  const ForecastDesk desk = open(hours(1));
  EXPECT_EQ(forecasts(desk, are_made)->jobs.size(), 2U);
}

TEST_F(AtTheForecasts, APlanIsOfWhatIsDurableNow) {
  commit();
  ForecastDesk desk = open(hours(24));
  const auto waits = ask(desk, job_of(8)).get();
  ASSERT_TRUE(waits) << waits.error().message;
  EXPECT_FALSE(waits->plan.starts_at_once);
  EXPECT_EQ(waits->plan.drawn.size(), 4U);
  EXPECT_EQ(waits->sequence, state_.fact_count());
  EXPECT_EQ(waits->horizon, days(7));
  happen(Ended{.job = JobId{1}, .outcome = Outcome::completed});
  const std::uint64_t sequence = commit();
  const auto starts = ask(desk, job_of(8)).get();
  ASSERT_TRUE(starts) << starts.error().message;
  EXPECT_TRUE(starts->plan.starts_at_once);
  EXPECT_EQ(starts->sequence, sequence);
  EXPECT_EQ(starts->plan.starts.front().allocation.front().gpus, 0xffU);
  EXPECT_TRUE(starts->changes.empty());
}

// Of 8 GPUs 4 are free: half of what is asked for starts at once.
TEST_F(AtTheForecasts, APlanNamesTheChangeThatHelps) {
  happen(Ended{.job = JobId{1}, .outcome = Outcome::cancelled});  // of which nothing is learnt
  happen(JobSubmitted{JobId{2}, job_of(4)});
  happen(StartOrdered{.job = JobId{2},
                      .pool = PoolId{0},
                      .allocation = {{.node = NodeId{0}, .tasks = 1, .gpus = 0xf, .gpu_milli = 1000}}});
  happen(Started{JobId{2}});
  commit();
  ForecastDesk desk = open(hours(24));
  const auto plan = ask(desk, job_of(8)).get();
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->changes.size(), 1U);
  EXPECT_EQ(plan->changes.front().variation, forecast::Variation::fewer_gpus);
  EXPECT_TRUE(plan->changes.front().plan.starts_at_once);
}

TEST_F(AtTheForecasts, APlanIsRefusedAsTheSubmissionWouldBe) {
  commit();
  ForecastDesk desk = open(hours(24));
  const auto larger = ask(desk, job_of(9)).get();
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().message, state_.check(JobSubmitted{JobId{2}, job_of(9)}).error().message);
  auto view = std::make_shared<api::View>();
  view->fleet = std::make_shared<const Fleet>(FleetSpec{.name = "other"});
  view->tenants = std::make_shared<const Tenants>(state_.tenants());
  EXPECT_EQ(ask(desk, job_of(1), view).get().error().message,
            "the fleet or the tenants have just been changed; ask again");
}

TEST_F(AtTheForecasts, PlansThatAreLeftAreRefusedAtTheEnd) {
  commit();
  std::vector<std::future<Result<api::JobPlan>>> answers;
  {
    ForecastDesk desk = open(hours(24));
    for (std::size_t i = 0; i < 2 * ForecastDesk::most_plans; ++i) answers.push_back(ask(desk, job_of(8)));
  }
  for (auto& answer : answers) {
    const auto plan = answer.get();
    EXPECT_TRUE(plan || plan.error().code == Code::unavailable);
  }
}

TEST_F(AtTheForecasts, WhoAsksAfterTheEndIsToldSo) {
  commit();
  ForecastDesk desk = open(hours(24));
  desk.close();
  EXPECT_EQ(ask(desk, job_of(8)).get().error().message, "the server is closing");
  desk.close();
}

}  // namespace
}  // namespace dure::server

// What a forecaster keeps of what it said, and how it is ended.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

#include "dure/forecast/forecaster.h"
#include "dure/policy/dure_policy.h"

namespace dure::forecast {
namespace {

// One node with 8 GPUs, which job 1 holds; job 2 waits.
class OneWaits : public testing::Test {
 protected:
  OneWaits() {
    const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .cpu_milli = 64'000, .memory_mib = 1024};
    happen(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
    happen(TenantsDeclared{{.roots = {{.name = "a"}}}});
    happen(UserDeclared{UserId{0}, "kim"});
    JobSpec spec{.tenant = TenantId{0}, .time_limit = days(2)};
    spec.shape.per_task = {.gpu_milli = 8000};
    happen(JobSubmitted{JobId{1}, spec});
    happen(start(JobId{1}));
    happen(Started{JobId{1}});
    happen(JobSubmitted{JobId{2}, spec});
  }

  static StartOrdered start(JobId job) {
    return {.job = job,
            .pool = PoolId{0},
            .allocation = {{.node = NodeId{0}, .tasks = 1, .gpus = 0xff, .gpu_milli = 1000}}};
  }
  void happen(const Change& change) {
    ASSERT_TRUE(state_.check(change)) << state_.check(change).error().message;
    const Fact fact{now_, change};
    state_.apply(fact);
    if (forecaster_) forecaster_->on_fact(state_, fact);
  }
  void open(ForecastOptions options) {
    options.draws = 2;
    forecaster_ = std::make_unique<Forecaster>(
        options, [](const World&) { return std::make_unique<DurePolicy>(DureOptions{}); },
        [this](const Forecast& forecast, double) { came_out_.push_back(forecast.made - Time{}); });
  }
  std::size_t say() { return forecaster_->forecast(state_, now_, std::vector{JobId{2}}).size(); }

  Time now_;
  State state_;
  std::unique_ptr<Forecaster> forecaster_;
  std::vector<Duration> came_out_;  // when each was made that came out
};

TEST_F(OneWaits, OfFewEachIsTwiceAsFarFromTheFirst) {
  open({.keeps_few = true});
  for (int i = 0; i <= 20; ++i, now_ = now_ + minutes(5)) say();
  happen(Ended{.job = JobId{1}, .outcome = Outcome::completed});
  happen(start(JobId{2}));
  EXPECT_EQ(came_out_, (std::vector{minutes(0), minutes(5), minutes(10), minutes(20), minutes(40), minutes(80)}));
}

TEST_F(OneWaits, AllAreKeptOtherwise) {
  open({});
  for (int i = 0; i <= 20; ++i, now_ = now_ + minutes(5)) say();
  happen(Ended{.job = JobId{1}, .outcome = Outcome::completed});
  happen(start(JobId{2}));
  EXPECT_EQ(came_out_.size(), 21U);
}

TEST_F(OneWaits, OneThatIsClosedSaysNothing) {
  std::atomic<bool> is_closed{false};
  open({.is_closed = &is_closed});
  EXPECT_EQ(say(), 1U);
  is_closed = true;
  EXPECT_EQ(say(), 0U);
}

}  // namespace
}  // namespace dure::forecast
